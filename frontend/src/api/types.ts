/** What the play API says and hears, as the pages use it. */

export type Kind = "class" | "box" | "mask";

export interface Label {
  key: string;
  name: string;
  colour?: string;
  shortcut?: string;
}

export interface Assignment {
  id: string;
  image: { url: string; width: number; height: number; markers?: string };
  question: { kind: Kind; prompt: string; labels: Label[] };
  round: { id: string; position: number; size: number };
}

export interface Claim {
  assignment: Assignment;
  prefetch: string[];
}

export interface RoundResult {
  state: string;
  score: number | null;
  points: number | null;
}
