import { describe, expect, it } from "vitest";
import { emptyRaster, type PlacedMask, type Raster } from "../geometry/raster";
import { BLANK, type Content, composite, ERASED, PAINTED, type Prompt, settle } from "./content";

const SIZE = { width: 4, height: 1 };

function line(text: string): Raster {
  return { width: text.length, height: 1, data: Uint8Array.from(text, Number) };
}

function prompt(sequence: number, refines: number | null = null): Prompt {
  return { sequence, refines, box: null, points: [] };
}

function cells(content: Content, proposals: Map<number, PlacedMask>): string {
  return composite(content, proposals, SIZE).data.join("");
}

describe("the mask that is shown", () => {
  const proposals = new Map([[1, { x: 1, y: 0, mask: line("11") }]]);

  it("is what was proposed", () => {
    expect(cells({ ...BLANK, prompts: [prompt(1)] }, proposals)).toBe("0110");
  });

  it("is what the hand says where the hand said something", () => {
    const hand = emptyRaster(SIZE);
    hand.data.set([PAINTED, ERASED]);
    expect(cells({ ...BLANK, hand, prompts: [prompt(1)] }, proposals)).toBe("1010");
  });

  it("stays with the former proposal until the refined one arrives", () => {
    const refined = { ...BLANK, prompts: [prompt(2, 1)] };
    expect(cells(refined, proposals)).toBe("0110");
    expect(cells(refined, new Map([...proposals, [2, { x: 0, y: 0, mask: line("1") }]]))).toBe("1000");
  });
});

describe("settling an object", () => {
  const proposals = new Map([[1, { x: 1, y: 0, mask: line("11") }]]);
  const hand = emptyRaster(SIZE);
  hand.data.set([PAINTED, ERASED, 0, 0]);

  it("keeps the mask as it is, and lets new proposals appear where was erased", () => {
    const settled = settle({ ...BLANK, hand, prompts: [prompt(1)] }, proposals, SIZE);
    expect(settled.prompts).toEqual([]);
    expect(settled.settled).toEqual([1]);
    expect(cells(settled, proposals)).toBe("1010");
    const next = { ...settled, prompts: [prompt(3)] };
    expect(cells(next, new Map([[3, { x: 1, y: 0, mask: line("1") }]]))).toBe("1110");
  });

  it("lets a prompt without an answer wait on", () => {
    const settled = settle({ ...BLANK, prompts: [prompt(1), prompt(2)] }, proposals, SIZE);
    expect(settled.prompts.map(({ sequence }) => sequence)).toEqual([2]);
    expect(cells(settled, new Map([[2, { x: 3, y: 0, mask: line("1") }]]))).toBe("0111");
  });

  it("leaves a blank content alone", () => {
    expect(settle(BLANK, proposals, SIZE)).toBe(BLANK);
  });
});
