/** The canvas against a document: events in, calls out. What is drawn is looked at in a real browser. */

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AnnotationCanvas, type CanvasState } from "./canvas";
import { Editor, type PromptRequest } from "./editor";

const LABELS = [{ key: "liver", name: "Liver", colour: "#f2c14e" }];

let host: HTMLElement;
let canvas: AnnotationCanvas;
let states: CanvasState[];
let prompts: PromptRequest[];

function open(kind: "box" | "mask"): HTMLCanvasElement {
  canvas = new AnnotationCanvas(host, {
    kind,
    labels: LABELS,
    onChange: (state) => states.push(state),
    onPrompt: (prompt) => prompts.push(prompt),
  });
  canvas.load({ image: document.createElement("canvas"), width: 100, height: 100 });
  return host.querySelector("canvas")!;
}

function point(target: HTMLElement, type: string, x: number, y: number, options: PointerEventInit = {}): void {
  const common = { pointerId: 1, pointerType: "touch", bubbles: true, cancelable: true };
  target.dispatchEvent(new PointerEvent(type, { ...common, clientX: x, clientY: y, ...options }));
}

beforeEach(() => {
  [states, prompts] = [[], []];
  Editor.lastSequence = 0;
  host = document.createElement("div");
  Object.defineProperties(host, { clientWidth: { value: 212 }, clientHeight: { value: 212 } });
  document.body.append(host);
  HTMLElement.prototype.setPointerCapture ??= vi.fn();
});

afterEach(() => {
  canvas.destroy();
  host.remove();
});

describe("the canvas", () => {
  it("draws a box with a finger and tells the page", () => {
    const surface = open("box");
    expect(states.at(-1)).toMatchObject({ empty: true, canUndo: false, tool: "box", boxes: 0 });
    point(surface, "pointerdown", 26, 26);
    point(surface, "pointermove", 60, 60);
    point(surface, "pointerup", 86, 66);
    expect(canvas.answer()).toEqual({ kind: "box", boxes: [[10, 10, 40, 30, "liver"]] });
    expect(states.at(-1)).toMatchObject({ empty: false, canUndo: true, boxes: 1, selected: "liver" });
  });

  it("never draws with a second finger", () => {
    const surface = open("mask");
    canvas.setTool("brush");
    point(surface, "pointerdown", 100, 100);
    point(surface, "pointermove", 120, 100);
    expect(states.at(-1)?.canUndo).toBe(false);
    expect(canvas.answer()).not.toBeNull();
    point(surface, "pointerdown", 50, 50, { pointerId: 2 });
    point(surface, "pointermove", 20, 20, { pointerId: 2 });
    point(surface, "pointerup", 20, 20, { pointerId: 2 });
    point(surface, "pointerup", 120, 100);
    expect(canvas.answer()).toBeNull();
    expect(canvas.editor.view.scale).toBeGreaterThan(2);
  });

  it("asks for a proposal and shows it", () => {
    const surface = open("mask");
    point(surface, "pointerdown", 26, 26);
    point(surface, "pointermove", 60, 60);
    point(surface, "pointerup", 66, 66);
    expect(prompts).toEqual([{ sequence: 1, box: [10, 10, 30, 30], points: [] }]);
    expect(states.at(-1)).toMatchObject({ awaiting: true, empty: true });
    expect(canvas.showProposal({ x: 10, y: 10, rle: { size: [2, 2], counts: "broken" } }, 1)).toBe(false);
    expect(canvas.showProposal({ x: 10, y: 10, rle: { size: [2, 2], counts: "04" } }, 1)).toBe(true);
    expect(states.at(-1)).toMatchObject({ awaiting: false, empty: false });
    expect(canvas.trace().assisted).toBe(true);
  });

  it("takes keys when it has the focus, and leaves the others to the page", () => {
    const surface = open("box");
    const press = (key: string): boolean =>
      !surface.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    expect(press("a")).toBe(true);
    expect(press("ArrowRight")).toBe(true);
    expect(press("Enter")).toBe(false);
    expect(host.querySelector("[aria-live]")?.textContent).toMatch(/^Liver, box 1 of 1: left 39/);
    canvas.undo();
    canvas.undo();
    expect(states.at(-1)).toMatchObject({ boxes: 0, canUndo: false, canRedo: true });
  });

  it("zooms with the wheel about the cursor", () => {
    const surface = open("box");
    const wheel = new WheelEvent("wheel", { deltaY: -400, cancelable: true });
    surface.dispatchEvent(Object.assign(wheel, { clientX: 6, clientY: 6 }));
    const { scale, x, y } = canvas.editor.view;
    expect(scale).toBeCloseTo(2 * Math.exp(0.6), 10);
    expect([x, y]).toEqual([6, 6]);
  });

  it("cannot be drawn on while it is locked", () => {
    const surface = open("box");
    canvas.setLocked(true);
    point(surface, "pointerdown", 26, 26);
    point(surface, "pointermove", 60, 60);
    point(surface, "pointerup", 86, 66);
    expect(canvas.answer()).toBeNull();
  });

  it("leaves nothing on the page when it goes", () => {
    open("box");
    canvas.destroy();
    expect(host.childElementCount).toBe(0);
  });
});
