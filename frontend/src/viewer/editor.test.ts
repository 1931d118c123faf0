import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Answer } from "../annotation/answers";
import { area } from "../geometry/raster";
import { screenPoint } from "../geometry/types";
import { TOOLS } from "../tools/registry";
import { Editor, type PromptRequest } from "./editor";
import type { Device, Press } from "./gestures";
import { type Key, pressKey } from "./keyboard";

/** 100 x 100 pixels on 212 x 212 CSS px: with the padding of 6, picture (x, y) lies at screen (6 + 2x, 6 + 2y). */
const SIZE = { width: 100, height: 100 };
const VIEWPORT = { width: 212, height: 212 };
const LABELS = [
  { key: "rbc", name: "Red cell" },
  { key: "wbc", name: "White cell" },
];

let time = 0;
const prompts: PromptRequest[] = [];
const said: string[] = [];

function editorFor(kind: "class" | "box" | "mask", initial?: Answer): Editor {
  const editor = new Editor({
    kind,
    labels: LABELS,
    onPrompt: (prompt) => prompts.push(prompt),
    onAnnounce: (sentence) => said.push(sentence),
    now: () => time,
  });
  editor.stage.resize(VIEWPORT);
  editor.load(SIZE, initial);
  return editor;
}

/** A press at picture pixel (x, y) of the fitted view. */
function press(x: number, y: number, { id = 1, device = "touch" as Device, navigate = false } = {}): Press {
  time += 400; // slow enough not to be a double tap
  return { id, device, screen: screenPoint(6 + 2 * x, 6 + 2 * y), time, navigate };
}

function drag(editor: Editor, path: [number, number][], options: Parameters<typeof press>[2] = {}): void {
  const [first, ...rest] = path.map(([x, y]) => press(x, y, options));
  editor.router.down(first!);
  for (const step of rest) {
    editor.router.move(step);
  }
  editor.router.up(rest.at(-1) ?? first!);
}

function key(editor: Editor, name: string, modifiers: Partial<Key> = {}): boolean {
  const plain = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, repeat: false };
  return pressKey(editor, { key: name, ...plain, ...modifiers });
}

function boxes(editor: Editor): unknown[] {
  return editor.content.boxes.map(({ x1, y1, x2, y2, label }) => [x1, y1, x2, y2, label]);
}

const SQUARE = { width: 2, height: 2, data: Uint8Array.of(1, 1, 1, 1) };

beforeEach(() => {
  time = 0;
  prompts.length = 0;
  said.length = 0;
});

describe("drawing boxes", () => {
  it("with a finger", () => {
    const editor = editorFor("box");
    drag(editor, [
      [10, 10],
      [20, 15],
      [40, 30],
    ]);
    expect(editor.answer()).toEqual({ kind: "box", boxes: [[10, 10, 40, 30, "rbc"]] });
    expect(editor.selected?.id).toBe(0);
  });

  it("moves and resizes the selected one", () => {
    const editor = editorFor("box");
    drag(editor, [
      [10, 10],
      [60, 60],
    ]);
    drag(editor, [
      [35, 35],
      [40, 45],
    ]);
    drag(editor, [
      [65, 70],
      [80, 90],
    ]);
    expect(boxes(editor)).toEqual([[15, 20, 80, 90, "rbc"]]);
    editor.undo();
    editor.undo();
    expect(boxes(editor)).toEqual([[10, 10, 60, 60, "rbc"]]);
  });

  it("draws a new one that begins inside another which is not selected", () => {
    const editor = editorFor("box");
    drag(editor, [
      [10, 10],
      [60, 60],
    ]);
    drag(editor, [[90, 90]]);
    expect(editor.selected).toBeNull();
    drag(editor, [
      [30, 30],
      [50, 50],
    ]);
    expect(boxes(editor)).toHaveLength(2);
  });

  it("selects the smallest box under a tap, renames and removes it", () => {
    const editor = editorFor("box", {
      kind: "box",
      boxes: [
        [30, 30, 50, 50, "rbc"],
        [10, 10, 90, 90, "rbc"],
      ],
    });
    drag(editor, [[40, 40]]);
    editor.setLabel("wbc");
    expect(boxes(editor)).toEqual([
      [30, 30, 50, 50, "wbc"],
      [10, 10, 90, 90, "rbc"],
    ]);
    editor.removeSelected();
    expect(boxes(editor)).toEqual([[10, 10, 90, 90, "rbc"]]);
    editor.undo();
    expect(boxes(editor)).toHaveLength(2);
  });

  it("stays in the picture, whatever the finger does", () => {
    const editor = editorFor("box");
    drag(editor, [
      [-3, 50],
      [300, 500],
    ]);
    expect(boxes(editor)).toEqual([[0, 50, 100, 100, "rbc"]]);
  });
});

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

