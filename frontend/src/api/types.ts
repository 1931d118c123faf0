/** What the play API says and hears, by the names that the pages use; `npm run types` makes the schema's side anew. */

import type { components } from "./schema";

type Shapes = components["schemas"];

export type Label = Shapes["LabelOut"];
export type Assignment = Shapes["AssignmentOut"];
export type Kind = Assignment["question"]["kind"];
export type Claim = Shapes["NextOut"];
export type RoundResult = Pick<Shapes["RoundOut"], "state" | "score" | "points">;
