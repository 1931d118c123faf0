/** The picture, and what is said over it while it is not there. */

import { useLayoutEffect, useRef } from "preact/hooks";
import type { RoundSession } from "./session";

export function Stage({ session }: { session: RoundSession }) {
  const host = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => (host.current ? session.canvas.mount(host.current) : undefined), [session]);
  return (
    <section class="stage" aria-label="Picture">
      <div class="stage__canvas" ref={host} />
      <Note session={session} />
      <Cover session={session} />
    </section>
  );
}

const BY_HAND = "Draw this one by hand: it comes without drawing help.";

/** How the drawing help is, else how to begin with the tool in hand. */
function Note({ session }: { session: RoundSession }) {
  const { empty, tool } = session.canvas.state.value;
  const byHand = session.config.assist && session.task.value?.assist === false;
  const begin = byHand ? BY_HAND : session.canvas.tools.value.find(({ id }) => id === tool)?.hint;
  const hint = empty && !session.choice.value ? begin : "";
  const note = session.canAnswer.value ? session.assistance.note.value || hint : "";
  return (
    <p class="stage__note" role="status" hidden={!note}>
      {note}
    </p>
  );
}

function Cover({ session }: { session: RoundSession }) {
  const state = session.state.value;
  switch (state.name) {
    case "loading":
      return (
        <div class="stage__cover">
          <span class="spinner" aria-hidden="true" />
          <p class="visually-hidden">The next picture is on its way.</p>
        </div>
      );
    case "unseen":
      return (
        <div class="stage__cover" role="alert">
          <p>This picture did not arrive.</p>
          <button type="button" class="button button--primary" onClick={() => void session.flow.retry()}>
            Try again
          </button>
        </div>
      );
    case "waiting":
      return (
        <div class="stage__cover" role="status">
          <span class="spinner" aria-hidden="true" />
          <p>{WAITING[state.why]}</p>
          {state.why !== "shuffling" && (
            <button type="button" class="button" onClick={() => void session.flow.retry()}>
              Try now
            </button>
          )}
        </div>
      );
    default:
      return null;
  }
}

const WAITING = {
  shuffling: "We are shuffling new pictures, one moment.",
  offline: "No connection. Your answers are safe on this device; it goes on by itself.",
  busy: "The site is busy. It goes on by itself in a moment.",
} as const;
