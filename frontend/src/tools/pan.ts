/** Moving the picture. Middle button and space bar do it in every tool. */

import type { Tool } from "./tool";

export const panTool: Tool = {
  id: "pan",
  name: "Move the picture",
  hint: "Drag the picture. Two fingers do it in every tool, and zoom.",
  shortcut: "h",
  kinds: ["class", "box", "mask"],
  cursor: "grab",

  begin(bench, pointer) {
    let last = pointer.screen;
    return {
      move({ screen }) {
        bench.panBy(screen.x - last.x, screen.y - last.y);
        last = screen;
      },
      end: () => undefined,
      cancel: () => undefined,
    };
  },

  arrow(bench, dx, dy) {
    const step = 8 * bench.view.scale; // the picture moves faster than a box would
    bench.panBy(-dx * step, -dy * step);
  },
};
