/** Answers in the form that the API takes. "Nothing here" and "can't tell" are answers of their own. */

import { rounded } from "../geometry/boxes";
import { area, type Raster } from "../geometry/raster";
import { decode, encode, type Rle } from "../geometry/rle";
import { BLANK, type Content, fromMask } from "./content";

export type Kind = "class" | "box" | "mask";

export type BoxAnswer = [x1: number, y1: number, x2: number, y2: number, label: string];

export type Answer =
  | { kind: "class"; label: string }
  | { kind: "box"; boxes: BoxAnswer[] }
  | { kind: "mask"; rle: Rle }
  | { kind: "nothing" }
  | { kind: "cannot_tell" };

export const NOTHING: Answer = { kind: "nothing" };
export const CANNOT_TELL: Answer = { kind: "cannot_tell" };

/** What was drawn, as an answer; null while nothing is drawn (an empty mask is no answer by accident). */
export function answerOf(kind: Kind, content: Content, mask: Raster | null): Answer | null {
  if (kind === "class") {
    return content.choice === null ? null : { kind, label: content.choice };
  }
  if (kind === "box") {
    const boxes = content.boxes.map((box): BoxAnswer => [...rounded(box), box.label]);
    return boxes.length ? { kind, boxes } : null;
  }
  return mask && area(mask) > 0 ? { kind, rle: encode(mask) } : null;
}

/** A content to go on from an earlier answer. Throws a `RangeError` where its mask cannot be read. */
export function contentOf(answer: Answer | null | undefined): Content {
  switch (answer?.kind) {
    case "class":
      return { ...BLANK, choice: answer.label };
    case "box":
      return {
        ...BLANK,
        boxes: answer.boxes.map(([x1, y1, x2, y2, label], id) => ({ id, x1, y1, x2, y2, label })),
      };
    case "mask":
      return fromMask(decode(answer.rle));
    default:
      return BLANK;
  }
}
