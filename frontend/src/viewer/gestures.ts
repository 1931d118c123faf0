/**
 * Which finger means what. One finger works the tool; a second one cancels and rolls back what the first has begun and
 * pinches instead, in every tool, and until all are lifted nothing draws. No page in here: pointers are numbers and times.
 */

import { distance, type ScreenPoint, screenPoint } from "../geometry/types";
import type { Gesture } from "../tools/tool";

export type Device = "mouse" | "touch" | "pen";

export interface Press {
  readonly id: number;
  readonly device: Device;
  readonly screen: ScreenPoint;
  /** Milliseconds, from any clock that goes forward. */
  readonly time: number;
  /** Pan whatever the tool is (middle button, space bar). */
  readonly navigate: boolean;
}

export interface GestureHost {
  /** A gesture of the present tool, or of panning. */
  begin(press: Press): Gesture;
  /** What moves and ends gestures is a pointer; the host knows the view. */
  pointer(press: Press): Parameters<Gesture["move"]>[0];
  /** Zoom by `factor` about `centre` after moving the picture by (dx, dy) CSS px. */
  pinch(centre: ScreenPoint, factor: number, dx: number, dy: number): void;
  /** What was begun is taken back because a second finger came. */
  cancelled(): void;
  /** How far the history goes, to come back to. */
  mark(): number;
  /** Two quick taps: take back what they did since `mark`, show the whole picture. */
  doubleTap(mark: number): void;
}

const TAP_MS = 300;
const TAP_SLOP = 10; // CSS px
const DOUBLE_MS = 300;
const DOUBLE_SLOP = 28;

interface Tap {
  readonly at: ScreenPoint;
  readonly time: number;
  readonly mark: number;
}

export class GestureRouter {
  private readonly host: GestureHost;
  private readonly presses = new Map<number, Press>();
  private gesture: { id: number; start: Press; mark: number; wandered: boolean; work: Gesture } | null = null;
  private lastTap: Tap | null = null;
  /** After a pinch the fingers that are left must not draw. */
  private spent = false;

  constructor(host: GestureHost) {
    this.host = host;
  }

  get busy(): boolean {
    return this.presses.size > 0;
  }

  /** The press that works a tool, and the place that it is about, for the loupe. */
  get drawing(): { press: Press; focus: ScreenPoint } | null {
    const press = this.gesture && this.presses.get(this.gesture.id);
    if (!this.gesture || !press || press.navigate) {
      return null;
    }
    const { work } = this.gesture;
    const focus = work.focus ? work.focus() : press.screen;
    return focus && { press, focus };
  }

  down(press: Press): void {
    const penIsDown = [...this.presses.values()].some(({ device }) => device === "pen");
    if (penIsDown && press.device === "touch") {
      return; // a palm on the glass
    }
    this.presses.set(press.id, press);
    if (this.presses.size === 1 && !this.spent) {
      const mark = this.host.mark();
      this.gesture = { id: press.id, start: press, mark, wandered: false, work: this.host.begin(press) };
    } else {
      this.abandon();
      this.spent = true;
    }
  }

  move(press: Press): void {
    const before = this.presses.get(press.id);
    if (!before) {
      return;
    }
    const old = this.pair();
    this.presses.set(press.id, { ...before, screen: press.screen, time: press.time });
    const now = this.pair();
    if (this.gesture?.id === press.id) {
      this.gesture.wandered ||= distance(this.gesture.start.screen, press.screen) > TAP_SLOP;
      this.gesture.work.move(this.host.pointer({ ...before, screen: press.screen }));
    } else if (old && now) {
      const factor = old.spread > 0 && now.spread > 0 ? now.spread / old.spread : 1;
      this.host.pinch(now.centre, factor, now.centre.x - old.centre.x, now.centre.y - old.centre.y);
    }
  }

  up(press: Press): void {
    const { gesture } = this;
    if (!this.presses.delete(press.id)) {
      return;
    }
    if (gesture?.id === press.id) {
      this.gesture = null;
      gesture.work.end(this.host.pointer({ ...gesture.start, screen: press.screen }));
      this.noticeTap(gesture, press);
    }
    this.spent = this.spent && this.presses.size > 0;
  }

  /** The system took the pointer away (a call came, the browser scrolls): as if it had never been. */
  cancel(id: number): void {
    if (this.gesture?.id === id) {
      this.abandon();
    }
    this.presses.delete(id);
    this.spent = this.spent && this.presses.size > 0;
  }

  /** Take back what is under way, and wait until all fingers are lifted. */
  abort(): void {
    this.abandon();
    this.spent = this.presses.size > 0;
  }

  /** As if no finger were down: the page was left meanwhile. */
  reset(): void {
    this.abandon();
    this.presses.clear();
    this.spent = false;
  }

  private abandon(): void {
    const { gesture } = this;
    this.gesture = null;
    this.lastTap = null;
    if (gesture) {
      gesture.work.cancel();
      this.host.cancelled();
    }
  }

  private noticeTap(gesture: NonNullable<typeof this.gesture>, press: Press): void {
    const isTap = press.device !== "mouse" && !gesture.wandered && press.time - gesture.start.time <= TAP_MS;
    const first = this.lastTap;
    this.lastTap = isTap ? { at: press.screen, time: press.time, mark: gesture.mark } : null;
    const isSecond =
      first && gesture.start.time - first.time <= DOUBLE_MS && distance(first.at, press.screen) <= DOUBLE_SLOP;
    if (isTap && isSecond) {
      this.lastTap = null;
      this.host.doubleTap(first.mark);
    }
  }

  /** Middle and spread of the first two fingers. */
  private pair(): { centre: ScreenPoint; spread: number } | null {
    const [a, b] = [...this.presses.values()].map(({ screen }) => screen);
    return a && b ? { centre: screenPoint((a.x + b.x) / 2, (a.y + b.y) / 2), spread: distance(a, b) } : null;
  }
}
