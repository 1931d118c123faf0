import { describe, expect, it, vi } from "vitest";
import { area, emptyRaster, type Raster } from "../geometry/raster";
import { BLANK, type Content, type LabelledBox } from "./content";
import { Store } from "./store";

const BOX: LabelledBox = { id: 0, label: "cell", x1: 1, y1: 1, x2: 5, y2: 5 };

function painted(...indices: number[]): Raster {
  const raster = emptyRaster({ width: 4, height: 4 });
  for (const index of indices) {
    raster.data[index] = 1;
  }
  return raster;
}

function store(content: Content = BLANK): Store {
  const made = new Store(vi.fn());
  made.reset(content);
  return made;
}

describe("the history", () => {
  it("goes back and forth", () => {
    const history = store();
    history.commit({ ...BLANK, boxes: [BOX] });
    history.commit({ ...BLANK, boxes: [BOX, { ...BOX, id: 1 }] });
    expect(history.undo()).toBe(true);
    expect(history.content.boxes).toEqual([BOX]);
    history.undo();
    expect(history.content.boxes).toEqual([]);
    expect(history.undo()).toBe(false);
    history.redo();
    history.redo();
    expect(history.content.boxes.map(({ id }) => id)).toEqual([0, 1]);
    expect(history.canRedo).toBe(false);
  });

  it("forgets what was undone once something else is done", () => {
    const history = store();
    history.commit({ ...BLANK, choice: "a" });
    history.undo();
    history.commit({ ...BLANK, choice: "b" });
    expect(history.canRedo).toBe(false);
    expect(history.content.choice).toBe("b");
  });

  it("keeps strokes as the pixels that they changed", () => {
    const history = store();
    history.commit({ ...BLANK, hand: painted(5) });
    history.commit({ ...BLANK, hand: painted(5, 6, 10) });
    history.undo();
    expect(history.content.hand).toEqual(painted(5));
    history.undo();
    expect(area(history.content.hand!)).toBe(0);
    history.redo();
    history.redo();
    expect(history.content.hand).toEqual(painted(5, 6, 10));
  });

  it("never changes a raster that was handed out", () => {
    const history = store();
    history.commit({ ...BLANK, hand: painted(5) });
    const before = history.content.hand!;
    history.commit({ ...BLANK, hand: painted(6) });
    history.undo();
    history.redo();
    expect(before).toEqual(painted(5));
  });

  it("takes steps about the same thing as one", () => {
    const history = store({ ...BLANK, boxes: [BOX] });
    history.commit({ ...BLANK, boxes: [{ ...BOX, x1: 2 }] }, "nudge 0");
    history.commit({ ...BLANK, boxes: [{ ...BOX, x1: 3 }] }, "nudge 0");
    history.commit({ ...BLANK, boxes: [{ ...BOX, x1: 3, x2: 9 }] }, "nudge 1");
    history.undo();
    expect(history.content.boxes[0]!.x1).toBe(3);
    history.undo();
    expect(history.content.boxes[0]!.x1).toBe(1);
    expect(history.canUndo).toBe(false);
  });

  it("does not remember a step that changed nothing", () => {
    const history = store({ ...BLANK, hand: painted(3) });
    expect(history.commit({ ...history.content, hand: painted(3) })).toBe(false);
    expect(history.canUndo).toBe(false);
  });

  it("lets go of the oldest steps when there are many", () => {
    const history = store();
    for (let step = 0; step < 250; step++) {
      history.commit({ ...BLANK, choice: String(step) });
    }
    expect(history.depth).toBe(200);
    while (history.undo()) {
      // back to the oldest that is left
    }
    expect(history.content.choice).toBe("49");
  });
});

describe("a draft", () => {
  it("is shown, and leaves nothing behind when it is rolled back", () => {
    const history = store();
    history.preview({ ...BLANK, boxes: [BOX] });
    expect(history.content.boxes).toEqual([BOX]);
    expect(history.committed.boxes).toEqual([]);
    history.rollback();
    expect(history.content).toBe(BLANK);
    expect(history.canUndo).toBe(false);
  });

  it("tells where a raster changed", () => {
    const listener = vi.fn();
    const history = new Store(listener);
    const region = { x1: 1, y1: 1, x2: 2, y2: 2 };
    history.preview({ ...BLANK, hand: painted(5) }, region);
    expect(listener).toHaveBeenLastCalledWith(region);
    history.rollback();
    expect(listener).toHaveBeenLastCalledWith(null);
  });
});
