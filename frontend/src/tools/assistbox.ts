/** A box around an object; the assist proposes the object's mask. */

import type { Prompt } from "../annotation/content";
import { boxInView, cursorOver, dragBox, nudge } from "./dragbox";
import type { Tool } from "./tool";

export const assistBoxTool: Tool = {
  id: "assist-box",
  name: "Box",
  hint: "Drag a box tightly around the object; its shape is filled in for you.",
  shortcut: "b",
  kinds: ["mask"],
  needsAssist: true,
  loupe: true,
  cursor: "crosshair",

  begin(bench, pointer) {
    const prompt = bench.content.prompts.at(-1);
    return dragBox(bench, pointer, {
      held: prompt?.box ?? null,
      preview(box, deed) {
        const drafted: Prompt =
          deed === "draw" || !prompt ? { sequence: -1, refines: null, box, points: [] } : { ...prompt, box };
        const kept = deed === "draw" ? bench.content.prompts : bench.content.prompts.slice(0, -1);
        bench.preview({ ...bench.content, prompts: [...kept, drafted] });
      },
      keep(box, deed) {
        const refine = deed !== "draw" && prompt !== undefined;
        bench.ask({ box, points: refine ? prompt.points : [] }, { refine, what: deed });
      },
      tap: () => undefined,
    });
  },

  cursorAt: (bench, at) => cursorOver(bench, bench.content.prompts.at(-1)?.box ?? null, at),

  arrow(bench, dx, dy, resize) {
    const prompt = bench.content.prompts.at(-1);
    if (prompt?.box) {
      const box = nudge(prompt.box, dx, dy, resize, bench);
      const question = { box, points: prompt.points };
      bench.ask(question, { refine: true, what: resize ? "resize" : "move", topic: "nudge prompt" });
    }
  },

  add(bench) {
    bench.ask({ box: boxInView(bench), points: [] }, { refine: false, what: "draw" });
  },
};
