/** After a round: thanks at once, the score a moment later. Never which answer was right (I4). */

import { useEffect, useState } from "preact/hooks";
import type { PlayApi } from "../api/play";
import type { RoundConfig } from "../play/config";
import { pollScore, type Score } from "./score";

export interface SummaryProps {
  api: PlayApi;
  config: RoundConfig;
  round: string;
  unsent: number;
}

export function Summary({ api, config, round, unsent }: SummaryProps) {
  const [score, setScore] = useState<Score>({ name: "waiting" });
  useEffect(() => pollScore({ ask: () => api.round(round), onScore: setScore }), [api, round]);
  return (
    <section class="summary" aria-labelledby="summary-title">
      <Medal score={score} />
      <h1 id="summary-title">Thank you!</h1>
      <div role="status" class="stack">
        <Verdict score={score} unsent={unsent} />
      </div>
      <div class="summary__act">
        <a class="button button--primary button--large" href={config.urls.play}>
          Play again
        </a>
        <div class="row">
          <a class="button" href={config.urls.board}>
            Leaderboard
          </a>
          <a class="button" href={config.urls.home}>
            Other projects
          </a>
        </div>
      </div>
      {config.isGuest && (
        <p class="soft small">
          You play as {config.owner}, and only this browser knows you. <a href={config.urls.signup}>Make an account</a>{" "}
          to keep what you have.
        </p>
      )}
    </section>
  );
}

function Verdict({ score, unsent }: { score: Score; unsent: number }) {
  if (unsent > 0) {
    return (
      <p class="lead">
        {unsent === 1 ? "One answer waits" : `${unsent} answers wait`} on this device for a connection. The score
        follows once everything is sent.
      </p>
    );
  }
  if (score.name === "scored") {
    return (
      <>
        <p class="summary__points">
          <strong>+{score.points}</strong> points
        </p>
        <p class="lead">{words(score.score)}</p>
      </>
    );
  }
  if (score.name === "late") {
    return <p class="lead">Your score takes a little longer today. It will be on your page; no need to wait for it.</p>;
  }
  return <p class="lead">Your score appears in a moment.</p>;
}

/** Kind at every height, and about the round as a whole. */
function words(score: number): string {
  if (score >= 85) {
    return "A very careful round.";
  }
  if (score >= 60) {
    return "A good round. Every careful look helps.";
  }
  return "Some of these were hard. A look at the help page before the next round may be worth it.";
}

const CIRCLE = 2 * Math.PI * 52;

function Medal({ score }: { score: Score }) {
  const share = score.name === "scored" ? score.score / 100 : 0;
  return (
    <svg
      class={`medal medal--${score.name}`}
      viewBox="0 0 120 120"
      role="img"
      aria-label={score.name === "scored" ? `Score: ${score.score} of 100` : "The score is not there yet"}
    >
      <circle class="medal__track" cx="60" cy="60" r="52" />
      <circle
        class="medal__ring"
        cx="60"
        cy="60"
        r="52"
        stroke-dasharray={`${share * CIRCLE} ${CIRCLE}`}
        transform="rotate(-90 60 60)"
      />
      {score.name === "scored" ? (
        <>
          <text x="60" y="58" class="medal__figure">
            {score.score}
          </text>
          <text x="60" y="84" class="medal__unit">
            of 100
          </text>
        </>
      ) : (
        <path class="medal__vein" d="M42 84 52 66l9-6 3-16 14-22M52 66l-12-8M61 60l17 8" />
      )}
    </svg>
  );
}
