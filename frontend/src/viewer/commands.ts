/** What buttons and keys do to the contents, beyond what the tools do. */

import { BLANK, handToPaint, type LabelledBox, PAINTED } from "../annotation/content";
import { emptyRaster, holes, stamp } from "../geometry/raster";
import type { Editor } from "./editor";

export function removeSelected(editor: Editor): void {
  const { selected, content } = editor;
  if (selected && !editor.locked) {
    editor.commit({ ...content, boxes: content.boxes.filter(({ id }) => id !== selected.id) }, "delete");
    editor.announce("Box removed.");
  }
}

/** Start over, as one step that can be taken back. */
export function clear(editor: Editor): void {
  editor.commit({ ...BLANK, hand: editor.content.hand && emptyRaster(editor.size) }, "clear");
}

/** Fill what is shut in by the mask: one may paint an outline only. False where nothing is shut in. */
export function fillHoles(editor: Editor): boolean {
  const mask = editor.mask();
  const shut = mask && holes(mask);
  if (!shut?.data.includes(1) || editor.locked) {
    return false;
  }
  const hand = handToPaint(editor.content, editor.size);
  stamp(hand, { x: 0, y: 0, mask: shut }, PAINTED);
  editor.commit({ ...editor.content, hand }, "fill");
  editor.announce("The outline is filled.");
  return true;
}

/** Select the next box, or with a step of -1 the one before, and bring it into view. */
export function focusNext(editor: Editor, step = 1): void {
  const { boxes } = editor.content;
  const at = boxes.findIndex(({ id }) => id === editor.selected?.id);
  const next = boxes[at < 0 ? (step > 0 ? 0 : boxes.length - 1) : (at + step + boxes.length) % boxes.length];
  if (next) {
    editor.select(next.id);
    editor.stage.reveal(next);
  }
}

/** A box in words, for people who don't see it. */
export function describe(box: LabelledBox, boxes: readonly LabelledBox[], name: string): string {
  const [left, top, right, bottom] = [box.x1, box.y1, box.x2, box.y2].map(Math.round);
  const place = boxes.findIndex(({ id }) => id === box.id) + 1;
  return `${name}, box ${place} of ${boxes.length}: left ${left}, top ${top}, right ${right}, bottom ${bottom}.`;
}
