/** Points of the picture and points of the screen are different types: mixing them up does not compile. */

declare const space: unique symbol;

/** In pixels of the served picture: origin top left, x to the right, y down; pixel (0, 0) covers [0, 1) x [0, 1). */
export type ImagePoint = { readonly x: number; readonly y: number; readonly [space]: "image" };

/** In CSS pixels from the top left corner of the canvas. */
export type ScreenPoint = { readonly x: number; readonly y: number; readonly [space]: "screen" };

/** Half-open edges in picture pixels, x1 <= x2 and y1 <= y2. */
export interface Box {
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export function imagePoint(x: number, y: number): ImagePoint {
  return { x, y } as ImagePoint;
}

export function screenPoint(x: number, y: number): ScreenPoint {
  return { x, y } as ScreenPoint;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}

/** The nearest point of the picture: a finger may leave it, an answer may not. */
export function inside(point: ImagePoint, size: Size): ImagePoint {
  return imagePoint(clamp(point.x, 0, size.width), clamp(point.y, 0, size.height));
}

/** CSS pixels between two points of the screen. */
export function distance(a: ScreenPoint, b: ScreenPoint): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
