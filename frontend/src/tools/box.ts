/** Boxes around things, each with a label. */

import type { Content, LabelledBox } from "../annotation/content";
import { boxArea, contains } from "../geometry/boxes";
import type { Box } from "../geometry/types";
import { boxInView, cursorOver, dragBox, nudge } from "./dragbox";
import type { Bench, Pointer, Tool } from "./tool";

export const boxTool: Tool = {
  id: "box",
  name: "Box",
  hint: "Drag to draw a box. Drag a corner to change it, or its middle to move it.",
  shortcut: "b",
  kinds: ["box"],
  loupe: true,
  cursor: "crosshair",

  begin(bench, pointer) {
    const held = bench.selected;
    const next = (box: Box, isNew: boolean): Content =>
      isNew || !held ? withBox(bench, newBox(bench, box)) : withBox(bench, { ...held, ...box });
    return dragBox(bench, pointer, {
      held,
      preview: (box, deed) => bench.preview(next(box, deed === "draw")),
      keep(box, deed) {
        const isNew = deed === "draw" || !held;
        const id = isNew ? newId(bench.content) : held.id;
        bench.commit(next(box, isNew), deed);
        bench.select(id);
      },
      tap: (at) => bench.select(boxAt(bench.content, at)?.id ?? null),
    });
  },

  cursorAt: (bench, at) => cursorOver(bench, bench.selected, at),

  arrow(bench, dx, dy, resize) {
    const { selected } = bench;
    if (selected) {
      const box = { ...selected, ...nudge(selected, dx, dy, resize, bench) };
      bench.commit(withBox(bench, box), resize ? "resize" : "move", `nudge ${selected.id}`);
    }
  },

  add(bench) {
    const box = newBox(bench, boxInView(bench));
    bench.commit(withBox(bench, box), "draw");
    bench.select(box.id);
  },
};

/** The content with one box put in place of the one with the same id, or added. */
function withBox(bench: Bench, box: LabelledBox): Content {
  const { boxes } = bench.content;
  const exists = boxes.some(({ id }) => id === box.id);
  return { ...bench.content, boxes: exists ? boxes.map((old) => (old.id === box.id ? box : old)) : [...boxes, box] };
}

function newBox(bench: Bench, box: Box): LabelledBox {
  return { ...box, id: newId(bench.content), label: bench.label };
}

function newId(content: Content): number {
  return Math.max(-1, ...content.boxes.map(({ id }) => id)) + 1;
}

/** Of the boxes under the pointer the smallest: a box inside another can be reached. */
function boxAt(content: Content, pointer: Pointer): LabelledBox | undefined {
  return content.boxes.filter((box) => contains(box, pointer.image)).sort((a, b) => boxArea(a) - boxArea(b))[0];
}
