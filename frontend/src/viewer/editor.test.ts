import { beforeEach, describe, expect, it, vi } from "vitest";
import { area } from "../geometry/raster";
import { boxes, drag, editorFor, key, LABELS, press, prompts, SIZE, startAfresh } from "./bench.testing";
import { clear, fillHoles, removeSelected } from "./commands";
import { Editor } from "./editor";

beforeEach(startAfresh);

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
    removeSelected(editor);
    expect(boxes(editor)).toEqual([[10, 10, 90, 90, "rbc"]]);
    editor.undo();
    expect(boxes(editor)).toHaveLength(2);
  });

  it("shows a mouse what it would take hold of", () => {
    const editor = editorFor("box");
    drag(editor, [
      [10, 10],
      [60, 60],
    ]);
    const cursors = [
      [10, 10],
      [60, 10],
      [35, 60],
      [35, 35],
      [90, 90],
    ].map(([x, y]) => editor.tool.cursorAt?.(editor, press(x!, y!).screen));
    expect(cursors).toEqual(["nwse-resize", "nesw-resize", "ns-resize", "move", null]);
  });

  it("magnifies the corner that is pulled, not the finger beside it", () => {
    const editor = editorFor("box");
    drag(editor, [
      [10, 10],
      [60, 60],
    ]);
    editor.router.down(press(65, 64));
    editor.router.move(press(75, 84));
    expect(editor.router.drawing?.focus).toEqual(press(70, 80).screen);
    editor.router.up(press(75, 84));
    editor.router.down(press(40, 40));
    editor.router.move(press(45, 45));
    expect(editor.router.drawing).toBeNull();
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

  it("fill nothing, and leave no step behind, where an outline has a gap", () => {
    const editor = editorFor("mask");
    editor.setTool("brush");
    editor.setBrush(4);
    drag(editor, [
      [20, 20],
      [60, 20],
      [60, 60],
      [20, 60],
      [20, 40],
    ]);
    const open = area(editor.mask()!);
    expect(fillHoles(editor)).toBe(false);
    expect(area(editor.mask()!)).toBe(open);
    editor.undo();
    expect(editor.isEmpty).toBe(true);
  });

  it("erase everything: then there is no answer", () => {
    const editor = editorFor("mask", { kind: "mask", rle: { size: [100, 100], counts: "jm41ej4" } });
    expect(area(editor.mask()!)).toBe(1);
    clear(editor);
    expect(editor.answer()).toBeNull();
    expect(editor.isEmpty).toBe(true);
    editor.undo();
    expect(editor.isEmpty).toBe(false);
  });
});

describe("the next picture", () => {
  it("starts with the first tool, whatever was in hand", () => {
    const editor = editorFor("mask");
    for (const before of ["eraser", "minus", "brush"]) {
      editor.setTool(before);
      editor.load(SIZE);
      expect(editor.tool.id).toBe("assist-box");
    }
  });

  it("goes on counting prompts, in another editor too", () => {
    const editor = editorFor("mask");
    drag(editor, [
      [10, 10],
      [20, 20],
    ]);
    key(editorFor("mask"), "a");
    expect(prompts.map(({ sequence }) => sequence)).toEqual([1, 2]);
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
