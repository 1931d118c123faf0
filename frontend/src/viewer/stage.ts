/** The picture on the screen: how large it is, how much room there is, and what of it one sees. */

import { type Box, type ScreenPoint, type Size, screenPoint } from "../geometry/types";
import { clampView, fitted, panBy, reveal, type View, zoomAbout } from "../geometry/view";

const PADDING = 6; // CSS px around the fitted picture

export class Stage {
  size: Size = { width: 1, height: 1 };
  /** CSS pixels. */
  viewport: Size = { width: 1, height: 1 };
  view: View = { scale: 1, x: 0, y: 0 };
  private readonly changed: () => void;

  constructor(changed: () => void) {
    this.changed = changed;
  }

  get middle(): ScreenPoint {
    return screenPoint(this.viewport.width / 2, this.viewport.height / 2);
  }

  load(size: Size): void {
    this.size = size;
    this.fit();
  }

  /** A picture that was fitted stays so; else what was in the middle stays there. */
  resize(viewport: Size): void {
    const wasFitted = Math.abs(this.view.scale - fitted(this.size, this.viewport, PADDING).scale) < 1e-9;
    const [dx, dy] = [(viewport.width - this.viewport.width) / 2, (viewport.height - this.viewport.height) / 2];
    this.viewport = viewport;
    if (wasFitted) {
      this.fit();
    } else {
      this.pan(dx, dy);
    }
  }

  fit(): void {
    this.set(fitted(this.size, this.viewport, PADDING));
  }

  pan(dx: number, dy: number): void {
    this.set(panBy(this.view, dx, dy));
  }

  zoom(factor: number, about: ScreenPoint = this.middle): void {
    this.set(zoomAbout(this.view, about, factor), about);
  }

  /** Two fingers: move by (dx, dy) CSS px, then zoom about their middle. */
  pinch(centre: ScreenPoint, factor: number, dx: number, dy: number): void {
    this.set(zoomAbout(panBy(this.view, dx, dy), centre, factor), centre);
  }

  reveal(box: Box): void {
    this.set(reveal(this.view, box, this.viewport));
  }

  private set(view: View, about?: ScreenPoint): void {
    this.view = clampView(view, this.size, this.viewport, PADDING, about);
    this.changed();
  }
}
