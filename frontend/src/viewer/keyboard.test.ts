import { beforeEach, describe, expect, it } from "vitest";
import { boxes, editorFor, key, prompts, said, startAfresh } from "./bench.testing";

beforeEach(startAfresh);

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
