import { describe, expect, it } from "vitest";
import { area, bounds, copyRaster, crop, emptyRaster, holes, paintStroke, paste, type Raster, stamp } from "./raster";
import { imagePoint } from "./types";

function picture(...rows: string[]): Raster {
  const data = Uint8Array.from(rows.join(""), (mark) => (mark === "#" ? 1 : 0));
  return { width: rows[0]!.length, height: rows.length, data };
}

function rows({ width, height, data }: Raster): string[] {
  return Array.from({ length: height }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].map((value) => (value ? "#" : ".")).join(""),
  );
}

describe("masks", () => {
  it("know their area and their bounds", () => {
    const mask = picture(".....", "..#..", ".##..", ".....");
    expect(area(mask)).toBe(3);
    expect(bounds(mask)).toEqual({ x1: 1, y1: 1, x2: 3, y2: 3 });
    expect(bounds(emptyRaster(mask))).toBeNull();
  });

  it("give a crop and take it back in place", () => {
    const mask = picture("....", ".##.", ".#..");
    const part = crop(mask, { x1: 1, y1: 1, x2: 3, y2: 3 });
    expect(rows(part)).toEqual(["##", "#."]);
    const target = emptyRaster(mask);
    paste(target, part, 1, 1);
    expect(target).toEqual(mask);
  });

  it("take a stamp that hangs over the edge", () => {
    const target = emptyRaster({ width: 4, height: 3 });
    stamp(target, { x: -1, y: 1, mask: picture("##", "##", "##") });
    stamp(target, { x: 3, y: -1, mask: picture("##", ".#") });
    expect(rows(target)).toEqual(["....", "#...", "#..."]);
  });

  it("take a stamp only within a region", () => {
    const target = emptyRaster({ width: 4, height: 1 });
    stamp(target, { x: 0, y: 0, mask: picture("####") }, 1, { x1: 1, y1: 0, x2: 3, y2: 1 });
    expect(rows(target)).toEqual([".##."]);
  });
});

describe("a stroke", () => {
  it("covers the pixels whose centres it reaches", () => {
    const target = emptyRaster({ width: 7, height: 5 });
    paintStroke(target, imagePoint(3.5, 2.5), imagePoint(3.5, 2.5), 1.5, 1);
    expect(rows(target)).toEqual([".......", "..###..", "..###..", "..###..", "......."]);
  });

  it("leaves no gaps between two events", () => {
    const target = emptyRaster({ width: 7, height: 3 });
    const region = paintStroke(target, imagePoint(1.5, 1.5), imagePoint(5.5, 1.5), 0.6, 1);
    expect(rows(target)).toEqual([".......", ".#####.", "......."]);
    expect(region).toEqual({ x1: 0, y1: 0, x2: 7, y2: 3 });
  });

  it("paints at least the pixel under a very thin brush", () => {
    const target = emptyRaster({ width: 3, height: 3 });
    paintStroke(target, imagePoint(1.1, 1.1), imagePoint(1.1, 1.1), 0.05, 1);
    expect(rows(target)).toEqual(["...", ".#.", "..."]);
  });

  it("may leave the picture", () => {
    const target = emptyRaster({ width: 3, height: 2 });
    const before = copyRaster(target);
    paintStroke(target, imagePoint(-9, -9), imagePoint(-5, -9), 2, 1);
    expect(target).toEqual(before);
  });
});

describe("holes", () => {
  it("are what is shut in; a gap in the outline lets the outside in", () => {
    expect(rows(holes(picture("####.", "#..#.", "####.")))).toEqual([".....", ".##..", "....."]);
    expect(area(holes(picture("####.", "#....", "####.")))).toBe(0);
  });

  it("cannot be left between two pixels that touch at a corner", () => {
    expect(rows(holes(picture(".#.", "#.#", ".#.")))).toEqual(["...", ".#.", "..."]);
  });
});
