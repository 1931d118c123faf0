import { describe, expect, it } from "vitest";
import { emptyRaster } from "../geometry/raster";
import { answerOf, contentOf } from "./answers";
import { BLANK, composite } from "./content";

describe("answers", () => {
  it("are null while nothing is drawn: an empty mask is no answer by accident", () => {
    expect(answerOf("class", BLANK, null)).toBeNull();
    expect(answerOf("box", BLANK, null)).toBeNull();
    expect(answerOf("mask", BLANK, emptyRaster({ width: 3, height: 2 }))).toBeNull();
  });

  it("have the shape of the API", () => {
    expect(answerOf("class", { ...BLANK, choice: "rbc" }, null)).toEqual({ kind: "class", label: "rbc" });
    const boxes = [{ id: 7, label: "wbc", x1: 1.001, y1: 2, x2: 10.456, y2: 20 }];
    expect(answerOf("box", { ...BLANK, boxes }, null)).toEqual({ kind: "box", boxes: [[1, 2, 10.46, 20, "wbc"]] });
    const mask = { width: 4, height: 3, data: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) };
    expect(answerOf("mask", BLANK, mask)).toEqual({ kind: "mask", rle: { size: [3, 4], counts: "01;" } });
  });

  it("can be gone on from", () => {
    const boxes: [number, number, number, number, string][] = [
      [1, 2, 3, 4, "a"],
      [5, 6, 7, 8, "b"],
    ];
    expect(answerOf("box", contentOf({ kind: "box", boxes }), null)).toEqual({ kind: "box", boxes });
    const rle = { size: [3, 4] as const, counts: "516" };
    const mask = composite(contentOf({ kind: "mask", rle }), new Map(), { width: 4, height: 3 });
    expect(answerOf("mask", BLANK, mask)).toEqual({ kind: "mask", rle });
    expect(contentOf({ kind: "nothing" })).toBe(BLANK);
  });
});
