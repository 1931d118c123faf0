import { beforeEach, describe, expect, it } from "vitest";
import { ApiError, Unreachable } from "../api/http";
import type { Next } from "../api/play";
import type { Assignment } from "../api/types";
import { RoundFlow, type State } from "./flow";

function task(id: string, position: number, size = 3): Assignment {
  return {
    id,
    image: { url: `/pictures/${id}`, width: 64, height: 64, markers: "" },
    question: { kind: "class", prompt: "What is it?", labels: [] },
    assist: true,
    round: { id: "round", position, size },
  };
}

function claim(id: string, position: number): Next {
  return { kind: "claim", claim: { assignment: task(id, position), prefetch: [`/pictures/after-${id}`] } };
}

let replies: (Next | Error)[];
let log: string[];
let names: string[];
let unsent: number;
let broken: Set<string>;
let timers: { ms: number; call: () => void }[];
let flow: RoundFlow<string>;

beforeEach(() => {
  replies = [];
  log = [];
  names = [];
  unsent = 0;
  broken = new Set();
  timers = [];
  flow = new RoundFlow<string>({
    slug: "cells",
    api: {
      next: async () => {
        const reply = replies.shift();
        if (!reply || reply instanceof Error) {
          throw reply ?? new Error("The test scripted no reply.");
        }
        return reply;
      },
      skip: async (id) => void log.push(`skip ${id}`),
    },
    outbox: {
      put: async (id, body) => void log.push(`put ${id} ${body}`),
      drain: async () => void log.push("drain"),
      unsent: async () => unsent,
    },
    loadPicture: async (url) => {
      if (broken.has(url)) {
        throw new Error("broken");
      }
      return url;
    },
    prefetch: (urls) => void log.push(`prefetch ${urls.join(" ")}`),
    onState: (state: State<string>) => void names.push(state.name),
    onNotice: (sentence) => void log.push(sentence),
    later: (ms, call) => void timers.push({ ms, call }),
  });
});

/** Let everything that is ready happen. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("a round", () => {
  it("goes from task to task and ends with the answer in its last place", async () => {
    replies = [claim("a", 1), claim("b", 2), claim("c", 3)];
    await flow.start();
    for (const answer of ["1", "2", "3"]) {
      await flow.answer(answer);
    }
    expect(names).toEqual([
      ...["loading", "loading", "asking"],
      ...["sending", "loading", "asking"],
      ...["sending", "loading", "asking"],
      ...["sending", "finished"],
    ]);
    expect(flow.state).toEqual({ name: "finished", round: "round" });
    expect(log.filter((line) => line.startsWith("put"))).toEqual(["put a 1", "put b 2", "put c 3"]);
  });

  it("sends answers of an earlier visit before it asks", async () => {
    replies = [claim("a", 1)];
    await flow.start();
    expect(log[0]).toBe("drain");
  });

  it("fetches the next pictures ahead", async () => {
    replies = [claim("a", 1)];
    await flow.start();
    expect(log).toContain("prefetch /pictures/after-a");
  });

  it("takes one answer a task", async () => {
    replies = [claim("a", 1), claim("b", 2)];
    await flow.start();
    const first = flow.answer("1");
    await flow.answer("2");
    await first;
    expect(log.filter((line) => line.startsWith("put"))).toEqual(["put a 1"]);
  });

  it("skips to a task in the same place", async () => {
    replies = [claim("a", 2), claim("b", 2)];
    await flow.start();
    await flow.skip();
    expect(log).toContain("skip a");
    expect(flow.state).toMatchObject({ name: "asking", task: { id: "b" } });
  });
});

describe("waiting", () => {
  it("says that pictures are being shuffled, and asks again when the site said", async () => {
    replies = [{ kind: "behind", retryAfter: 2 }, claim("a", 1)];
    await flow.start();
    expect(flow.state).toEqual({ name: "waiting", why: "shuffling" });
    expect(timers.map((timer) => timer.ms)).toEqual([2000]);
    timers[0]?.call();
    await settle();
    expect(flow.state.name).toBe("asking");
  });

  it("waits for its answer to go out before it asks for the next task", async () => {
    replies = [claim("a", 1), claim("b", 2)];
    await flow.start();
    unsent = 1;
    await flow.answer("1");
    expect(flow.state).toEqual({ name: "waiting", why: "offline" });
    unsent = 0;
    flow.outboxChanged(0, null);
    await settle();
    expect(flow.state).toMatchObject({ name: "asking", task: { id: "b" } });
  });

  it("ends the round even if its last answer waits for a connection", async () => {
    replies = [claim("a", 3)];
    await flow.start();
    unsent = 1;
    await flow.answer("1");
    expect(flow.state.name).toBe("finished");
  });

  it("asks once when both the clock and the person ask again", async () => {
    replies = [new Unreachable(), claim("a", 1)];
    await flow.start();
    expect(flow.state).toEqual({ name: "waiting", why: "offline" });
    await flow.retry();
    timers[0]?.call();
    await settle();
    expect(replies).toEqual([]);
    expect(flow.state.name).toBe("asking");
  });

  it("shows a task again once its picture arrives", async () => {
    replies = [claim("a", 1), claim("a", 1)];
    broken.add("/pictures/a");
    await flow.start();
    expect(flow.state).toMatchObject({ name: "unseen", task: { id: "a" } });
    broken.clear();
    await flow.retry();
    expect(flow.state).toMatchObject({ name: "asking", task: { id: "a" } });
  });
});

describe("other ends", () => {
  it.each([
    [{ kind: "nothing" } as Next, { name: "empty" }],
    [new ApiError(401, "Who are you?"), { name: "signin" }],
    [new ApiError(403, "Please agree first."), { name: "signin" }],
    [new ApiError(404, "There is no such project."), { name: "stuck", message: "There is no such project." }],
    [new ApiError(429, "Slowly.", 7), { name: "waiting", why: "busy" }],
    [new ApiError(502, "Bad gateway."), { name: "waiting", why: "busy" }],
  ])("%o leads to %o", async (reply, state) => {
    replies = [reply];
    await flow.start();
    expect(flow.state).toEqual(state);
  });

  it("asks people to come in again when their answer meets a closed door, and keeps the answer", async () => {
    replies = [claim("a", 1)];
    await flow.start();
    unsent = 1;
    flow.outboxChanged(1, "signin");
    await flow.answer("1");
    expect(flow.state).toEqual({ name: "signin" });
  });
});
