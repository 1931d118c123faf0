/** Drawing, moving and resizing a box, whatever the box is for. */

import { type Grip, gripAt, pull, REACH_MOUSE, REACH_TOUCH, spanning, WHOLE } from "../geometry/boxes";
import { type Box, distance, imagePoint, inside, type ScreenPoint, screenPoint } from "../geometry/types";
import { toImage, toScreen } from "../geometry/view";
import type { Bench, Gesture, Pointer } from "./tool";

const SLOP = 4; // CSS px that a tap may wander

export type BoxDeed = "draw" | "move" | "resize";

/** What becomes of boxes: the tools differ in this alone. */
export interface BoxUse {
  /** The box with handles, if there is one. */
  readonly held: Box | null;
  preview(box: Box, deed: BoxDeed): void;
  keep(box: Box, deed: BoxDeed): void;
  /** Nothing was dragged. */
  tap(pointer: Pointer): void;
}

export function dragBox(bench: Bench, start: Pointer, use: BoxUse): Gesture {
  const { held } = use;
  const grip = held && gripAt(held, bench.view, start.screen, start.coarse ? REACH_TOUCH : REACH_MOUSE);
  const deed: BoxDeed = grip === null ? "draw" : grip === WHOLE ? "move" : "resize";
  let dragged = false;
  let now = start;
  return {
    move(pointer) {
      now = pointer;
      dragged ||= distance(start.screen, pointer.screen) > SLOP;
      if (dragged) {
        use.preview(boxBetween(bench, start, pointer, held, grip), deed);
      }
    },
    end(pointer) {
      if (dragged) {
        use.keep(boxBetween(bench, start, pointer, held, grip), deed);
      } else {
        use.tap(pointer);
      }
    },
    cancel: () => bench.rollback(),
    focus() {
      const [dx, dy] = [now.screen.x - start.screen.x, now.screen.y - start.screen.y];
      return held && grip ? (grip === WHOLE ? null : pulledPoint(bench, held, grip, dx, dy)) : now.screen;
    },
  };
}

/** The handle that is held, after pulling it by (dx, dy) CSS px: the finger may have taken hold beside it. */
function pulledPoint(bench: Bench, held: Box, grip: Grip, dx: number, dy: number): ScreenPoint {
  const x = grip.x === -1 ? held.x1 : grip.x === 1 ? held.x2 : (held.x1 + held.x2) / 2;
  const y = grip.y === -1 ? held.y1 : grip.y === 1 ? held.y2 : (held.y1 + held.y2) / 2;
  const at = toScreen(bench.view, imagePoint(x, y));
  return screenPoint(at.x + dx * Math.abs(grip.x), at.y + dy * Math.abs(grip.y));
}

/** The cursor that says what a mouse would take hold of. */
export function cursorOver(bench: Bench, held: Box | null, at: ScreenPoint): string | null {
  const grip = held && gripAt(held, bench.view, at, REACH_MOUSE);
  if (!grip) {
    return null;
  }
  if (grip === WHOLE) {
    return "move";
  }
  if (grip.x === 0 || grip.y === 0) {
    return grip.x === 0 ? "ns-resize" : "ew-resize";
  }
  return grip.x === grip.y ? "nwse-resize" : "nesw-resize";
}

function boxBetween(bench: Bench, from: Pointer, to: Pointer, held: Box | null, grip: Grip | null): Box {
  return held && grip
    ? pull(held, grip, to.image.x - from.image.x, to.image.y - from.image.y, bench.size)
    : spanning(from.image.x, from.image.y, to.image.x, to.image.y, bench.size);
}

/** Where the keyboard puts a new box: in the middle of what can be seen, a quarter of it wide and high. */
export function boxInView(bench: Bench): Box {
  const { view, viewport, size } = bench;
  const middle = inside(toImage(view, screenPoint(viewport.width / 2, viewport.height / 2)), size);
  const halfWidth = Math.min(viewport.width / view.scale, size.width) / 8;
  const halfHeight = Math.min(viewport.height / view.scale, size.height) / 8;
  const [x1, y1] = [Math.round(middle.x - halfWidth), Math.round(middle.y - halfHeight)];
  return spanning(x1, y1, Math.round(middle.x + halfWidth), Math.round(middle.y + halfHeight), size);
}

/** An arrow key on a box: move it, or pull its lower right corner. */
export function nudge(box: Box, dx: number, dy: number, resize: boolean, bench: Bench): Box {
  if (!resize) {
    return pull(box, WHOLE, dx, dy, bench.size);
  }
  // Not past the other corner: a box that turns over under the keys only confuses.
  const right = Math.max(dx, box.x1 + 1 - box.x2);
  const down = Math.max(dy, box.y1 + 1 - box.y2);
  return pull(box, { x: 1, y: 1 }, right, down, bench.size);
}
