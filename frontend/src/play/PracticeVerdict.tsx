/** What came of an answer in the practice room: the truth beside one's own, and why. */

import type { Answer } from "../annotation/answers";
import type { Label } from "../api/types";
import { outline } from "../geometry/outline";
import { decode } from "../geometry/rle";
import { Icon } from "../ui/icons";
import type { Practice, Shown } from "./practice";

export function VerdictPicture({ item, given, verdict }: Shown) {
  const { url, width, height } = item.image;
  return (
    <section class="stage" aria-label="Picture">
      <svg
        class="stage__verdict"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={alt({ item, given, verdict })}
      >
        <image href={url} width={width} height={height} />
        <Shape answer={verdict.truth} of="truth" />
        <Shape answer={given} of="own" />
      </svg>
    </section>
  );
}

/** Outlines do not get thicker with the picture. */
function Shape({ answer, of }: { answer: Answer; of: "truth" | "own" }) {
  return (
    <g class={`verdict-shape verdict-shape--${of}`}>
      {[...pathsOf(answer)].map((path) => (
        <path key={path} d={path} vector-effect="non-scaling-stroke" />
      ))}
    </g>
  );
}

function* pathsOf(answer: Answer): Generator<string> {
  if (answer.kind === "box") {
    for (const [x1, y1, x2, y2] of answer.boxes) {
      yield `M${x1} ${y1}H${x2}V${y2}H${x1}Z`;
    }
  } else if (answer.kind === "mask") {
    for (const ring of outline(decode(answer.rle))) {
      yield `M${ring.join(" ")}Z`;
    }
  }
}

export function VerdictPanel({ practice, shown }: { practice: Practice; shown: Shown }) {
  const { item, given, verdict } = shown;
  const draws = item.question.kind !== "class";
  return (
    <section class="panel verdict" aria-label="What is right">
      <div role="status" class="stack">
        <p class="verdict__word">{word(verdict.score, draws)}</p>
        {draws && <Legend {...shown} />}
        {!draws && (
          <p>
            {named(verdict.truth, item.question.labels)}
            {verdict.score !== 100 && <span class="soft"> (you said: {named(given, item.question.labels)})</span>}
          </p>
        )}
        <p>{verdict.explanation}</p>
      </div>
      <button type="button" class="button button--primary button--large" autofocus onClick={() => practice.goOn()}>
        Go on
        <Icon name="check" />
      </button>
    </section>
  );
}

function Legend({ item, given, verdict }: Shown) {
  const { labels } = item.question;
  return (
    <ul class="legend small">
      <li>
        <Line of="truth" /> what is right: {named(verdict.truth, labels)}
      </li>
      <li>
        <Line of="own" /> yours: {named(given, labels)}
      </li>
    </ul>
  );
}

function Line({ of }: { of: "truth" | "own" }) {
  return (
    <svg class="legend__line" viewBox="0 0 28 8" aria-hidden="true">
      <g class={`verdict-shape verdict-shape--${of}`}>
        <path d="M1 4H27" />
      </g>
    </svg>
  );
}

/** Kind at every height. */
export function word(score: number | null, draws: boolean): string {
  if (score === null) {
    return "An honest answer.";
  }
  if (!draws) {
    return score >= 100 ? "That is it." : "Not this time.";
  }
  if (score >= 85) {
    return "Very close.";
  }
  if (score >= 60) {
    return "Close. Compare the two lines.";
  }
  return "Not quite. Compare the two.";
}

export function named(answer: Answer, labels: readonly Label[]): string {
  const name = (key: string) => labels.find((label) => label.key === key)?.name ?? key;
  switch (answer.kind) {
    case "class":
      return name(answer.label);
    case "box": {
      const counts = new Map<string, number>();
      for (const [, , , , label] of answer.boxes) {
        counts.set(label, (counts.get(label) ?? 0) + 1);
      }
      return [...counts].map(([label, count]) => `${count} × ${name(label)}`).join(", ");
    }
    case "mask":
      return "this outline";
    case "nothing":
      return "nothing here";
    case "cannot_tell":
      return "can’t tell";
  }
}

function alt({ item, given, verdict }: Shown): string {
  const { labels } = item.question;
  return `The picture. Right: ${named(verdict.truth, labels)}. Yours: ${named(given, labels)}.`;
}
