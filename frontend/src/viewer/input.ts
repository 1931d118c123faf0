/** The browser's events, in the words of the editor. */

import { type ScreenPoint, screenPoint } from "../geometry/types";
import type { Editor } from "./editor";
import type { Device, Press } from "./gestures";
import { pressKey } from "./keyboard";

export interface InputHost {
  readonly canvas: HTMLCanvasElement;
  readonly editor: Editor;
  /** Draw the next frame: a pointer has moved. */
  request(): void;
  hover(at: ScreenPoint | null): void;
  /** Whether the keyboard is what works the canvas now. */
  keyboard(active: boolean): void;
}

export class Input {
  private readonly host: InputHost;
  private spaceDown = false;

  constructor(host: InputHost, signal: AbortSignal) {
    this.host = host;
    const { canvas, editor } = host;
    canvas.addEventListener("pointerdown", (event) => this.down(event), { signal });
    canvas.addEventListener("pointermove", (event) => this.move(event), { signal });
    canvas.addEventListener("pointerup", (event) => this.up(event), { signal });
    canvas.addEventListener("pointercancel", (event) => this.cancel(event), { signal });
    canvas.addEventListener("pointerleave", () => host.hover(null), { signal });
    canvas.addEventListener("wheel", (event) => this.wheel(event), { signal, passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
    canvas.addEventListener("keydown", (event) => this.keyDown(event), { signal });
    canvas.addEventListener("keyup", (event) => this.keyUp(event), { signal });
    canvas.addEventListener("focus", () => host.keyboard(canvas.matches(":focus-visible")), { signal });
    canvas.addEventListener("blur", () => this.blur(), { signal });
    // iOS zooms the page on a pinch in spite of `touch-action`, unless the touches are taken.
    canvas.addEventListener("touchmove", (event) => event.preventDefault(), { signal, passive: false });
    // A finger that is down while the page goes away never comes up.
    document.addEventListener("visibilitychange", () => document.hidden && editor.router.reset(), { signal });
  }

  private at(event: MouseEvent): ScreenPoint {
    const frame = this.host.canvas.getBoundingClientRect();
    return screenPoint(event.clientX - frame.left, event.clientY - frame.top);
  }

  private press(event: PointerEvent): Press {
    return {
      id: event.pointerId,
      device: (event.pointerType || "mouse") as Device,
      screen: this.at(event),
      time: event.timeStamp,
      navigate: event.button === 1 || this.spaceDown,
    };
  }

  private down(event: PointerEvent): void {
    if (event.button > 1) {
      return;
    }
    const { canvas, editor, request, keyboard } = this.host;
    event.preventDefault(); // no text selection, no mouse events after touches, no scrolling with the middle button
    canvas.setPointerCapture(event.pointerId);
    canvas.focus({ preventScroll: true });
    keyboard(false);
    editor.router.down(this.press(event));
    request();
  }

  private move(event: PointerEvent): void {
    const { editor, request, hover } = this.host;
    const press = this.press(event);
    hover(press.device === "mouse" ? press.screen : null);
    if (editor.router.busy) {
      // Between two frames a finger goes a long way: with the coalesced events strokes stay round.
      const steps = event.getCoalescedEvents?.() ?? [];
      for (const step of steps.length ? steps : [event]) {
        editor.router.move(this.press(step));
      }
      request();
    }
  }

  private up(event: PointerEvent): void {
    this.host.editor.router.up(this.press(event));
    this.host.request();
  }

  private cancel(event: PointerEvent): void {
    this.host.editor.router.cancel(event.pointerId);
    this.host.request();
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const { editor } = this.host;
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1);
    // Pinching on a touch pad comes as a wheel with Control, in finer steps.
    editor.stage.zoom(Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0015)), this.at(event));
    editor.count("wheel");
  }

  private keyDown(event: KeyboardEvent): void {
    if (event.key === " ") {
      this.spaceDown = true;
      event.preventDefault();
    } else if (pressKey(this.host.editor, event)) {
      event.preventDefault();
      this.host.keyboard(true);
    }
  }

  private keyUp(event: KeyboardEvent): void {
    if (event.key === " ") {
      this.spaceDown = false;
    }
  }

  private blur(): void {
    this.spaceDown = false;
    this.host.keyboard(false);
  }
}
