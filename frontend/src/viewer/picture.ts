/** The picture itself, with window and level through a table of 256 entries: fast enough for a slow phone. */

import type { Size } from "../geometry/types";

/** Grey levels of the served picture: `centre` in the middle of what is shown, `width` from black to white. */
export interface Window {
  readonly centre: number;
  readonly width: number;
}

export const FULL_WINDOW: Window = { centre: 127.5, width: 255 };

const MAX_PIXELS = 1024 * 1024;

/** What every level (0-255) becomes. */
export function lookupTable({ centre, width }: Window): Uint8ClampedArray {
  const table = new Uint8ClampedArray(256);
  const low = centre - width / 2;
  for (let level = 0; level < 256; level++) {
    table[level] = ((level - low) / Math.max(width, 1)) * 255;
  }
  return table;
}

/** Map red, green and blue of RGBA pixels through the table, from `source` into `target`. */
export function applyTable(source: Uint8ClampedArray, table: Uint8ClampedArray, target: Uint8ClampedArray): void {
  for (let index = 0; index < source.length; index += 4) {
    target[index] = table[source[index]!]!;
    target[index + 1] = table[source[index + 1]!]!;
    target[index + 2] = table[source[index + 2]!]!;
    target[index + 3] = source[index + 3]!;
  }
}

export class Picture {
  readonly size: Size;
  /** What to draw, stretched over `size` picture pixels. */
  drawable: CanvasImageSource;
  private readonly source: CanvasImageSource;
  private pixels: ImageData | null = null;
  private mapped: ImageData | null = null;
  private canvas: HTMLCanvasElement | null = null;

  constructor(source: CanvasImageSource, size: Size) {
    this.source = source;
    this.drawable = source;
    this.size = size;
  }

  setWindow(window: Window): void {
    if (window.centre === FULL_WINDOW.centre && window.width === FULL_WINDOW.width) {
      this.drawable = this.source;
      return;
    }
    const context = this.prepare();
    if (context && this.canvas && this.pixels && this.mapped) {
      applyTable(this.pixels.data, lookupTable(window), this.mapped.data);
      context.putImageData(this.mapped, 0, 0);
      this.drawable = this.canvas;
    }
  }

  /** The pixels are read once, at the first change of the window. */
  private prepare(): CanvasRenderingContext2D | null {
    if (!this.canvas) {
      const shrink = Math.min(1, Math.sqrt(MAX_PIXELS / (this.size.width * this.size.height)));
      this.canvas = document.createElement("canvas");
      this.canvas.width = Math.max(1, Math.round(this.size.width * shrink));
      this.canvas.height = Math.max(1, Math.round(this.size.height * shrink));
    }
    const { width, height } = this.canvas;
    const context = this.canvas.getContext("2d", { willReadFrequently: true });
    if (context && !this.pixels) {
      context.drawImage(this.source, 0, 0, width, height);
      this.pixels = context.getImageData(0, 0, width, height);
      this.mapped = context.createImageData(width, height);
    }
    return context;
  }
}
