import { describe, expect, it } from "vitest";
import { outline } from "./outline";
import type { Raster } from "./raster";

function picture(...rows: string[]): Raster {
  const data = Uint8Array.from(rows.join(""), (mark) => (mark === "#" ? 1 : 0));
  return { width: rows[0]!.length, height: rows.length, data };
}

describe("the outline of a mask", () => {
  it("of one pixel is its square, clockwise", () => {
    expect(outline(picture("...", ".#.", "..."))).toEqual([[2, 1, 2, 2, 1, 2, 1, 1]]);
  });

  it("has corners only where it turns, also at the picture's border", () => {
    expect(outline(picture("###", "#.."))).toEqual([[3, 0, 3, 1, 1, 1, 1, 2, 0, 2, 0, 0]]);
  });

  it("runs the other way round a hole", () => {
    expect(outline(picture("###", "#.#", "###"))).toEqual([
      [3, 0, 3, 3, 0, 3, 0, 0],
      [2, 2, 2, 1, 1, 1, 1, 2],
    ]);
  });

  it("keeps pixels apart that touch at a corner only", () => {
    expect(outline(picture("#.", ".#"))).toHaveLength(2);
  });

  it("of nothing is nothing", () => {
    expect(outline(picture("..", ".."))).toEqual([]);
  });
});
