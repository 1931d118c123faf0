/** The round page as a whole: the bar, the picture, what is asked, and the screens that take their place. */

import { useEffect } from "preact/hooks";
import { Summary } from "../game/Summary";
import { Icon } from "../ui/icons";
import { FlagDialog, openFlag } from "./FlagDialog";
import { openHelp } from "./keys";
import { Panel, Swatch } from "./Panel";
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
      <Stage session={session} />
      <Panel session={session} />
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
      {round ? <Progress position={round.position} size={round.size} /> : <div class="progress" />}
      <Unsent session={session} />
      <button type="button" class="icon-button" aria-label="Report a problem with this picture" onClick={openFlag}>
        <Icon name="flag" />
      </button>
      <button type="button" class="icon-button" aria-label="Help" onClick={openHelp}>
        <Icon name="help" />
      </button>
    </header>
  );
}

function Progress({ position, size }: { position: number; size: number }) {
  return (
    <div class="progress">
      <p>
        <strong>{position}</strong> of {size}
      </p>
      <progress max={size} value={position - 1} aria-label="Answers in this round" />
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
      {state.name === "finished" ? (
        <Summary api={session.api} config={session.config} round={state.round} unsent={session.unsent.value} />
      ) : (
        <Screen session={session} state={state} />
      )}
    </div>
  );
}