describe("asking the assist", () => {
  it("with a box; its mask is the answer", () => {
    const editor = editorFor("mask");
    drag(editor, [
      [10, 10],
      [20, 20],
    ]);
    expect(prompts).toEqual([{ sequence: 1, box: [10, 10, 20, 20], points: [] }]);
    expect(editor.awaiting).toBe(true);
    expect(editor.answer()).toBeNull();
    editor.showProposal({ x: 12, y: 12, mask: SQUARE }, 1);
    expect(editor.awaiting).toBe(false);
    expect(area(editor.mask()!)).toBe(4);
    expect(editor.trace().assist).toMatchObject({ used: [1], added: 0, removed: 0, iou: 1 });
  });

  it("again with points; far away a plus means another object", () => {
    const editor = editorFor("mask");
    drag(editor, [
      [10, 10],
      [20, 20],
    ]);
    editor.showProposal({ x: 12, y: 12, mask: SQUARE }, 1);
    editor.setTool("minus");
    drag(editor, [[12, 12]]);
    editor.setTool("plus");
    drag(editor, [[18, 18]]);
    expect(prompts.at(-1)).toEqual({
      sequence: 3,
      box: [10, 10, 20, 20],
      points: [
        [12, 12, 0],
        [18, 18, 1],
      ],
    });
    drag(editor, [[80, 80]]);
    expect(prompts.at(-1)).toEqual({ sequence: 4, box: null, points: [[80, 80, 1]] });
    editor.showProposal({ x: 79, y: 79, mask: SQUARE }, 4);
    expect(area(editor.mask()!)).toBe(8);
  });

  it("a minus without anything to take away does nothing", () => {
    const editor = editorFor("mask");
    editor.setTool("minus");
    drag(editor, [[12, 12]]);
    expect(prompts).toEqual([]);
    expect(editor.canUndo).toBe(false);
  });

  it("shows the newest only, and never a mask of another picture", () => {
    const editor = editorFor("mask");
    drag(editor, [
      [10, 10],
      [20, 20],
    ]);
    drag(editor, [
      [15, 15],
      [19, 19],
    ]); // moves the box
    editor.showProposal({ x: 0, y: 0, mask: SQUARE }, 1);
    expect(area(editor.mask()!)).toBe(4);
    editor.showProposal({ x: 12, y: 12, mask: { width: 1, height: 1, data: Uint8Array.of(1) } }, 2);
    expect(area(editor.mask()!)).toBe(1);
    editor.load(SIZE);
    editor.showProposal({ x: 12, y: 12, mask: SQUARE }, 2);
    expect(editor.answer()).toBeNull();
  });

  it("keeps what the hand did when the mask comes later", () => {
    const editor = editorFor("mask");
    editor.setBrush(3);
    drag(editor, [
      [10, 10],
      [30, 30],
    ]);
    editor.setTool("eraser");
    drag(editor, [[20, 20]]);
    editor.showProposal({ x: 19, y: 19, mask: SQUARE }, 1);
    expect(editor.mask()!.data[20 * 100 + 20]).toBe(0);
  });

  it("is undone and done again like all else", () => {
    const editor = editorFor("mask");
    drag(editor, [
      [10, 10],
      [20, 20],
    ]);
    editor.showProposal({ x: 12, y: 12, mask: SQUARE }, 1);
    editor.undo();
    expect(editor.answer()).toBeNull();
    editor.redo();
    expect(area(editor.mask()!)).toBe(4);
    expect(prompts).toHaveLength(1);
  });

  it("asks again for what was never answered", () => {
    const editor = editorFor("mask");
    drag(editor, [
      [10, 10],
      [20, 20],
    ]);
    editor.askAgain();
    expect(prompts.at(-1)).toEqual({ sequence: 2, box: [10, 10, 20, 20], points: [] });
    editor.showProposal({ x: 12, y: 12, mask: SQUARE }, 2);
    expect(area(editor.mask()!)).toBe(4);
    expect(editor.trace().assist.used).toEqual([2]);
    editor.askAgain();
    expect(prompts).toHaveLength(2);
  });

  it("is not offered where the project has no assist", () => {
    const editor = new Editor({ kind: "mask", labels: LABELS, assist: false });
    expect(editor.tools.map(({ id }) => id)).toEqual(["brush", "eraser", "pan"]);
    expect(editor.tool.id).toBe("brush");
  });
});

describe("brush and eraser", () => {
  it("reach as far as they do on the screen, so zooming in is painting finely", () => {
    const editor = editorFor("mask");
    editor.setTool("brush");
    editor.setBrush(10);
    drag(editor, [[50, 50]]);
    const coarse = area(editor.mask()!);
    expect(coarse).toBeGreaterThan(70);
    expect(coarse).toBeLessThan(90); // pi * 5 * 5 = 78.5
    editor.undo();
    editor.stage.zoom(5);
    drag(editor, [[50, 50]]);
    expect(area(editor.mask()!)).toBe(4); // pi * 1 * 1 around a corner of four pixels
  });

  it("fill what was painted around", () => {
    const editor = editorFor("mask");
    editor.setTool("brush");
    editor.setBrush(4);
    drag(editor, [
      [20, 20],
      [60, 20],
      [60, 60],
      [20, 60],
      [20, 20],
    ]);
    const ring = area(editor.mask()!);
    key(editor, "f");
    expect(area(editor.mask()!)).toBe(ring + 36 * 36);
    editor.undo();
    expect(area(editor.mask()!)).toBe(ring);
  });

  it("erase everything: then there is no answer", () => {
    const editor = editorFor("mask", { kind: "mask", rle: { size: [100, 100], counts: "jm41ej4" } });
    expect(area(editor.mask()!)).toBe(1);
    editor.clear();
    expect(editor.answer()).toBeNull();
    expect(editor.isEmpty).toBe(true);
    editor.undo();
    expect(editor.isEmpty).toBe(false);
  });
});

