/** Boxes, handles, points, the crosshair: every line has a dark halo, so that it shows on any picture. CSS pixels. */

import type { Prompt } from "../annotation/content";
import { gripsOf } from "../geometry/boxes";
import type { Box, ImagePoint, ScreenPoint, Size } from "../geometry/types";
import { toScreen, type View } from "../geometry/view";

type Context = CanvasRenderingContext2D;

export const HALO = "rgb(0 0 0 / 0.6)";
const PLUS = "#35d07f";
const MINUS = "#ff7a5c";
const KNOB = 5.5;

export interface BoxStyle {
  colour: string;
  selected: boolean;
  dashed?: boolean;
  /** Dashes wander while one waits; 0 = they stand. */
  dashOffset?: number;
  name?: string;
}

export function drawBox(context: Context, view: View, box: Box, style: BoxStyle): void {
  const low = toScreen(view, { x: box.x1, y: box.y1 } as ImagePoint);
  const high = toScreen(view, { x: box.x2, y: box.y2 } as ImagePoint);
  const [width, height] = [high.x - low.x, high.y - low.y];
  strokeTwice(
    context,
    style.colour,
    style.selected ? 2.5 : 2,
    () => context.strokeRect(low.x, low.y, width, height),
    style,
  );
  if (style.name) {
    drawTag(context, style.name, style.colour, low, style.selected ? Infinity : width);
  }
  if (style.selected) {
    for (const grip of gripsOf(width, height)) {
      const x = low.x + ((grip.x + 1) / 2) * width;
      const y = low.y + ((grip.y + 1) / 2) * height;
      context.beginPath();
      context.arc(x, y, KNOB, 0, 2 * Math.PI);
      context.fillStyle = "#ffffff";
      context.fill();
      strokeTwice(context, style.colour, 2, () => context.stroke());
    }
  }
}

function strokeTwice(context: Context, colour: string, width: number, stroke: () => void, style?: BoxStyle): void {
  context.setLineDash([]);
  context.strokeStyle = HALO;
  context.lineWidth = width + 2;
  stroke();
  context.setLineDash(style?.dashed ? [7, 5] : []);
  context.lineDashOffset = style?.dashOffset ?? 0;
  context.strokeStyle = colour;
  context.lineWidth = width;
  stroke();
  context.setLineDash([]);
}

/** The label's name on the box's upper edge: colour is not the only thing that tells labels apart. */
/** Nothing where the tag is wider than `room`: it would hide what lies next to a small box. */
function drawTag(context: Context, name: string, colour: string, corner: ScreenPoint, room: number): void {
  context.font = "600 12px system-ui, sans-serif";
  context.textAlign = "left";
  context.textBaseline = "middle";
  const width = context.measureText(name).width + 12;
  if (width > room) {
    return;
  }
  const y = corner.y >= 20 ? corner.y - 19 : corner.y + 2;
  context.fillStyle = "rgb(0 0 0 / 0.72)";
  context.fillRect(corner.x, y, width, 17);
  context.fillStyle = colour;
  context.fillRect(corner.x, y, 3, 17);
  context.fillStyle = "#ffffff";
  context.fillText(name, corner.x + 7, y + 9);
}

export function drawPoints(context: Context, view: View, prompt: Prompt): void {
  for (const { at, positive } of prompt.points) {
    const { x, y } = toScreen(view, at);
    context.beginPath();
    context.arc(x, y, 8, 0, 2 * Math.PI);
    context.fillStyle = positive ? PLUS : MINUS;
    context.fill();
    context.strokeStyle = HALO;
    context.lineWidth = 1.5;
    context.stroke();
    context.fillStyle = "#10151b";
    context.fillRect(x - 4.5, y - 1, 9, 2);
    if (positive) {
      context.fillRect(x - 1, y - 4.5, 2, 9);
    }
  }
}

export function drawCrosshair(context: Context, { x, y }: ScreenPoint): void {
  const cross = (): void => {
    context.beginPath();
    context.moveTo(x - 16, y);
    context.lineTo(x - 4, y);
    context.moveTo(x + 4, y);
    context.lineTo(x + 16, y);
    context.moveTo(x, y - 16);
    context.lineTo(x, y - 4);
    context.moveTo(x, y + 4);
    context.lineTo(x, y + 16);
    context.stroke();
  };
  strokeTwice(context, "#ffffff", 2, cross);
}

export function drawBrush(context: Context, { x, y }: ScreenPoint, radius: number): void {
  strokeTwice(context, "#ffffff", 1.5, () => {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.stroke();
  });
}

/** Letters at the picture's edges: which way is left, top, right, bottom of the body. */
export function drawMarkers(context: Context, view: View, markers: string, picture: Size, viewport: Size): void {
  const [left, top, right, bottom] = markers;
  const low = toScreen(view, { x: 0, y: 0 } as ImagePoint);
  const high = toScreen(view, { x: picture.width, y: picture.height } as ImagePoint);
  const [x1, x2] = [Math.max(low.x, 0), Math.min(high.x, viewport.width)];
  const [y1, y2] = [Math.max(low.y, 0), Math.min(high.y, viewport.height)];
  context.font = "700 14px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "middle";
  const letter = (text: string | undefined, x: number, y: number): void => {
    if (text?.trim()) {
      context.lineWidth = 3.5;
      context.strokeStyle = HALO;
      context.strokeText(text, x, y);
      context.fillStyle = "#ffe9b0";
      context.fillText(text, x, y);
    }
  };
  letter(left, x1 + 13, (y1 + y2) / 2);
  letter(top, (x1 + x2) / 2, y1 + 13);
  letter(right, x2 - 13, (y1 + y2) / 2);
  letter(bottom, (x1 + x2) / 2, y2 - 13);
}
