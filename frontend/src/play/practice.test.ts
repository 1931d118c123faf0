import { expect, it, vi } from "vitest";
import type { PracticeItem, Verdict } from "../api/types";
import { named, word } from "./PracticeVerdict";
import { Practice } from "./practice";

const LABELS = [
  { key: "cat", name: "Cat", colour: "#111111", shortcut: "" },
  { key: "dog", name: "Dog", colour: "#222222", shortcut: "" },
];

function item(id: string): PracticeItem {
  return {
    id,
    image: { url: `/pictures/${id}.webp`, width: 64, height: 48, markers: "" },
    question: { kind: "class", prompt: "What is it?", labels: LABELS },
  };
}

const verdict: Verdict = { score: 100, truth: { kind: "class", label: "cat" }, explanation: "Whiskers." };

function room(): { practice: Practice; practise: ReturnType<typeof vi.fn> } {
  const practise = vi.fn(async () => verdict);
  const api = { practice: async () => [item("a"), item("b")], practise };
  return { practice: new Practice(api, (items) => items), practise };
}

it("deals every picture once, with its place", async () => {
  const { practice } = room();
  const first = await practice.next("cells");
  expect(first).toMatchObject({
    kind: "claim",
    claim: { assignment: { id: "a", round: { position: 1, size: 2 } }, prefetch: ["/pictures/b.webp"] },
  });
  await practice.skip();
  expect(await practice.next("cells")).toMatchObject({ claim: { assignment: { id: "b" }, prefetch: [] } });
  await practice.skip();
  expect(await practice.next("cells")).toEqual({ kind: "nothing" });
});

it("waits with the verdict until the person goes on", async () => {
  const { practice, practise } = room();
  await practice.next("cells");
  let done = false;
  const given = { kind: "class", label: "dog" };
  const put = practice.put("a", JSON.stringify({ answer: given, trace: {}, client_ms: 5 })).then(() => {
    done = true;
  });
  await vi.waitFor(() => expect(practice.shown.value).toEqual({ item: item("a"), given, verdict }));
  expect(practise).toHaveBeenCalledWith("a", given);
  expect(done).toBe(false);
  practice.goOn();
  await put;
  expect(practice.shown.value).toBeNull();
  expect(await practice.next("cells")).toMatchObject({ claim: { assignment: { id: "b" } } });
});

it("stays at a picture whose answer could not be looked at", async () => {
  const { practice, practise } = room();
  practise.mockRejectedValueOnce(new Error("offline"));
  await practice.next("cells");
  await expect(practice.put("a", '{"answer":{"kind":"nothing"}}')).rejects.toThrow("offline");
  expect(await practice.next("cells")).toMatchObject({ claim: { assignment: { id: "a" } } });
});

it("is kind at every height", () => {
  expect([null, 100, 0].map((score) => word(score, false))).toEqual([
    "An honest answer.",
    "That is it.",
    "Not this time.",
  ]);
  expect(word(90, true)).toBe("Very close.");
  expect(named({ kind: "class", label: "dog" }, LABELS)).toBe("Dog");
  const boxes: [number, number, number, number, string][] = [
    [0, 0, 1, 1, "cat"],
    [2, 2, 3, 3, "dog"],
    [4, 4, 5, 5, "cat"],
  ];
  expect(named({ kind: "box", boxes }, LABELS)).toBe("2 × Cat, 1 × Dog");
});
