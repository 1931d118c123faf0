/** Where the picture lies on the screen: screen = picture * scale + offset. Views are values; nothing here draws. */

import { type Box, clamp, type ImagePoint, imagePoint, type ScreenPoint, type Size, screenPoint } from "./types";

export interface View {
  /** CSS pixels per picture pixel. */
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

const MAX_ZOOM = 10; // times the fitted size ...
const MAX_PIXEL = 12; // ... or until a picture pixel is that many CSS pixels wide, whichever is more
const OVERSCROLL = 40; // CSS px of background that may show, so that a finger gets at the picture's very edge

export function toScreen(view: View, point: ImagePoint): ScreenPoint {
  return screenPoint(point.x * view.scale + view.x, point.y * view.scale + view.y);
}

export function toImage(view: View, point: ScreenPoint): ImagePoint {
  return imagePoint((point.x - view.x) / view.scale, (point.y - view.y) / view.scale);
}

/** The whole picture as large as the viewport allows, centred; small crops are enlarged. */
export function fitted(picture: Size, viewport: Size, padding = 0): View {
  const scale = fitScale(picture, viewport, padding);
  return {
    scale,
    x: (viewport.width - picture.width * scale) / 2,
    y: (viewport.height - picture.height * scale) / 2,
  };
}

function fitScale(picture: Size, viewport: Size, padding: number): number {
  const width = Math.max(viewport.width - 2 * padding, 1);
  const height = Math.max(viewport.height - 2 * padding, 1);
  return Math.min(width / picture.width, height / picture.height);
}

/** Zoom by `factor` so that what lies under `centre` stays there. */
export function zoomAbout(view: View, centre: ScreenPoint, factor: number): View {
  return {
    scale: view.scale * factor,
    x: centre.x - (centre.x - view.x) * factor,
    y: centre.y - (centre.y - view.y) * factor,
  };
}

export function panBy(view: View, dx: number, dy: number): View {
  return { scale: view.scale, x: view.x + dx, y: view.y + dy };
}

/** Keep the zoom within its limits (about the viewport's `centre`) and the picture within reach. */
export function clampView(view: View, picture: Size, viewport: Size, padding = 0, centre?: ScreenPoint): View {
  const least = fitScale(picture, viewport, padding);
  const scale = clamp(view.scale, least, Math.max(least * MAX_ZOOM, MAX_PIXEL));
  const middle = centre ?? screenPoint(viewport.width / 2, viewport.height / 2);
  const scaled = scale === view.scale ? view : zoomAbout(view, middle, scale / view.scale);
  return {
    scale,
    x: clampOffset(scaled.x, picture.width * scale, viewport.width),
    y: clampOffset(scaled.y, picture.height * scale, viewport.height),
  };
}

function clampOffset(offset: number, length: number, room: number): number {
  return length <= room ? (room - length) / 2 : clamp(offset, room - length - OVERSCROLL, OVERSCROLL);
}

/** The least change of the view after which `box` can be seen, for the keyboard. */
export function reveal(view: View, box: Box, viewport: Size, margin = 24): View {
  const x1 = box.x1 * view.scale + view.x;
  const x2 = box.x2 * view.scale + view.x;
  const y1 = box.y1 * view.scale + view.y;
  const y2 = box.y2 * view.scale + view.y;
  return panBy(view, shift(x1, x2, viewport.width, margin), shift(y1, y2, viewport.height, margin));
}

function shift(low: number, high: number, room: number, margin: number): number {
  if (high - low > room - 2 * margin) {
    return 0;
  }
  return low < margin ? margin - low : high > room - margin ? room - margin - high : 0;
}
