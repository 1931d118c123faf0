/** How a finished round went: asked for again and again until the site shows the score. */

import type { RoundResult } from "../api/types";

export type Score =
  | { name: "waiting" }
  | { name: "scored"; score: number; points: number }
  /** It takes longer than it should; the points will arrive, but nobody should wait for them. */
  | { name: "late" };

export interface PollOptions {
  ask: () => Promise<RoundResult>;
  onScore: (score: Score) => void;
  later?: (ms: number, call: () => void) => () => void;
}

const EVERY_MS = 1500;
const TRIES = 60;

/** Ask until the score is there; returns how to stop. A request that fails is just asked again. */
export function pollScore({ ask, onScore, later = laterByClock }: PollOptions): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const attempt = async (left: number): Promise<void> => {
    const result = await ask().catch(() => null);
    if (stopped) {
      return;
    }
    if (result?.state === "scored" && result.score !== null && result.points !== null) {
      onScore({ name: "scored", score: result.score, points: result.points });
    } else if (left <= 1) {
      onScore({ name: "late" });
    } else {
      cancel = later(EVERY_MS, () => void attempt(left - 1));
    }
  };
  onScore({ name: "waiting" });
  void attempt(TRIES);
  return () => {
    stopped = true;
    cancel();
  };
}

function laterByClock(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}
