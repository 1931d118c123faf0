/** What the play API says and hears, by the names that the pages use; `npm run types` makes the schema's side anew. */

import type { Answer } from "../annotation/answers";
import type { components } from "./schema";

type Shapes = components["schemas"];

export type Label = Shapes["LabelOut"];
export type Assignment = Shapes["AssignmentOut"];
export type Kind = Assignment["question"]["kind"];
export type Claim = Shapes["NextOut"];
export type PracticeItem = Shapes["PracticeItemOut"];
/** The schema cannot say that a box has four edges and a label. */
export type Verdict = Omit<Shapes["VerdictOut"], "truth"> & { truth: Answer };
export type RoundResult = Pick<Shapes["RoundOut"], "state" | "score" | "points">;
