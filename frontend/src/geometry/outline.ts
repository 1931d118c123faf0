/**
 * The outline of a mask along the edges of its pixels, for drawing: closed rings of corner points, the mask on the
 * right hand side as one walks, so outer rings run clockwise (y down) and holes the other way round.
 */

import { bounds, type Raster } from "./raster";

/** Corner points [x0, y0, x1, y1, ...] in picture pixels; the last joins the first. */
export type Ring = number[];

// Directions: 0 right, 1 down, 2 left, 3 up.
const STEP_X = [1, 0, -1, 0];
const STEP_Y = [0, 1, 0, -1];

export function outline(mask: Raster): Ring[] {
  const box = bounds(mask);
  const rings: Ring[] = [];
  if (!box) {
    return rings;
  }
  const walked = new Uint8Array((mask.width + 1) * (mask.height + 1));
  for (let y = box.y1; y < box.y2; y++) {
    for (let x = box.x1; x < box.x2; x++) {
      // Every ring has a top edge of some pixel (mask below, none above), and it is walked to the right.
      const isTop = at(mask, x, y) && !at(mask, x, y - 1);
      if (isTop && !walked[y * (mask.width + 1) + x]) {
        rings.push(walk(mask, x, y, walked));
      }
    }
  }
  return rings;
}

function walk(mask: Raster, startX: number, startY: number, walked: Uint8Array): Ring {
  const ring: Ring = [];
  let [x, y, direction] = [startX, startY, 0];
  do {
    if (direction === 0) {
      walked[y * (mask.width + 1) + x] = 1;
    }
    x += STEP_X[direction]!;
    y += STEP_Y[direction]!;
    const next = turn(mask, x, y, direction);
    if (next !== direction) {
      ring.push(x, y);
    }
    direction = next;
  } while (x !== startX || y !== startY || direction !== 0);
  return ring;
}

/** At a corner: keep the mask on the right, so turn right where the pixel ahead on the right is free. */
function turn(mask: Raster, x: number, y: number, direction: number): number {
  // The four pixels around the corner, by the direction after which they lie ahead on the right: (0: right-down ...).
  const aheadRight = pixelAt(mask, x, y, direction);
  const aheadLeft = pixelAt(mask, x, y, (direction + 3) % 4);
  if (!aheadRight) {
    return (direction + 1) % 4;
  }
  return aheadLeft ? (direction + 3) % 4 : direction;
}

function pixelAt(mask: Raster, x: number, y: number, direction: number): number {
  const right = direction === 0 || direction === 3;
  const below = direction === 0 || direction === 1;
  return at(mask, right ? x : x - 1, below ? y : y - 1);
}

function at(mask: Raster, x: number, y: number): number {
  return x < 0 || y < 0 || x >= mask.width || y >= mask.height ? 0 : mask.data[y * mask.width + x]!;
}
