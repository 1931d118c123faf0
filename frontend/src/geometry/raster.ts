/** Small rasters and what the brush does to them. A mask is a raster of 0 and 1. */

import type { Box, ImagePoint, Size } from "./types";

/** `data[y * width + x]`, row by row. */
export interface Raster extends Size {
  readonly data: Uint8Array;
}

/** A mask that covers only part of the picture, its top left corner at picture pixel (x, y). */
export interface PlacedMask {
  readonly x: number;
  readonly y: number;
  readonly mask: Raster;
}

export function emptyRaster(size: Size): Raster {
  return { width: size.width, height: size.height, data: new Uint8Array(size.width * size.height) };
}

export function copyRaster(raster: Raster): Raster {
  return { width: raster.width, height: raster.height, data: raster.data.slice() };
}

/** How many cells are not 0. */
export function area(raster: Raster): number {
  let count = 0;
  for (const value of raster.data) {
    count += value === 0 ? 0 : 1;
  }
  return count;
}

/** The smallest box of whole pixels around everything that is not 0; null for an empty raster. */
export function bounds(raster: Raster): Box | null {
  const { width, data } = raster;
  let [x1, y1, x2, y2] = [width, raster.height, 0, 0];
  for (let y = 0; y < raster.height; y++) {
    const start = y * width;
    let first = 0;
    while (first < width && data[start + first] === 0) first++;
    if (first < width) {
      let last = width - 1;
      while (data[start + last] === 0) last--;
      x1 = Math.min(x1, first);
      x2 = Math.max(x2, last + 1);
      y1 = Math.min(y1, y);
      y2 = y + 1;
    }
  }
  return x2 > x1 ? { x1, y1, x2, y2 } : null;
}

export function whole(size: Size): Box {
  return { x1: 0, y1: 0, x2: size.width, y2: size.height };
}

/** The rectangle of whole pixels within `box` and the raster. */
export function wholePixels(box: Box, size: Size): Box {
  return {
    x1: Math.max(Math.floor(box.x1), 0),
    y1: Math.max(Math.floor(box.y1), 0),
    x2: Math.min(Math.ceil(box.x2), size.width),
    y2: Math.min(Math.ceil(box.y2), size.height),
  };
}

/** The smallest box around both. */
export function hull(a: Box | null, b: Box): Box {
  return a
    ? { x1: Math.min(a.x1, b.x1), y1: Math.min(a.y1, b.y1), x2: Math.max(a.x2, b.x2), y2: Math.max(a.y2, b.y2) }
    : b;
}

/** A copy of the cells inside `box` (whole pixels). */
export function crop(raster: Raster, box: Box): Raster {
  const [width, height] = [Math.max(box.x2 - box.x1, 0), Math.max(box.y2 - box.y1, 0)];
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (box.y1 + y) * raster.width + box.x1;
    data.set(raster.data.subarray(start, start + width), y * width);
  }
  return { width, height, data };
}

/** Write `patch` over the cells from (x, y) on; it must fit. Changes `target`. */
export function paste(target: Raster, patch: Raster, x: number, y: number): void {
  for (let row = 0; row < patch.height; row++) {
    const source = patch.data.subarray(row * patch.width, (row + 1) * patch.width);
    target.data.set(source, (y + row) * target.width + x);
  }
}

/** Set to `value` every cell of `target` (within `region`) that the placed mask covers. Changes `target`. */
export function stamp(target: Raster, placed: PlacedMask, value = 1, region: Box = whole(target)): void {
  const { x: left, y: top, mask } = placed;
  const area = wholePixels(region, target);
  for (let y = Math.max(area.y1, top); y < Math.min(area.y2, top + mask.height); y++) {
    for (let x = Math.max(area.x1, left); x < Math.min(area.x2, left + mask.width); x++) {
      if (mask.data[(y - top) * mask.width + x - left]) {
        target.data[y * target.width + x] = value;
      }
    }
  }
}

/**
 * Paint a stroke of the given radius (picture px) from one point to another: every cell whose centre lies within
 * `radius` of the segment, at the least the cell under its end. Changes `target`; returns the box that was touched.
 */
export function paintStroke(target: Raster, from: ImagePoint, to: ImagePoint, radius: number, value: number): Box {
  const reach = Math.max(radius, 0.5);
  const box = wholePixels(
    {
      x1: Math.min(from.x, to.x) - reach,
      y1: Math.min(from.y, to.y) - reach,
      x2: Math.max(from.x, to.x) + reach,
      y2: Math.max(from.y, to.y) + reach,
    },
    target,
  );
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length2 = dx * dx + dy * dy;
  for (let y = box.y1; y < box.y2; y++) {
    for (let x = box.x1; x < box.x2; x++) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = length2 === 0 ? 0 : Math.min(Math.max((px * dx + py * dy) / length2, 0), 1);
      const [ex, ey] = [px - along * dx, py - along * dy];
      if (ex * ex + ey * ey <= radius * radius) {
        target.data[y * target.width + x] = value;
      }
    }
  }
  const [endX, endY] = [Math.floor(to.x), Math.floor(to.y)];
  if (endX >= 0 && endY >= 0 && endX < target.width && endY < target.height) {
    target.data[endY * target.width + endX] = value;
  }
  return box;
}

/** The cells of 0 that are shut in: no path over edges leads from them to the raster's border. As a mask. */
export function holes(mask: Raster): Raster {
  const { width, height, data } = mask;
  const outside = new Uint8Array(data.length);
  const queue: number[] = [];
  const visit = (index: number): void => {
    if (!data[index] && !outside[index]) {
      outside[index] = 1;
      queue.push(index);
    }
  };
  for (let x = 0; x < width; x++) {
    visit(x);
    visit((height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    visit(y * width);
    visit(y * width + width - 1);
  }
  for (let index = queue.pop(); index !== undefined; index = queue.pop()) {
    const x = index % width;
    if (x > 0) visit(index - 1);
    if (x < width - 1) visit(index + 1);
    if (index >= width) visit(index - width);
    if (index < data.length - width) visit(index + width);
  }
  return { width, height, data: data.map((value, index) => (value || outside[index] ? 0 : 1)) };
}
