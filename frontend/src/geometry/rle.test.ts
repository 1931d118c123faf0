import { describe, expect, it } from "vitest";
import { area, bounds, emptyRaster, type Raster } from "./raster";
import { decode, encode } from "./rle";

/** Rows of "." and "#". */
function picture(...rows: string[]): Raster {
  const data = Uint8Array.from(rows.join(""), (mark) => (mark === "#" ? 1 : 0));
  return { width: rows[0]!.length, height: rows.length, data };
}

function disc(width: number, height: number, cx: number, cy: number, radius: number): Raster {
  const mask = emptyRaster({ width, height });
  mask.data.forEach((_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)];
    mask.data[index] = (x - cx) ** 2 + (y - cy) ** 2 < radius ** 2 ? 1 : 0;
  });
  return mask;
}

// Counts as pycocotools 2.0 writes them.
const VECTORS: [string, Raster, string][] = [
  ["nothing", picture("....", "....", "...."), "<"],
  ["everything", picture("####", "####", "####"), "0<"],
  ["the first pixel", picture("#...", "....", "...."), "01;"],
  ["a pixel further down: columns come first", picture("....", "....", ".#.."), "516"],
  ["a rectangle", picture("......", "..###.", "..###.", "......"), "9220003"],
  ["a chequerboard", picture(".#.#.", "#.#.#", ".#.#.", "#.#.#"), "11110O10O10O10O0"],
  ["a disc", disc(48, 64, 20.5, 30.5, 15), "k<8e16L2M4M2N2O0O2N2O000O2O00000000000001N10001N2N101N2N3L3N4JXg0"],
];

describe("run lengths", () => {
  it.each(VECTORS)("writes %s as COCO does", (_, mask, counts) => {
    expect(encode(mask)).toEqual({ size: [mask.height, mask.width], counts });
  });

  it.each(VECTORS)("reads %s back", (_, mask, counts) => {
    expect(decode({ size: [mask.height, mask.width], counts })).toEqual(mask);
  });

  it("writes and reads runs of several groups of bits", () => {
    const mask = emptyRaster({ width: 1000, height: 1000 });
    for (let y = 500; y < 1000; y++) {
      mask.data[y * 1000 + 999] = 1;
    }
    expect(encode(mask).counts).toBe("\\R`n0d?");
    const read = decode({ size: [1000, 1000], counts: "\\R`n0d?" });
    expect([area(read), bounds(read)]).toEqual([500, { x1: 999, y1: 500, x2: 1000, y2: 1000 }]);
  });

  it.each([
    ["too short", "5"],
    ["too long", "0=" + "0="],
    ["with a negative run", "O<"],
    ["with strange letters", "!!"],
    ["cut off within a number", "X"],
    ["with endless numbers", "ooooooooooooooo"],
  ])("refuses counts %s", (_, counts) => {
    expect(() => decode({ size: [3, 4], counts })).toThrow(RangeError);
  });
});
