/** What the page tells its script, in a JSON block. */

import type { Kind } from "../api/types";

export interface RoundConfig {
  slug: string;
  title: string;
  kind: Kind;
  /** Whether a proposed mask may be asked for. */
  assist: boolean;
  /** The person's made-up name. */
  owner: string;
  isGuest: boolean;
  /** The page shows how this round went instead of playing a new one. */
  finishedRound: string | null;
  /** The practice room: answers are explained at once, and nothing counts. */
  practice: boolean;
  urls: Record<"home" | "tutorial" | "play" | "practice" | "round" | "board" | "consent" | "login" | "signup", string>;
}

export function readConfig(): RoundConfig {
  const block = document.getElementById("round-config");
  if (!block?.textContent) {
    throw new Error("The round page came without its configuration.");
  }
  return JSON.parse(block.textContent) as RoundConfig;
}
