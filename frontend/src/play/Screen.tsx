/** The screens of a round that cannot go on just now, and what a person may do about it. */

import type { ComponentChildren } from "preact";
import type { State } from "./flow";
import type { RoundSession } from "./session";

export function Screen({ session, state }: { session: RoundSession; state: State<HTMLImageElement> }) {
  const { urls, title } = session.config;
  const unsent = session.unsent.value;
  const kept = unsent > 0 && <p>Your {unsent === 1 ? "answer is" : `${unsent} answers are`} safe on this device.</p>;
  const again = (
    <button type="button" class="button button--primary button--large" onClick={() => void session.flow.retry()}>
      Try again
    </button>
  );
  switch (state.name) {
    case "empty":
      return (
        <Message title="All done here for now">
          <p class="lead">
            You have seen everything that {title} has for you today. Thank you! More may come, so do look in again.
          </p>
          <a class="button button--primary button--large" href={urls.home}>
            Choose another project
          </a>
        </Message>
      );
    case "signin":
      return (
        <Message title="Please come in again">
          <p class="lead">This browser is no longer logged in.</p>
          {kept}
          <a
            class="button button--primary button--large"
            href={`${urls.consent}?next=${encodeURIComponent(urls.play)}`}
          >
            Go on playing
          </a>
          <a href={`${urls.login}?next=${encodeURIComponent(urls.play)}`}>Log in to my account</a>
        </Message>
      );
    case "waiting":
      return state.why === "shuffling" ? (
        <Message title="One moment" busy>
          <p class="lead">We are shuffling new pictures.</p>
        </Message>
      ) : (
        <Message title={state.why === "offline" ? "No connection" : "The site is busy"}>
          <p class="lead">It goes on by itself as soon as it can.</p>
          {kept}
          {again}
        </Message>
      );
    case "stuck":
      return (
        <Message title="That did not work">
          <p class="lead">{state.message}</p>
          {kept}
          {again}
        </Message>
      );
    default:
      return null;
  }
}

function Message({ title, busy, children }: { title: string; busy?: boolean; children: ComponentChildren }) {
  return (
    <section class="summary" aria-busy={busy ?? false}>
      {busy && <span class="spinner" aria-hidden="true" />}
      <h1>{title}</h1>
      {children}
    </section>
  );
}
