import { beforeEach, describe, expect, it } from "vitest";
import { area } from "../geometry/raster";
import { screenPoint } from "../geometry/types";
import { TOOLS } from "../tools/registry";
import { boxes, drag, editorFor, key, press, prompts, startAfresh } from "./bench.testing";
import type { Editor } from "./editor";
import type { Device } from "./gestures";

beforeEach(startAfresh);

describe("a second finger", () => {
  it.each(TOOLS.map(({ id, kinds }) => [id, kinds[0]!] as const))("never draws with %s", (id, kind) => {
    const editor = editorFor(kind);
    editor.setTool(id);
    const before = { content: editor.content, answer: editor.answer() };
    editor.router.down(press(20, 20, { id: 1 }));
    editor.router.move(press(40, 40, { id: 1 }));
    editor.router.down(press(80, 80, { id: 2 }));
    editor.router.move(press(90, 90, { id: 2 }));
    editor.router.move(press(15, 15, { id: 1 }));
    editor.router.up(press(15, 15, { id: 1 }));
    editor.router.move(press(70, 20, { id: 2 })); // the finger that is left
    editor.router.down(press(10, 90, { id: 3 })); // another one joins it
    editor.router.up(press(10, 90, { id: 3 }));
    editor.router.up(press(70, 20, { id: 2 }));
    expect(editor.content).toBe(before.content);
    expect(editor.shown).toBe(before.content);
    expect(editor.answer()).toEqual(before.answer);
    expect(editor.canUndo).toBe(false);
    expect(prompts).toEqual([]);
  });

  it("pinches about the middle of the two", () => {
    const editor = editorFor("mask");
    editor.setTool("brush");
    editor.router.down(press(40, 50, { id: 1 }));
    editor.router.down(press(60, 50, { id: 2 }));
    editor.router.move(press(30, 50, { id: 1 }));
    editor.router.move(press(70, 50, { id: 2 }));
    expect(editor.view.scale).toBeCloseTo(4, 10);
  });

  it("takes the stroke back; undo then takes back the step before", () => {
    const editor = editorFor("mask");
    editor.setTool("brush");
    drag(editor, [
      [20, 20],
      [30, 20],
    ]);
    const first = area(editor.mask()!);
    expect(first).toBeGreaterThan(0);
    editor.router.down(press(60, 60, { id: 1 }));
    editor.router.move(press(80, 60, { id: 1 }));
    expect(area(editor.mask()!)).toBeGreaterThan(first);
    editor.router.down(press(20, 80, { id: 2 }));
    expect(area(editor.mask()!)).toBe(first);
    editor.router.up(press(80, 60, { id: 1 }));
    editor.router.up(press(20, 80, { id: 2 }));
    expect(editor.trace().counts).toEqual({ brush: 1, rollback: 1 });
    editor.undo();
    expect(area(editor.mask()!)).toBe(0);
    expect(editor.canUndo).toBe(false);
    editor.redo();
    expect(area(editor.mask()!)).toBe(first);
  });

  it("is a palm when a pen draws", () => {
    const editor = editorFor("box");
    editor.router.down(press(10, 10, { id: 1, device: "pen" }));
    editor.router.down(press(90, 90, { id: 2 }));
    editor.router.move(press(50, 50, { id: 1, device: "pen" }));
    editor.router.up(press(50, 50, { id: 1, device: "pen" }));
    editor.router.up(press(90, 90, { id: 2 }));
    expect(boxes(editor)).toEqual([[10, 10, 50, 50, "rbc"]]);
  });
});

describe("fingers in trouble", () => {
  it("leave nothing behind when the system takes them away", () => {
    const editor = editorFor("box");
    editor.router.down(press(10, 10));
    editor.router.move(press(50, 50));
    editor.router.cancel(1);
    expect(editor.shown.boxes).toEqual([]);
    drag(editor, [
      [10, 10],
      [30, 30],
    ]);
    expect(boxes(editor)).toHaveLength(1);
  });

  it("cannot draw while an answer is under way, but can look", () => {
    const editor = editorFor("mask");
    editor.locked = true;
    expect(key(editor, "a")).toBe(true);
    editor.setTool("brush");
    drag(editor, [
      [10, 10],
      [50, 50],
    ]);
    expect(prompts).toEqual([]);
    expect(editor.answer()).toBeNull();
    editor.stage.zoom(3);
    const { x } = editor.view;
    drag(editor, [
      [50, 50],
      [60, 50],
    ]);
    expect(editor.view.x).toBeCloseTo(x + 20, 10);
  });
});

describe("two quick taps", () => {
  function tap(editor: Editor, at: number): void {
    const there = { id: 1, device: "touch" as Device, screen: screenPoint(100, 100), navigate: false };
    editor.router.down({ ...there, time: at });
    editor.router.up({ ...there, time: at + 40 });
  }

  it("show the whole picture, and take back what the first one did", () => {
    const editor = editorFor("mask");
    editor.setTool("brush");
    editor.stage.zoom(3);
    tap(editor, 1000);
    expect(editor.canUndo).toBe(true);
    tap(editor, 1150);
    expect(editor.view.scale).toBe(2);
    expect(editor.canUndo).toBe(false);
  });

  it("are two taps when they are slow", () => {
    const editor = editorFor("mask");
    editor.setTool("brush");
    editor.stage.zoom(3);
    tap(editor, 1000);
    tap(editor, 1500);
    expect(editor.view.scale).toBe(6);
    expect(editor.canUndo).toBe(true);
  });
});

describe("middle button and space bar", () => {
  it("move the picture in every tool", () => {
    const editor = editorFor("box");
    editor.stage.zoom(2);
    const { x, y } = editor.view;
    drag(
      editor,
      [
        [50, 50],
        [55, 60],
      ],
      { device: "mouse", navigate: true },
    );
    expect(editor.view).toEqual({ scale: 4, x: x + 10, y: y + 20 });
    expect(boxes(editor)).toEqual([]);
  });
});
