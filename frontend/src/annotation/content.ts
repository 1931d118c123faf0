/** What somebody has drawn so far. Contents are values: a change makes a new one. */

import { copyRaster, emptyRaster, type PlacedMask, paste, type Raster, stamp, whole } from "../geometry/raster";
import type { Box, ImagePoint, Size } from "../geometry/types";

export interface LabelledBox extends Box {
  readonly id: number;
  readonly label: string;
}

/** A question to the assist about one object. */
export interface Prompt {
  /** The page's own counter; proposals name it. */
  readonly sequence: number;
  /** The prompt that this one refines; its proposal is shown until the new one arrives. */
  readonly refines: number | null;
  readonly box: Box | null;
  readonly points: readonly PromptPoint[];
}

export interface PromptPoint {
  readonly at: ImagePoint;
  /** Inside the object, or outside of it. */
  readonly positive: boolean;
}

export interface Content {
  /** The chosen label of a class question. */
  readonly choice: string | null;
  readonly boxes: readonly LabelledBox[];
  /** What was painted by hand, over whatever was proposed: `UNTOUCHED`, `PAINTED` or `ERASED` a pixel. */
  readonly hand: Raster | null;
  /** The newest last; earlier ones only as long as they wait for their proposal. */
  readonly prompts: readonly Prompt[];
  /** Prompts whose proposals have gone into `hand`, for the trace. */
  readonly settled: readonly number[];
}

export const UNTOUCHED = 0;
export const PAINTED = 1;
export const ERASED = 2;

export const BLANK: Content = { choice: null, boxes: [], hand: null, prompts: [], settled: [] };

/** Proposed masks by the sequence of their prompt. */
export type Proposals = ReadonlyMap<number, PlacedMask>;

/** The proposal to show for a prompt: its own, or that of the prompt it refines. */
export function proposalFor(prompt: Prompt, proposals: Proposals): PlacedMask | undefined {
  return proposals.get(prompt.sequence) ?? (prompt.refines === null ? undefined : proposals.get(prompt.refines));
}

/** The mask as it stands: hand over proposals. */
export function composite(content: Content, proposals: Proposals, size: Size): Raster {
  const mask = emptyRaster(size);
  composeInto(mask, content, proposals, whole(size));
  return mask;
}

/** Bring `region` (whole pixels) of `mask` up to date. Changes `mask`. */
export function composeInto(mask: Raster, content: Content, proposals: Proposals, region: Box): void {
  for (let y = region.y1; y < region.y2; y++) {
    mask.data.fill(0, y * mask.width + region.x1, y * mask.width + region.x2);
  }
  for (const prompt of content.prompts) {
    const proposal = proposalFor(prompt, proposals);
    if (proposal) {
      stamp(mask, proposal, 1, region);
    }
  }
  const hand = content.hand?.data;
  for (let y = region.y1; hand && y < region.y2; y++) {
    for (let index = y * mask.width + region.x1; index < y * mask.width + region.x2; index++) {
      if (hand[index] !== UNTOUCHED) {
        mask.data[index] = hand[index] === PAINTED ? 1 : 0;
      }
    }
  }
}

/** Before a new object: what was proposed and corrected becomes painted; prompts without a proposal keep waiting. */
export function settle(content: Content, proposals: Proposals, size: Size): Content {
  const answered = content.prompts.filter((prompt) => proposalFor(prompt, proposals));
  if (answered.length === 0 && !content.hand) {
    return content;
  }
  return {
    ...content,
    hand: composite(content, proposals, size),
    prompts: content.prompts.filter((prompt) => !answered.includes(prompt)),
    settled: [...content.settled, ...answered.map((prompt) => shownSequence(prompt, proposals))],
  };
}

export function shownSequence(prompt: Prompt, proposals: Proposals): number {
  return proposals.has(prompt.sequence) || prompt.refines === null ? prompt.sequence : prompt.refines;
}

/** A copy of the hand's layer to paint on. */
export function handToPaint(content: Content, size: Size): Raster {
  return content.hand ? copyRaster(content.hand) : emptyRaster(size);
}

/** A content whose mask is exactly `mask`. */
export function fromMask(mask: Raster): Content {
  const hand = emptyRaster(mask);
  paste(hand, mask, 0, 0);
  return { ...BLANK, hand };
}
