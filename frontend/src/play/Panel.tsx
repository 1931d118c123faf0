/** Below the picture, in reach of a thumb (beside it on a wide screen): tools, answers, next. */

import { Icon } from "../ui/icons";
import { chooseLabel, labelsOf } from "./labels";
import type { Choice, RoundSession } from "./session";
import { Toolbar } from "./Toolbar";

export function Panel({ session }: { session: RoundSession }) {
  return (
    <section class="panel" aria-label="Your answer">
      <Suggestion session={session} />
      {session.config.kind === "class" ? <ClassAnswers session={session} /> : <Toolbar session={session} />}
      <div class="panel__others">
        <Other session={session} choice={{ kind: "nothing" }} text="Nothing here" hint="N" />
        <Other session={session} choice={{ kind: "cannot_tell" }} text="Can’t tell" hint="T" />
      </div>
      <div class="panel__go">
        <button
          type="button"
          class="button button--quiet"
          aria-disabled={!mayLeave(session)}
          onClick={() => session.skip()}
        >
          Skip
        </button>
        <Next session={session} />
      </div>
    </section>
  );
}

/** What the site filled in may be wrong. It stays while one corrects it, so that the picture does not move. */
function Suggestion({ session }: { session: RoundSession }) {
  const proposal = session.task.value?.proposal;
  if (!proposal) {
    return null;
  }
  const isDrawn = proposal.kind === "box" || proposal.kind === "mask";
  return (
    <div class="suggestion" role="status">
      <p>A suggestion is {isDrawn ? "drawn" : "filled"} in. Is it right? Change it if not.</p>
      {isDrawn && (
        <button type="button" class="button button--quiet" onClick={() => session.startAfresh()}>
          Start afresh
        </button>
      )}
    </div>
  );
}

function mayLeave(session: RoundSession): boolean {
  return ["asking", "unseen"].includes(session.state.value.name);
}

function ClassAnswers({ session }: { session: RoundSession }) {
  const labels = labelsOf(session);
  const chosen = session.choice.value;
  return (
    <div class={`answers answers--${labels.length > 6 ? "many" : "few"}`}>
      {labels.map(({ label, key }) => (
        <button
          type="button"
          key={label.key}
          class="answer"
          aria-pressed={chosen?.kind === "class" && chosen.label === label.key}
          data-suggested={session.suggested.value || undefined}
          onClick={() => chooseLabel(session, label.key)}
        >
          <Swatch colour={label.colour} />
          <span class="answer__name">{label.name}</span>
          {key && (
            <span class="key" aria-hidden="true">
              {key}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}

export function Swatch({ colour }: { colour: string }) {
  return (
    <svg class="swatch" viewBox="0 0 12 12" aria-hidden="true">
      <circle cx="6" cy="6" r="6" fill={colour} />
    </svg>
  );
}

function Other({ session, choice, text, hint }: { session: RoundSession; choice: Choice; text: string; hint: string }) {
  const isChosen = session.choice.value?.kind === choice.kind;
  return (
    <button
      type="button"
      class="answer answer--other"
      aria-pressed={isChosen}
      data-suggested={session.suggested.value || undefined}
      onClick={() => session.choose(choice)}
    >
      <span class="answer__name">{text}</span>
      <span class="key" aria-hidden="true">
        {hint}
      </span>
    </button>
  );
}

/** Answers cannot be changed once sent, so one tap only chooses; a second on the same answer, Enter or Next sends. */
function Next({ session }: { session: RoundSession }) {
  const round = session.task.value?.round;
  const isLast = round !== undefined && round.position >= round.size;
  const isSending = session.state.value.name === "sending";
  // Never `disabled`: that would throw the keyboard's focus away between two pictures.
  return (
    <button
      type="button"
      class="button button--primary button--large"
      aria-disabled={!session.canAnswer.value || !session.hasAnswer.value}
      onClick={() => session.send()}
    >
      {isSending ? "Sending …" : isLast ? "Finish" : "Next"}
      {!isSending && <Icon name="check" />}
    </button>
  );
}
