import { expect, it } from "vitest";
import type { RoundResult } from "../api/types";
import { pollScore, type Score } from "./score";

const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

function watch(results: (RoundResult | Error)[]) {
  const seen: Score[] = [];
  let again: (() => void) | null = null;
  let asked = 0;
  const stop = pollScore({
    ask: async () => {
      asked += 1;
      const result = results.shift() ?? { state: "waiting", score: null, points: null };
      if (result instanceof Error) {
        throw result;
      }
      return result;
    },
    onScore: (score) => seen.push(score),
    later: (_ms, call) => {
      again = call;
      return () => {
        again = null;
      };
    },
  });
  const tick = async () => {
    await settle();
    again?.();
    await settle();
  };
  return { seen, stop, tick, asked: () => asked };
}

it("waits, forgives a failed request, and shows the score once", async () => {
  const { seen, tick, asked } = watch([
    { state: "waiting", score: null, points: null },
    new Error("offline"),
    { state: "scored", score: 85, points: 20 },
  ]);
  await tick();
  await tick();
  expect(seen).toEqual([{ name: "waiting" }, { name: "scored", score: 85, points: 20 }]);
  expect(asked()).toBe(3);
});

it("lets people go when it takes too long", async () => {
  const { seen, tick } = watch([]);
  for (let i = 0; i < 60; i += 1) {
    await tick();
  }
  expect(seen.at(-1)).toEqual({ name: "late" });
});

it("asks no more once stopped", async () => {
  const { stop, tick, asked } = watch([]);
  await settle();
  stop();
  await tick();
  expect(asked()).toBe(1);
});
