import { describe, expect, it } from "vitest";
import { applyTable, FULL_WINDOW, lookupTable } from "./picture";

describe("window and level", () => {
  it("leaves the picture as it is at full width", () => {
    expect([...lookupTable(FULL_WINDOW)]).toEqual(Array.from({ length: 256 }, (_, level) => level));
  });

  it("spreads what lies in the window over black to white", () => {
    const table = lookupTable({ centre: 100, width: 50 });
    expect([table[0], table[75], table[100], table[125], table[255]]).toEqual([0, 0, 128, 255, 255]);
  });

  it("keeps to a step when the window has no width", () => {
    const table = lookupTable({ centre: 100, width: 0 });
    expect([table[99], table[101]]).toEqual([0, 255]);
  });

  it("maps colours and leaves alpha alone", () => {
    const source = Uint8ClampedArray.of(90, 100, 110, 77);
    const target = new Uint8ClampedArray(4);
    applyTable(source, lookupTable({ centre: 100, width: 20 }), target);
    expect([...target]).toEqual([0, 128, 255, 77]);
  });
});
