import { describe, expect, it } from "vitest";
import { gripAt, gripsOf, pull, REACH_TOUCH, rounded, spanning, WHOLE } from "./boxes";
import { screenPoint } from "./types";

const SIZE = { width: 100, height: 80 };
const VIEW = { scale: 2, x: 10, y: 20 };
// On the screen: 50 to 130 across, 60 to 140 down.
const BOX = { x1: 20, y1: 20, x2: 60, y2: 60 };

describe("taking hold of a box", () => {
  it.each([
    ["the corner itself", 50, 60, { x: -1, y: -1 }],
    ["a fat finger 21 px off the corner, outside", 130 + 15, 140 + 15, { x: 1, y: 1 }],
    ["inside, near the corner", 60, 70, { x: -1, y: -1 }],
    ["the middle", 90, 100, WHOLE],
    ["too far away", 130 + 30, 100, null],
  ])("%s", (_, x, y, grip) => {
    expect(gripAt(BOX, VIEW, screenPoint(x, y), REACH_TOUCH)).toEqual(grip);
  });

  it("leaves room in the middle of a box that is smaller than a finger", () => {
    const small = { x1: 20, y1: 20, x2: 35, y2: 35 }; // 30 px on the screen
    expect(gripAt(small, VIEW, screenPoint(65, 75), REACH_TOUCH)).toEqual(WHOLE);
    expect(gripAt(small, VIEW, screenPoint(45, 55), REACH_TOUCH)).toEqual({ x: -1, y: -1 });
  });

  it("offers handles at the middle of long sides only", () => {
    expect(gripsOf(60, 60)).toHaveLength(4);
    expect(gripsOf(100, 60)).toHaveLength(6);
    expect(gripsOf(100, 100)).toHaveLength(8);
  });
});

describe("pulling a box", () => {
  it("moves it, but not out of the picture", () => {
    expect(pull(BOX, WHOLE, 5, -5, SIZE)).toEqual({ x1: 25, y1: 15, x2: 65, y2: 55 });
    expect(pull(BOX, WHOLE, 500, 500, SIZE)).toEqual({ x1: 60, y1: 40, x2: 100, y2: 80 });
  });

  it("moves one edge or one corner", () => {
    expect(pull(BOX, { x: 1, y: 0 }, 7, 99, SIZE)).toEqual({ x1: 20, y1: 20, x2: 67, y2: 60 });
    expect(pull(BOX, { x: -1, y: 1 }, -50, 500, SIZE)).toEqual({ x1: 0, y1: 20, x2: 60, y2: 80 });
  });

  it("turns it over when a corner is pulled across", () => {
    expect(pull(BOX, { x: 1, y: 1 }, -50, 0, SIZE)).toEqual({ x1: 10, y1: 20, x2: 20, y2: 60 });
  });
});

describe("drawing a box", () => {
  it("takes any two corners and stays in the picture", () => {
    expect(spanning(70, 90, -5, 10, SIZE)).toEqual({ x1: 0, y1: 10, x2: 70, y2: 80 });
  });

  it("is never thinner than a pixel, also at the border", () => {
    expect(spanning(100, 40, 100, 40, SIZE)).toEqual({ x1: 99, y1: 40, x2: 100, y2: 41 });
  });

  it("is sent in hundredths of a pixel", () => {
    expect(rounded({ x1: 1.23456, y1: 2, x2: 3.999, y2: 4.005 })).toEqual([1.23, 2, 4, 4.01]);
  });
});
