import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RoundConfig } from "./config";
import { press } from "./keys";
import { MemoryStore } from "./outbox/store";
import { RoundSession } from "./session";

const config: RoundConfig = {
  slug: "cells",
  title: "Cells",
  kind: "class",
  assist: false,
  owner: "Calm Ruby 1",
  isGuest: true,
  finishedRound: null,
  practice: false,
  urls: {
    home: "/",
    tutorial: "/projects/cells/",
    play: "/play/cells/",
    practice: "/practice/cells/",
    round: "/rounds/ROUND/",
    board: "/leaderboard/cells/",
    consent: "/consent/",
    login: "/accounts/login/",
    signup: "/accounts/signup/",
  },
};

const LABELS = [
  { key: "cat", name: "Cat", colour: "#111111", shortcut: "" },
  { key: "dog", name: "Dog", colour: "#222222", shortcut: "d" },
];

let sent: { answer: unknown; client_ms: number }[];
let now: number;
let session: RoundSession;

/** What the site fills in for the next picture. */
let proposal: object | undefined;

/** The site: deals tasks 1, 2 of 2 and takes every answer. */
async function site(_url: string, init: RequestInit): Promise<Response> {
  if (init.method === "PUT") {
    sent.push(JSON.parse(String(init.body)));
    return new Response("{}", { status: 201 });
  }
  const position = sent.length + 1;
  const assignment = {
    id: `task-${position}`,
    image: { url: "/pictures/x", width: 64, height: 48, markers: "" },
    question: { kind: "class", prompt: "Cat or dog?", labels: LABELS },
    round: { id: "7", position, size: 2 },
    assist: false,
    proposal,
  };
  return new Response(JSON.stringify({ assignment, prefetch: [] }));
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));
const wait = (ms: number) => {
  now += ms;
};

beforeEach(async () => {
  sent = [];
  proposal = undefined;
  now = 1000;
  vi.stubGlobal("fetch", site);
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.spyOn(HTMLImageElement.prototype, "decode").mockResolvedValue(undefined);
  session = new RoundSession(config, new MemoryStore());
  session.start();
  await settle();
  wait(1000);
});

afterEach(() => vi.unstubAllGlobals());

it("chooses with one tap and sends with a second, calm one", async () => {
  session.choose({ kind: "class", label: "cat" });
  expect(sent).toEqual([]);
  wait(500);
  session.choose({ kind: "class", label: "cat" });
  await settle();
  expect(sent).toMatchObject([{ answer: { kind: "class", label: "cat" }, client_ms: 1500 }]);
});

it("takes a bouncing finger for one tap", async () => {
  session.choose({ kind: "class", label: "cat" });
  wait(60);
  session.choose({ kind: "class", label: "cat" });
  await settle();
  expect(sent).toEqual([]);
});

it("changes its mind without sending anything", async () => {
  session.choose({ kind: "class", label: "cat" });
  wait(500);
  session.choose({ kind: "cannot_tell" });
  await settle();
  expect(sent).toEqual([]);
  session.send();
  await settle();
  expect(sent.map(({ answer }) => answer)).toEqual([{ kind: "cannot_tell" }]);
});

it("ignores taps that were meant for the picture before", async () => {
  session.choose({ kind: "nothing" });
  session.send();
  await settle();
  expect(session.task.value?.id).toBe("task-2");
  session.choose({ kind: "class", label: "dog" });
  expect(session.choice.value).toBeNull();
  wait(400);
  session.choose({ kind: "class", label: "dog" });
  expect(session.choice.value).toEqual({ kind: "class", label: "dog" });
});

it("says what is missing instead of sending nothing", () => {
  session.send();
  expect(session.notice.value).toBe("Choose what you see first, then press Next.");
});

it("ends the round with a page that survives a reload", async () => {
  for (const key of ["1", "d"]) {
    expect(press(session, key)).toBe(true);
    press(session, "Enter");
    await settle();
    wait(1000);
  }
  expect(sent.map(({ answer }) => answer)).toEqual([
    { kind: "class", label: "cat" },
    { kind: "class", label: "dog" },
  ]);
  expect(session.state.value).toEqual({ name: "finished", round: "7" });
  expect(location.pathname).toBe("/rounds/7/");
});

it("leaves keys alone that mean nothing here", () => {
  expect(press(session, "9")).toBe(false);
  expect(press(session, "x")).toBe(false);
});

it("shows what is filled in, and takes as many taps to send it as anything else", async () => {
  proposal = { kind: "class", label: "dog" };
  session.choose({ kind: "nothing" });
  session.send();
  await settle();
  wait(1000);
  expect(session.choice.value).toEqual({ kind: "class", label: "dog" });
  expect(session.suggested.value).toBe(true);

  session.choose({ kind: "class", label: "dog" });
  await settle();
  expect(sent).toHaveLength(1);
  expect(session.suggested.value).toBe(false);
  wait(500);
  session.choose({ kind: "class", label: "dog" });
  await settle();
  expect(sent.at(-1)).toMatchObject({ answer: { kind: "class", label: "dog" } });
});

it("sends another answer than the one filled in, or none of it", async () => {
  proposal = { kind: "nothing" };
  session.choose({ kind: "cannot_tell" });
  session.send();
  await settle();
  wait(1000);
  expect(session.choice.value).toEqual({ kind: "nothing" });
  session.startAfresh();
  expect(session.hasAnswer.value).toBe(false);
  session.choose({ kind: "class", label: "cat" });
  expect(session.suggested.value).toBe(false);
  session.send();
  await settle();
  expect(sent.at(-1)).toMatchObject({ answer: { kind: "class", label: "cat" } });
});
