import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import type { Reply } from "../../api/http";
import { Unreachable } from "../../api/http";
import { type Hold, Outbox, type OutboxOptions } from "./outbox";
import { IndexedDbStore, MemoryStore, type OutboxStore, openStore } from "./store";

/** A site that keeps what it is sent, as the real one does: 201, the same again 200, another body 409. */
class Site {
  online = true;
  refuse: Partial<Reply> | null = null;
  readonly kept = new Map<string, string>();
  readonly log: string[] = [];

  async send(assignment: string, body: string): Promise<Reply> {
    if (!this.online) {
      throw new Unreachable();
    }
    this.log.push(assignment);
    if (this.refuse) {
      return { status: 500, body: null, retryAfter: null, ...this.refuse };
    }
    const known = this.kept.get(assignment);
    this.kept.set(assignment, known ?? body);
    const status = known === undefined ? 201 : known === body ? 200 : 409;
    return { status, body: null, retryAfter: null };
  }
}

function setUp(site: Site, store: OutboxStore, options: Partial<OutboxOptions> = {}) {
  const seen: { states: [number, Hold][]; refused: string[]; retries: { ms: number; call: () => void }[] } = {
    states: [],
    refused: [],
    retries: [],
  };
  const outbox = new Outbox({
    store,
    owner: "Calm Ruby 1",
    send: (assignment, body) => site.send(assignment, body),
    onChange: (unsent, hold) => seen.states.push([unsent, hold]),
    onRefused: (why, assignment) => seen.refused.push(`${why} ${assignment}`),
    later: (ms, call) => {
      seen.retries.push({ ms, call });
      return () => {};
    },
    ...options,
  });
  return { outbox, ...seen };
}

let database = 0;
const stores: Record<string, () => Promise<OutboxStore>> = {
  memory: async () => new MemoryStore(),
  IndexedDB: () => {
    database += 1;
    return IndexedDbStore.open(indexedDB, `test-${database}`);
  },
};

describe.each(Object.entries(stores))("an outbox in %s", (_name, open) => {
  let site: Site;
  let store: OutboxStore;
  beforeEach(async () => {
    site = new Site();
    store = await open();
  });

  it("sends an answer and forgets it once it is confirmed", async () => {
    const { outbox, states } = setUp(site, store);
    await outbox.put("a", '{"answer":1}');
    expect(site.kept.get("a")).toBe('{"answer":1}');
    expect(await store.all()).toEqual([]);
    expect(states).toEqual([[0, null]]);
  });

  it("keeps answers while offline and sends them once, in order, when the connection is back", async () => {
    site.online = false;
    const { outbox, states } = setUp(site, store);
    for (const assignment of ["c", "a", "b"]) {
      await outbox.put(assignment, "{}");
    }
    expect(states).toEqual([
      [1, "offline"],
      [2, "offline"],
      [3, "offline"],
    ]);
    site.online = true;
    await outbox.drain();
    await outbox.drain();
    expect(site.log).toEqual(["c", "a", "b"]);
    expect(states.at(-1)).toEqual([0, null]);
  });

  it("survives a reload: another outbox on the same store goes on", async () => {
    site.online = false;
    await setUp(site, store).outbox.put("a", "{}");
    site.online = true;
    const { outbox } = setUp(site, store);
    await outbox.drain();
    expect(site.log).toEqual(["a"]);
    expect(await outbox.unsent()).toBe(0);
  });

  it("takes 200 for the same body again as done", async () => {
    site.kept.set("a", "{}");
    const { outbox, refused } = setUp(site, store);
    await outbox.put("a", "{}");
    expect(await outbox.unsent()).toBe(0);
    expect(refused).toEqual([]);
  });

  it("drops an answer that conflicts, says so, and goes on with the next", async () => {
    site.online = false;
    site.kept.set("a", "another");
    const { outbox, refused } = setUp(site, store);
    await outbox.put("a", "{}");
    await outbox.put("b", "{}");
    site.online = true;
    await outbox.drain();
    expect(refused).toEqual(["conflict a"]);
    expect(site.kept.get("a")).toBe("another");
    expect(site.kept.get("b")).toBe("{}");
  });

  it("keeps the first of two answers to one assignment", async () => {
    site.online = false;
    const { outbox } = setUp(site, store);
    await outbox.put("a", "first");
    await outbox.put("a", "second");
    site.online = true;
    await outbox.drain();
    expect(site.kept.get("a")).toBe("first");
    expect(site.log).toEqual(["a"]);
  });

  it("keeps everything until the next login when the site does not know the person", async () => {
    site.refuse = { status: 403 };
    const { outbox, states } = setUp(site, store);
    await outbox.put("a", "{}");
    expect(states).toEqual([[1, "signin"]]);
    site.refuse = null;
    await outbox.drain();
    expect(site.kept.has("a")).toBe(true);
  });
});

