/**
 * A round as a state machine, free of any page: ask for a task, show it, send the answer, ask again, until the round is
 * full or nothing is left. The page draws `state` and calls `answer`, `skip` and `retry`.
 */

import { ApiError } from "../api/http";
import type { Next } from "../api/play";
import type { Assignment } from "../api/types";
import type { Hold } from "./outbox/outbox";

export type State<Picture> =
  | { name: "loading" }
  | { name: "asking"; task: Assignment; picture: Picture }
  /** The answer is under way; the picture stays on show. */
  | { name: "sending"; task: Assignment; picture: Picture }
  /** The picture itself did not arrive. */
  | { name: "unseen"; task: Assignment }
  /** Nothing for the person to do but wait; it goes on by itself. */
  | { name: "waiting"; why: "shuffling" | "offline" | "busy" }
  | { name: "finished"; round: string }
  /** No task is left in this project for this person. */
  | { name: "empty" }
  /** The site does not know this person (any more). */
  | { name: "signin" }
  | { name: "stuck"; message: string };

export interface FlowOptions<Picture> {
  slug: string;
  api: { next(slug: string): Promise<Next>; skip(assignment: string): Promise<void> };
  outbox: { put(assignment: string, body: string): Promise<void>; drain(): Promise<void>; unsent(): Promise<number> };
  loadPicture: (url: string) => Promise<Picture>;
  prefetch: (urls: string[]) => void;
  onState: (state: State<Picture>) => void;
  /** A thing worth saying that changes no state. */
  onNotice: (sentence: string) => void;
  later?: (ms: number, call: () => void) => void;
}

const RETRY_MS = 3000;

export class RoundFlow<Picture> {
  private readonly options: FlowOptions<Picture>;
  private current: State<Picture> = { name: "loading" };
  private readonly later: (ms: number, call: () => void) => void;
  private hold: Hold = null;

  constructor(options: FlowOptions<Picture>) {
    this.options = options;
    this.later = options.later ?? ((ms, call) => void setTimeout(call, ms));
  }

  get state(): State<Picture> {
    return this.current;
  }

  /** Answers of an earlier visit go first: the site deals the next task only after the last one is answered. */
  async start(): Promise<void> {
    this.enter({ name: "loading" });
    await this.options.outbox.drain();
    await this.advance();
  }

  /** Send `body` (the exact JSON) as the answer to the task on show. */
  async answer(body: string): Promise<void> {
    if (this.current.name !== "asking") {
      return;
    }
    const { task, picture } = this.current;
    this.enter({ name: "sending", task, picture });
    try {
      await this.options.outbox.put(task.id, body);
    } catch {
      this.options.onNotice("The answer could not be taken just now. Please send it again.");
      this.enter({ name: "asking", task, picture });
      return;
    }
    if (task.round.position >= task.round.size) {
      this.enter({ name: "finished", round: task.round.id });
    } else {
      await this.advance();
    }
  }

  async skip(): Promise<void> {
    const before = this.current;
    if (before.name !== "asking" && before.name !== "unseen") {
      return;
    }
    if (before.name === "asking") {
      this.enter({ ...before, name: "sending" });
    }
    try {
      await this.options.api.skip(before.task.id);
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) {
        this.enter({ name: "signin" });
        return;
      }
      this.options.onNotice("This one could not be skipped just now. Please check your connection.");
      this.enter(before);
      return;
    }
    await this.ask();
  }

  /** Try again now, from any state of waiting. */
  async retry(): Promise<void> {
    const resting = ["waiting", "unseen", "stuck", "empty"];
    if (resting.includes(this.current.name)) {
      await this.start();
    }
  }

  /** The outbox says how it stands; a round that waited for it goes on once everything is out. */
  outboxChanged(unsent: number, hold: Hold): void {
    this.hold = hold;
    if (this.current.name !== "waiting") {
      return;
    }
    if (hold === "signin") {
      this.enter({ name: "signin" });
    } else if (unsent === 0 && this.current.why !== "shuffling") {
      void this.ask();
    }
  }

  private enter(state: State<Picture>): void {
    this.current = state;
    this.options.onState(state);
  }

  /** Ask for the next task, unless an answer still waits to go out. */
  private async advance(): Promise<void> {
    if ((await this.options.outbox.unsent()) === 0) {
      await this.ask();
    } else if (this.hold === "signin") {
      this.enter({ name: "signin" });
    } else {
      this.enter({ name: "waiting", why: this.hold === "busy" ? "busy" : "offline" });
    }
  }

  private async ask(): Promise<void> {
    this.enter({ name: "loading" });
    let next: Next;
    try {
      next = await this.options.api.next(this.options.slug);
    } catch (error) {
      this.askFailed(error);
      return;
    }
    if (next.kind === "nothing") {
      this.enter({ name: "empty" });
    } else if (next.kind === "behind") {
      this.waitThenAsk("shuffling", next.retryAfter * 1000);
    } else {
      await this.show(next.claim.assignment);
      this.options.prefetch(next.claim.prefetch);
    }
  }

  private async show(task: Assignment): Promise<void> {
    try {
      const picture = await this.options.loadPicture(task.image.url);
      this.enter({ name: "asking", task, picture });
    } catch {
      this.enter({ name: "unseen", task });
    }
  }

  private askFailed(error: unknown): void {
    if (!(error instanceof ApiError)) {
      this.waitThenAsk("offline", RETRY_MS);
    } else if (error.status === 401 || error.status === 403) {
      this.enter({ name: "signin" });
    } else if (error.status === 429 || error.status >= 500) {
      this.waitThenAsk("busy", (error.retryAfter ?? 3) * 1000);
    } else {
      this.enter({ name: "stuck", message: error.message });
    }
  }

  private waitThenAsk(why: "shuffling" | "offline" | "busy", ms: number): void {
    const state: State<Picture> = { name: "waiting", why };
    this.enter(state);
    this.later(ms, () => {
      // Somebody may have pressed "Try again" meanwhile, and one request is enough.
      if (this.current === state) {
        void this.ask();
      }
    });
  }
}
