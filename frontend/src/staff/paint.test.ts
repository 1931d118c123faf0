import { expect, test } from "vitest";
import { rgbOf, veil } from "./paint";

test("a colour as numbers, and gold for what is none", () => {
  expect(rgbOf("#0102ff")).toEqual([1, 2, 255]);
  expect(rgbOf("red")).toEqual([242, 193, 78]);
});

test("a mask's edge is opaque, its inside a veil, its outside clear", () => {
  const data = Uint8Array.from([1, 1, 1, 0, 1, 1, 1, 0, 1, 1, 1, 0]);
  const alpha = veil({ width: 4, height: 3, data }, [1, 2, 3]).filter((_, index) => index % 4 === 3);
  expect([...alpha]).toEqual([255, 255, 255, 0, 255, 90, 255, 0, 255, 255, 255, 0]);
});
