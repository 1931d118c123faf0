/** Draws an answer over a picture: boxes as frames, masks as a veil with its outline. */

import type { Answer } from "../annotation/answers";
import type { Raster } from "../geometry/raster";
import { decode } from "../geometry/rle";
import type { Size } from "../geometry/types";

export type Rgb = readonly [number, number, number];

const VEIL = 90; // of 255

/** "#rrggbb" as numbers; anything else is gold. */
export function rgbOf(colour: string): Rgb {
  const value = /^#([0-9a-f]{6})$/i.exec(colour)?.[1];
  const bits = Number.parseInt(value ?? "f2c14e", 16);
  return [bits >> 16, (bits >> 8) & 255, bits & 255];
}

/** RGBA, row by row: the mask's edge opaque, its inside as a veil. */
export function veil(mask: Raster, [red, green, blue]: Rgb): Uint8ClampedArray<ArrayBuffer> {
  const { width, height, data } = mask;
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (data[at]) {
        const inner =
          x > 0 &&
          y > 0 &&
          x < width - 1 &&
          y < height - 1 &&
          data[at - 1] &&
          data[at + 1] &&
          data[at - width] &&
          data[at + width];
        rgba.set([red, green, blue, inner ? VEIL : 255], at * 4);
      }
    }
  }
  return rgba;
}

/**
 * A canvas of the picture's size with the answer on it, or null where there is nothing to see. `colour`: of everything;
 * without it boxes take their label's. Throws a `RangeError` where a mask cannot be read.
 */
export function layerOf(
  answer: Answer,
  size: Size,
  colours: ReadonlyMap<string, string>,
  colour?: string,
): HTMLCanvasElement | null {
  if (answer.kind !== "box" && answer.kind !== "mask") {
    return null;
  }
  const canvas = document.createElement("canvas");
  // Small pictures are drawn at twice their size, or frames would be as coarse as their pixels.
  const scale = answer.kind === "box" ? Math.max(1, Math.ceil(512 / Math.max(size.width, size.height))) : 1;
  canvas.width = size.width * scale;
  canvas.height = size.height * scale;
  const context = canvas.getContext("2d");
  if (context && answer.kind === "mask") {
    const mask = decode(answer.rle);
    context.putImageData(new ImageData(veil(mask, rgbOf(colour ?? "")), mask.width, mask.height), 0, 0);
  } else if (context && answer.kind === "box") {
    context.lineWidth = Math.max(2, canvas.width / 200);
    for (const [x1, y1, x2, y2, label] of answer.boxes) {
      context.strokeStyle = colour ?? colours.get(label) ?? "#f2c14e";
      context.strokeRect(x1 * scale, y1 * scale, (x2 - x1) * scale, (y2 - y1) * scale);
    }
  }
  return canvas;
}
