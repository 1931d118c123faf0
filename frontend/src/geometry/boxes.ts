/** Boxes under a finger: where one takes hold of them, and what pulling does. */

import { type Box, clamp, type ImagePoint, type ScreenPoint, type Size } from "./types";
import { toScreen, type View } from "./view";

/** What one holds: -1 the left/top edge, 1 the right/bottom edge, 0 neither; both 0 = the whole box. */
export interface Grip {
  readonly x: -1 | 0 | 1;
  readonly y: -1 | 0 | 1;
}

export const WHOLE: Grip = { x: 0, y: 0 };

export const REACH_TOUCH = 22; // CSS px around a handle: a target of 44 px
export const REACH_MOUSE = 9;
const ROOM_FOR_MIDDLE = 88; // CSS px that a side needs before a handle at its middle is of use

/** Smallest side of a box, picture px. */
export const MIN_SIDE = 1;

const CORNERS: readonly Grip[] = [
  { x: -1, y: -1 },
  { x: 1, y: -1 },
  { x: -1, y: 1 },
  { x: 1, y: 1 },
];

/** The handles that a box of this size on the screen (CSS px) offers. */
export function gripsOf(width: number, height: number): readonly Grip[] {
  const sides: Grip[] = [];
  if (width >= ROOM_FOR_MIDDLE) {
    sides.push({ x: 0, y: -1 }, { x: 0, y: 1 });
  }
  if (height >= ROOM_FOR_MIDDLE) {
    sides.push({ x: -1, y: 0 }, { x: 1, y: 0 });
  }
  return [...CORNERS, ...sides];
}

/** What a finger at `point` takes hold of: a handle within `reach` CSS px, else the box if it is inside, else null. */
export function gripAt(box: Box, view: View, point: ScreenPoint, reach: number): Grip | null {
  const low = toScreen(view, { x: box.x1, y: box.y1 } as ImagePoint);
  const high = toScreen(view, { x: box.x2, y: box.y2 } as ImagePoint);
  const [width, height] = [high.x - low.x, high.y - low.y];
  let [best, nearest]: [Grip | null, number] = [null, reach];
  for (const grip of gripsOf(width, height)) {
    const dx = point.x - (low.x + ((grip.x + 1) / 2) * width);
    const dy = point.y - (low.y + ((grip.y + 1) / 2) * height);
    // Towards the inside handles give way, so that the middle of a small box can still be dragged.
    const tooDeep = -dx * grip.x > Math.min(reach, width / 4) || -dy * grip.y > Math.min(reach, height / 4);
    const away = Math.hypot(dx, dy);
    if (away <= nearest && !tooDeep) {
      [best, nearest] = [grip, away];
    }
  }
  const within = point.x >= low.x && point.x <= high.x && point.y >= low.y && point.y <= high.y;
  return best ?? (within ? WHOLE : null);
}

/** The box after pulling `grip` by (dx, dy) picture pixels; it stays in the picture, and flips over rather than vanish. */
export function pull(box: Box, grip: Grip, dx: number, dy: number, size: Size): Box {
  if (grip.x === 0 && grip.y === 0) {
    return move(box, dx, dy, size);
  }
  const x1 = grip.x === -1 ? box.x1 + dx : box.x1;
  const x2 = grip.x === 1 ? box.x2 + dx : box.x2;
  const y1 = grip.y === -1 ? box.y1 + dy : box.y1;
  const y2 = grip.y === 1 ? box.y2 + dy : box.y2;
  return spanning(x1, y1, x2, y2, size);
}

function move(box: Box, dx: number, dy: number, size: Size): Box {
  const right = clamp(dx, -box.x1, size.width - box.x2);
  const down = clamp(dy, -box.y1, size.height - box.y2);
  return { x1: box.x1 + right, y1: box.y1 + down, x2: box.x2 + right, y2: box.y2 + down };
}

/** The box with these two opposite corners, clipped to the picture and never thinner than `MIN_SIDE`. */
export function spanning(ax: number, ay: number, bx: number, by: number, size: Size): Box {
  const [x1, x2] = span(ax, bx, size.width);
  const [y1, y2] = span(ay, by, size.height);
  return { x1, y1, x2, y2 };
}

function span(a: number, b: number, room: number): [number, number] {
  const least = Math.min(MIN_SIDE, room);
  const low = clamp(Math.min(a, b), 0, room - least);
  return [low, clamp(Math.max(a, b), low + least, room)];
}

export function boxArea(box: Box): number {
  return (box.x2 - box.x1) * (box.y2 - box.y1);
}

export function contains(box: Box, point: ImagePoint): boolean {
  return point.x >= box.x1 && point.x < box.x2 && point.y >= box.y1 && point.y < box.y2;
}

/** Hundredths of a pixel are more than a finger means. */
export function rounded(box: Box): [number, number, number, number] {
  const round = (value: number): number => Math.round(value * 100) / 100;
  return [round(box.x1), round(box.y1), round(box.x2), round(box.y2)];
}
