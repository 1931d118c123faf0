/** The mask as it is shown: a light fill, so that the picture stays visible, and an outline along the pixels' edges. */

import { outline } from "../geometry/outline";
import { type Raster, whole, wholePixels } from "../geometry/raster";
import type { Box } from "../geometry/types";
import { HALO } from "./marks";

const FILL_ALPHA = 52; // of 255

export class MaskLayer {
  private readonly canvas = document.createElement("canvas");
  private readonly rgb: readonly [number, number, number];
  private readonly colour: string;
  private path = new Path2D();

  constructor(colour: string) {
    this.colour = colour;
    this.rgb = parseColour(colour);
  }

  /** Take over `region` (picture px; null = all) of the mask. */
  update(mask: Raster, region: Box | null): void {
    const resized = this.canvas.width !== mask.width || this.canvas.height !== mask.height;
    if (resized) {
      this.canvas.width = mask.width;
      this.canvas.height = mask.height;
    }
    const box = wholePixels(region && !resized ? region : whole(mask), mask);
    const [width, height] = [box.x2 - box.x1, box.y2 - box.y1];
    const context = this.canvas.getContext("2d");
    if (context && width > 0 && height > 0) {
      context.putImageData(this.fill(context.createImageData(width, height), mask, box), box.x1, box.y1);
    }
    this.path = new Path2D();
    for (const ring of outline(mask)) {
      this.path.moveTo(ring[0]!, ring[1]!);
      for (let index = 2; index < ring.length; index += 2) {
        this.path.lineTo(ring[index]!, ring[index + 1]!);
      }
      this.path.closePath();
    }
  }

  /** The context's unit is the picture pixel, `scale` CSS px wide. */
  draw(context: CanvasRenderingContext2D, scale: number): void {
    context.imageSmoothingEnabled = false;
    context.drawImage(this.canvas, 0, 0);
    context.imageSmoothingEnabled = true;
    context.lineJoin = "round";
    context.strokeStyle = HALO;
    context.lineWidth = 3.5 / scale;
    context.stroke(this.path);
    context.strokeStyle = this.colour;
    context.lineWidth = 1.75 / scale;
    context.stroke(this.path);
  }

  private fill(pixels: ImageData, mask: Raster, box: Box): ImageData {
    const [red, green, blue] = this.rgb;
    let target = 0;
    for (let y = box.y1; y < box.y2; y++) {
      for (let x = box.x1; x < box.x2; x++, target += 4) {
        if (mask.data[y * mask.width + x]) {
          pixels.data[target] = red;
          pixels.data[target + 1] = green;
          pixels.data[target + 2] = blue;
          pixels.data[target + 3] = FILL_ALPHA;
        }
      }
    }
    return pixels;
  }
}

function parseColour(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}
