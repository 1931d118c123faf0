import { expect, test } from "vitest";
import { coloursOf } from "./gallery";
import { colourOf } from "./review";

test("label colours as the page names them", () => {
  expect([...coloursOf("cat=#112233 dog=#445566 ")]).toEqual([
    ["cat", "#112233"],
    ["dog", "#445566"],
  ]);
});

test("the consensus, the truth and neighbouring answers differ in colour", () => {
  const layers = ["consensus", "truth", "vote-0", "vote-1", "vote-2", "vote-7"];
  expect(new Set(layers.map(colourOf)).size).toBe(6);
  expect(colourOf("vote-8")).toBe(colourOf("vote-0"));
});