describe("waiting", () => {
  it("honours Retry-After", async () => {
    const site = new Site();
    site.refuse = { status: 503, retryAfter: 30 };
    const { outbox, retries, states } = setUp(site, new MemoryStore());
    await outbox.put("a", "{}");
    expect(states).toEqual([[1, "busy"]]);
    expect(retries.map((retry) => retry.ms)).toEqual([30_000]);
  });

  it("waits longer after each failure, at most about a minute, and sends when its time has come", async () => {
    const site = new Site();
    site.online = false;
    const { outbox, retries } = setUp(site, new MemoryStore());
    await outbox.put("a", "{}");
    for (let i = 0; i < 9; i += 1) {
      await outbox.drain();
    }
    const waits = retries.map((retry) => retry.ms);
    expect(waits[0]).toBeGreaterThanOrEqual(750);
    expect(waits[0]).toBeLessThanOrEqual(1250);
    expect(waits[3]).toBeGreaterThanOrEqual(6000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(75_000);
    site.online = true;
    retries.at(-1)?.call();
    await outbox.drain();
    expect(site.log).toEqual(["a"]);
  });

  it("has one request under way, whoever asks meanwhile", async () => {
    let under = 0;
    let most = 0;
    const store = new MemoryStore();
    const { outbox } = setUp(new Site(), store, {
      send: async () => {
        under += 1;
        most = Math.max(most, under);
        await new Promise((resolve) => setTimeout(resolve, 1));
        under -= 1;
        return { status: 201, body: null, retryAfter: null };
      },
    });
    await Promise.all([outbox.put("a", "{}"), outbox.put("b", "{}"), outbox.drain(), outbox.put("c", "{}")]);
    await outbox.drain();
    expect(most).toBe(1);
    expect(await outbox.unsent()).toBe(0);
  });
});

describe("answers that are not this person's", () => {
  it("are kept for whoever gave them, out of the way of the others", async () => {
    const site = new Site();
    const store = new MemoryStore();
    await store.add({ assignment: "theirs", body: "{}", owner: "Kind Opal 7" });
    const { outbox, refused } = setUp(site, store, {
      send: async (assignment, body) =>
        assignment === "theirs" ? { status: 404, body: null, retryAfter: null } : site.send(assignment, body),
    });
    await outbox.put("mine", "{}");
    expect(site.log).toEqual(["mine"]);
    expect(await outbox.unsent()).toBe(0);
    expect(refused).toEqual([]);
    expect((await store.all()).map((entry) => entry.assignment)).toEqual(["theirs"]);
  });

  it("go out after a guest's work has moved to their account", async () => {
    const site = new Site();
    const store = new MemoryStore();
    await store.add({ assignment: "guest's", body: "{}", owner: "Kind Opal 7" });
    await setUp(site, store).outbox.drain();
    expect(site.kept.has("guest's")).toBe(true);
  });
});

it("falls back to memory where the browser refuses IndexedDB", async () => {
  const original = globalThis.indexedDB;
  Object.defineProperty(globalThis, "indexedDB", { configurable: true, value: undefined });
  const store = await openStore();
  Object.defineProperty(globalThis, "indexedDB", { configurable: true, value: original });
  await store.add({ assignment: "a", body: "{}", owner: "x" });
  expect(await store.all()).toEqual([{ assignment: "a", body: "{}", owner: "x", seq: 1 }]);
});
