/** The difference between two contents, small enough to keep many of them. */

import { bounds, copyRaster, crop, emptyRaster, paste, type Raster } from "../geometry/raster";
import type { Content } from "./content";

interface RasterPatch {
  readonly x: number;
  readonly y: number;
  readonly before: Raster;
  readonly after: Raster;
}

type Values = Pick<Content, "choice" | "boxes" | "prompts" | "settled">;

export interface Patch {
  readonly before: Values;
  readonly after: Values;
  readonly hand: RasterPatch | null;
}

/** Null when nothing differs. */
export function patchBetween(before: Content, after: Content): Patch | null {
  const hand = rasterPatch(before.hand, after.hand);
  const [was, is] = [values(before), values(after)];
  const same = (Object.keys(was) as (keyof Values)[]).every((key) => was[key] === is[key]);
  return same && !hand ? null : { before: was, after: is, hand };
}

/** The content after taking the patch back, or after doing it again. */
export function applyPatch(content: Content, patch: Patch, side: "before" | "after"): Content {
  let hand = content.hand;
  if (patch.hand && hand) {
    hand = copyRaster(hand);
    paste(hand, patch.hand[side], patch.hand.x, patch.hand.y);
  }
  return { ...patch[side], hand };
}

/** One step out of two that follow each other; null where both painted, which is kept apart. */
export function mergePatches(first: Patch, second: Patch): Patch | null {
  return first.hand || second.hand ? null : { before: first.before, after: second.after, hand: null };
}

/** Bytes that the patch holds, roughly. */
export function weight(patch: Patch): number {
  return 200 + (patch.hand ? patch.hand.before.data.length * 2 : 0);
}

function values(content: Content): Values {
  const { choice, boxes, prompts, settled } = content;
  return { choice, boxes, prompts, settled };
}

function rasterPatch(before: Raster | null, after: Raster | null): RasterPatch | null {
  if (before === after || !after) {
    return null;
  }
  const was = before ?? emptyRaster(after);
  const box = bounds({ ...after, data: after.data.map((value, index) => value ^ was.data[index]!) });
  return box && { x: box.x1, y: box.y1, before: crop(was, box), after: crop(after, box) };
}
