/** The round page as a whole: the bar, the picture, what is asked, and the screens that take their place. */

import { useEffect } from "preact/hooks";
import { Summary } from "../game/Summary";
import { Icon } from "../ui/icons";
import type { RoundConfig } from "./config";
import { FlagDialog, openFlag } from "./FlagDialog";
import { openHelp } from "./keys";
import { Panel, Swatch } from "./Panel";
import { VerdictPanel, VerdictPicture } from "./PracticeVerdict";
import { Screen } from "./Screen";
import { Stage } from "./Stage";
import type { RoundSession } from "./session";
import { betweenRounds } from "./worker";

const PLAYING = ["loading", "asking", "sending", "unseen"];

export function RoundApp({ session }: { session: RoundSession }) {
  const state = session.state.value;
  const playing = PLAYING.includes(state.name) || (state.name === "waiting" && session.task.value !== null);
  return (
    <>
      {playing ? <Round session={session} /> : <Beyond session={session} />}
      <p class="toast" role="status">
        {session.notice.value && <span>{session.notice.value}</span>}
      </p>
      <FlagDialog session={session} />
    </>
  );
}

function Round({ session }: { session: RoundSession }) {
  const question = session.task.value?.question;
  // A mask task asks for one label of the set, and only the label says which.
  const asked = question?.kind === "mask" ? question.labels[0] : undefined;
  const { practice } = session;
  const shown = practice?.shown.value;
  return (
    <div class={`round round--${session.config.kind}`}>
      <Bar session={session} />
      <div class="round__question">
        <h1>
          {question?.prompt ?? session.config.title}
          {asked && (
            <span class="asked">
              <Swatch colour={asked.colour} />
              {asked.name}
            </span>
          )}
        </h1>
      </div>
      {practice && shown ? (
        <>
          <VerdictPicture {...shown} />
          <VerdictPanel practice={practice} shown={shown} />
        </>
      ) : (
        <>
          <Stage session={session} />
          <Panel session={session} />
        </>
      )}
    </div>
  );
}

function Bar({ session }: { session: RoundSession }) {
  const round = session.task.value?.round;
  return (
    <header class="bar">
      <a class="icon-button" href={session.config.urls.tutorial} aria-label="Leave the round">
        <Icon name="close" />
      </a>
      {round ? (
        <Progress position={round.position} size={round.size} practice={session.config.practice} />
      ) : (
        <div class="progress" />
      )}
      <Unsent session={session} />
      {!session.config.practice && (
        <button type="button" class="icon-button" aria-label="Report a problem with this picture" onClick={openFlag}>
          <Icon name="flag" />
        </button>
      )}
      <button type="button" class="icon-button" aria-label="Help" onClick={openHelp}>
        <Icon name="help" />
      </button>
    </header>
  );
}

function Progress({ position, size, practice }: { position: number; size: number; practice: boolean }) {
  return (
    <div class="progress">
      <p>
        {practice && "Practice "}
        <strong>{position}</strong> of {size}
      </p>
      <progress
        max={size}
        value={position - 1}
        aria-label={practice ? "Answers in practice" : "Answers in this round"}
      />
    </div>
  );
}

function Unsent({ session }: { session: RoundSession }) {
  const count = session.unsent.value;
  return (
    <span role="status" class="unsent">
      {count > 0 && <span class="tag">{count} unsent</span>}
    </span>
  );
}

function Beyond({ session }: { session: RoundSession }) {
  const state = session.state.value;
  // Only now may a newer version of the page's shell take over: no round is under way.
  useEffect(betweenRounds, []);
  return (
    <div class="beyond">
      <header class="bar">
        <a class="icon-button" href={session.config.urls.home} aria-label="All projects">
          <Icon name="close" />
        </a>
        <p class="bar__title">{session.config.title}</p>
        <Unsent session={session} />
      </header>
      {session.config.practice && ["finished", "empty"].includes(state.name) ? (
        <Practised config={session.config} />
      ) : state.name === "finished" ? (
        <Summary api={session.api} config={session.config} round={state.round} unsent={session.unsent.value} />
      ) : (
        <Screen session={session} state={state} />
      )}
    </div>
  );
}

function Practised({ config }: { config: RoundConfig }) {
  return (
    <section class="summary" aria-labelledby="practised">
      <h1 id="practised">Well practised!</h1>
      <p class="lead">You have seen all practice pictures. None of this counted; the rounds do.</p>
      <div class="summary__act">
        <a class="button button--primary button--large" href={config.urls.play}>
          Start a round
        </a>
        <div class="row">
          <a class="button" href={config.urls.practice}>
            Practise again
          </a>
          <a class="button" href={config.urls.tutorial}>
            Back to the guide
          </a>
        </div>
      </div>
    </section>
  );
}
