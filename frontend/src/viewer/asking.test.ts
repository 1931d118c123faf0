import { beforeEach, describe, expect, it } from "vitest";
import { area } from "../geometry/raster";
import { drag, editorFor, LABELS, prompts, SIZE, SQUARE, startAfresh } from "./bench.testing";
import { Editor } from "./editor";

beforeEach(startAfresh);

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
