/** Painting and erasing by hand. What the hand did stays, whatever the assist proposes later for the same object. */

import { ERASED, handToPaint, PAINTED } from "../annotation/content";
import { paintStroke } from "../geometry/raster";
import type { Bench, Gesture, Pointer, Tool } from "./tool";

export const brushTool: Tool = {
  id: "brush",
  name: "Brush",
  hint: "Paint over what belongs to the object.",
  shortcut: "d",
  kinds: ["mask"],
  loupe: true,
  brush: true,
  cursor: "none",
  begin: (bench, pointer) => stroke(bench, pointer, PAINTED, "brush"),
};

export const eraserTool: Tool = {
  id: "eraser",
  name: "Eraser",
  hint: "Rub out what does not belong to the object.",
  shortcut: "e",
  kinds: ["mask"],
  loupe: true,
  brush: true,
  cursor: "none",
  begin: (bench, pointer) => stroke(bench, pointer, ERASED, "eraser"),
};

function stroke(bench: Bench, start: Pointer, value: number, what: string): Gesture {
  // One copy a stroke; it is painted on in place until the finger lifts.
  const draft = { ...bench.content, hand: handToPaint(bench.content, bench.size) };
  const radius = bench.brushRadius;
  let last = start.image;
  const paintTo = (pointer: Pointer): void => {
    const region = paintStroke(draft.hand, last, pointer.image, radius, value);
    last = pointer.image;
    bench.preview(draft, region);
  };
  paintTo(start);
  return {
    move: paintTo,
    end(pointer) {
      paintTo(pointer);
      bench.commit(draft, what);
    },
    cancel: () => bench.rollback(),
  };
}
