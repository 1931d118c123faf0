/**
 * Answers go out once and in order, whatever the network does.
 *
 * An answer is stored first, then sent, and forgotten only when the site has confirmed it. Sending the same body twice is
 * safe (the site answers 200), so a lost reply, a reload or a second window can never lose or double anything.
 */

import type { Reply } from "../../api/http";
import type { OutboxStore, Stored } from "./store";

/** Why the queue stands still. */
export type Hold = "offline" | "busy" | "signin" | null;

/** What became of an answer that the site would not take. */
export type Refusal = "conflict" | "gone" | "invalid";

export interface OutboxOptions {
  store: OutboxStore;
  /** Sends one answer; rejects where the site cannot be reached. */
  send: (assignment: string, body: string) => Promise<Reply>;
  /** Whose answers these are: answers of somebody else on this device are kept for them. */
  owner: string;
  onChange: (unsent: number, hold: Hold) => void;
  onRefused: (why: Refusal, assignment: string) => void;
  /** Calls back after some milliseconds; returns how to cancel. */
  later?: (ms: number, call: () => void) => () => void;
}

const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;

function laterByClock(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

export class Outbox {
  private readonly options: OutboxOptions;
  private readonly later: (ms: number, call: () => void) => () => void;
  private running: Promise<void> | null = null;
  private again = false;
  private failures = 0;
  private cancelRetry: (() => void) | null = null;
  /** Answers of other people that this session may not send: tried once a page, then left alone. */
  private readonly parked = new Set<number>();

  constructor(options: OutboxOptions) {
    this.options = options;
    this.later = options.later ?? laterByClock;
  }

  /** Keep the answer, then try to send everything. Resolves once it is either sent or safely kept for later. */
  async put(assignment: string, body: string): Promise<void> {
    await this.options.store.add({ assignment, body, owner: this.options.owner });
    await this.drain();
  }

  /** Send what waits, oldest first. Calls while it runs make it run once more: at any time one request is under way. */
  async drain(): Promise<void> {
    if (this.running) {
      this.again = true;
      return this.running;
    }
    this.running = this.run().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  async unsent(): Promise<number> {
    return (await this.waiting()).length;
  }

  private async waiting(): Promise<Stored[]> {
    const all = await this.options.store.all();
    return all.filter((entry) => !this.parked.has(entry.seq));
  }

  private async run(): Promise<void> {
    this.cancelRetry?.();
    this.cancelRetry = null;
    let hold: Hold = null;
    do {
      this.again = false;
      hold = await this.sendAll();
    } while (this.again && hold === null);
    this.options.onChange(await this.unsent(), hold);
  }

  private async sendAll(): Promise<Hold> {
    for (const entry of await this.waiting()) {
      const hold = await this.sendOne(entry);
      if (hold !== null) {
        return hold;
      }
    }
    return null;
  }

  private async sendOne(entry: Stored): Promise<Hold> {
    let reply: Reply;
    try {
      reply = await this.options.send(entry.assignment, entry.body);
    } catch {
      this.retryLater(null);
      return "offline";
    }
    const { status } = reply;
    if (status === 401 || status === 403) {
      return "signin"; // kept: they go out after the next login
    }
    if (status === 408 || status === 429 || status >= 500) {
      this.retryLater(reply.retryAfter);
      return "busy";
    }
    this.failures = 0;
    if (status === 404 && entry.owner !== this.options.owner) {
      this.parked.add(entry.seq);
      return null;
    }
    await this.options.store.remove(entry.seq);
    if (status >= 400) {
      // Asking again would get the same no, and everything behind it would wait for ever.
      this.options.onRefused(status === 409 ? "conflict" : status === 404 ? "gone" : "invalid", entry.assignment);
    }
    return null;
  }

  private retryLater(retryAfter: number | null): void {
    const wait = Math.min(FIRST_WAIT_MS * 2 ** this.failures, LONGEST_WAIT_MS);
    this.failures += 1;
    // A little chance in it, so that a whole classroom does not come back in the same moment.
    const ms = Math.max(wait * (0.75 + Math.random() / 2), (retryAfter ?? 0) * 1000);
    this.cancelRetry?.();
    this.cancelRetry = this.later(ms, () => void this.drain());
  }
}
