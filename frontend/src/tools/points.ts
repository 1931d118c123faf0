/** Points inside (plus) and outside (minus) the object: the assist takes them into account. */

import type { Prompt } from "../annotation/content";
import type { Box, ImagePoint } from "../geometry/types";
import { imagePoint, inside } from "../geometry/types";
import type { Bench, Tool } from "./tool";

const MAX_POINTS = 32; // as many as the assist takes

export const plusTool: Tool = pointTool({
  id: "plus",
  name: "Add a part",
  hint: "Tap a part that belongs to the object but is not filled in.",
  shortcut: "p",
  positive: true,
});

export const minusTool: Tool = pointTool({
  id: "minus",
  name: "Take a part away",
  hint: "Tap a part that is filled in but does not belong to the object.",
  shortcut: "m",
  positive: false,
});

interface PointKind extends Pick<Tool, "id" | "name" | "hint" | "shortcut"> {
  positive: boolean;
}

function pointTool({ positive, ...words }: PointKind): Tool {
  return {
    ...words,
    kinds: ["mask"],
    needsAssist: true,
    loupe: true,
    crosshair: true,
    cursor: "crosshair",
    // The point is set where the finger lifts: with the loupe one can still slide to the right place.
    begin: (bench) => ({
      move: () => undefined,
      end: (pointer) => place(bench, pointer.image, positive),
      cancel: () => undefined,
    }),
    arrow: (bench, dx, dy) => bench.moveCursor(imagePoint(bench.cursor.x + dx, bench.cursor.y + dy)),
    add: (bench) => place(bench, bench.cursor, positive),
  };
}

function place(bench: Bench, where: ImagePoint, positive: boolean): void {
  const at = inside(where, bench.size);
  const prompt = bench.content.prompts.at(-1);
  const refine = prompt !== undefined && !(positive && isFarFrom(prompt.box, at));
  if (!refine && !positive) {
    return; // nothing yet to take a part away from
  }
  const before = refine ? prompt.points : [];
  const points: Prompt["points"] = [...before, { at, positive }].slice(-MAX_POINTS);
  bench.ask({ box: refine ? prompt.box : null, points }, { refine, what: positive ? "plus" : "minus" });
}

/** More than half the box's size away from it: another object is meant. */
function isFarFrom(box: Box | null, at: ImagePoint): boolean {
  if (!box) {
    return false;
  }
  const [reachX, reachY] = [(box.x2 - box.x1) / 2, (box.y2 - box.y1) / 2];
  return at.x < box.x1 - reachX || at.x > box.x2 + reachX || at.y < box.y1 - reachY || at.y > box.y2 + reachY;
}