describe("the keyboard", () => {
  it("makes, moves, resizes and removes boxes", () => {
    const editor = editorFor("box");
    expect(key(editor, "a")).toBe(true);
    expect(boxes(editor)).toEqual([[38, 38, 63, 63, "rbc"]]);
    key(editor, "ArrowRight");
    key(editor, "ArrowUp", { repeat: true });
    expect(boxes(editor)).toEqual([[39, 32, 64, 57, "rbc"]]);
    key(editor, "ArrowLeft", { shiftKey: true });
    key(editor, "ArrowDown", { shiftKey: true });
    expect(boxes(editor)).toEqual([[39, 32, 63, 58, "rbc"]]);
    expect(said.at(-1)).toBe("Red cell, box 1 of 1: left 39, top 32, right 63, bottom 58.");
    key(editor, "z", { ctrlKey: true });
    expect(boxes(editor)).toEqual([[38, 38, 63, 63, "rbc"]]);
    key(editor, "Z", { ctrlKey: true, shiftKey: true });
    key(editor, "Delete");
    expect(boxes(editor)).toEqual([]);
  });

  it("cannot shrink a box to nothing", () => {
    const editor = editorFor("box");
    key(editor, "a");
    for (let times = 0; times < 60; times++) {
      key(editor, "ArrowLeft", { shiftKey: true });
    }
    expect(boxes(editor)).toEqual([[38, 38, 39, 63, "rbc"]]);
  });

  it("goes from box to box", () => {
    const editor = editorFor("box", {
      kind: "box",
      boxes: [
        [1, 1, 9, 9, "rbc"],
        [20, 20, 30, 30, "wbc"],
      ],
    });
    key(editor, ".");
    expect(editor.selected?.id).toBe(0);
    key(editor, ".");
    expect(editor.selected?.id).toBe(1);
    expect(editor.label).toBe("wbc");
    key(editor, ".");
    expect(editor.selected?.id).toBe(0);
    key(editor, ",");
    expect(editor.selected?.id).toBe(1);
    expect(key(editor, "Escape")).toBe(true);
    expect(key(editor, "Escape")).toBe(false);
  });

  it("asks the assist with boxes and points", () => {
    const editor = editorFor("mask");
    key(editor, "a");
    expect(prompts.at(-1)?.box).toEqual([38, 38, 63, 63]);
    key(editor, "ArrowRight");
    expect(prompts.at(-1)?.box).toEqual([39, 38, 64, 63]);
    key(editor, "p");
    key(editor, "ArrowRight");
    key(editor, "ArrowDown");
    key(editor, "a");
    expect(prompts.at(-1)?.points).toEqual([[51, 51, 1]]);
  });

  it("zooms, fits, moves the picture and chooses tools", () => {
    const editor = editorFor("mask");
    key(editor, "+");
    expect(editor.view.scale).toBeCloseTo(2.6, 10);
    key(editor, "h");
    const { x } = editor.view;
    key(editor, "ArrowRight");
    expect(editor.view.x).toBeLessThan(x);
    key(editor, "0");
    expect(editor.view.scale).toBe(2);
    key(editor, "e");
    expect(editor.tool.id).toBe("eraser");
    key(editor, "]");
    expect(editor.brush).toBeGreaterThan(14);
  });

  it("leaves the page its own keys", () => {
    const editor = editorFor("box");
    for (const name of ["Enter", "Tab", "n", "t", "1", "?", "p"]) {
      expect(key(editor, name)).toBe(false);
    }
    expect(key(editor, "a", { altKey: true })).toBe(false);
    expect(key(editor, "c", { ctrlKey: true })).toBe(false);
  });

  it("has a key of its own for every tool of a question", () => {
    for (const kind of ["class", "box", "mask"] as const) {
      const keys = editorFor(kind).tools.map(({ shortcut }) => shortcut);
      expect(new Set(keys).size).toBe(keys.length);
    }
  });
});

describe("class questions", () => {
  it("take the label as the answer", () => {
    const onChange = vi.fn();
    const editor = new Editor({ kind: "class", labels: LABELS, onChange });
    editor.load(SIZE);
    expect(editor.answer()).toBeNull();
    onChange.mockClear();
    editor.setLabel("wbc");
    expect(editor.answer()).toEqual({ kind: "class", label: "wbc" });
    expect(onChange).toHaveBeenCalled();
  });
});
