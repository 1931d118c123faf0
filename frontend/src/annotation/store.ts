/**
 * The content with its past. A gesture shows drafts while it lasts (`preview`) and either commits one step or rolls back:
 * a draft that is dropped leaves nothing behind, neither in the content nor in the history.
 */

import type { Box } from "../geometry/types";
import { BLANK, type Content } from "./content";
import { applyPatch, mergePatches, type Patch, patchBetween, weight } from "./patch";

const MAX_STEPS = 200;
const MAX_BYTES = 24 * 2 ** 20;

/** Told after every change; `region` (picture px) is where a draft's raster changed in place, null = anywhere. */
export type Listener = (region: Box | null) => void;

interface Step {
  readonly patch: Patch;
  readonly topic: string | null;
}

export class Store {
  private base: Content = BLANK;
  private draft: Content | null = null;
  private done: Step[] = [];
  private undone: Step[] = [];
  private readonly listener: Listener;

  constructor(listener: Listener) {
    this.listener = listener;
  }

  /** What is to be seen: the draft of a gesture under way, else what was committed last. */
  get content(): Content {
    return this.draft ?? this.base;
  }

  /** Without the draft of a gesture: what a gesture starts from. */
  get committed(): Content {
    return this.base;
  }

  get canUndo(): boolean {
    return this.done.length > 0;
  }

  get canRedo(): boolean {
    return this.undone.length > 0;
  }

  /** Number of steps that can be taken back. */
  get depth(): number {
    return this.done.length;
  }

  reset(content: Content): void {
    this.base = content;
    this.draft = null;
    this.done = [];
    this.undone = [];
    this.listener(null);
  }

  preview(draft: Content, region: Box | null = null): void {
    this.draft = draft;
    this.listener(region);
  }

  rollback(): void {
    if (this.draft) {
      this.draft = null;
      this.listener(null);
    }
  }

  /** Steps about the same `topic` in a row (a box nudged by the keyboard) become one. Returns whether anything changed. */
  commit(next: Content, topic: string | null = null): boolean {
    const patch = patchBetween(this.base, next);
    this.draft = null;
    if (patch) {
      this.base = next;
      this.undone = [];
      this.remember({ patch, topic });
    }
    this.listener(null);
    return patch !== null;
  }

  undo(): boolean {
    return this.travel(this.done, this.undone, "before");
  }

  redo(): boolean {
    return this.travel(this.undone, this.done, "after");
  }

  private travel(from: Step[], to: Step[], side: "before" | "after"): boolean {
    const step = from.pop();
    this.draft = null;
    if (step) {
      this.base = applyPatch(this.base, step.patch, side);
      to.push(step);
    }
    this.listener(null);
    return step !== undefined;
  }

  private remember(step: Step): void {
    const last = this.done.at(-1);
    const merged = step.topic !== null && last?.topic === step.topic ? mergePatches(last.patch, step.patch) : null;
    if (merged) {
      this.done[this.done.length - 1] = { patch: merged, topic: step.topic };
    } else {
      this.done.push(step);
    }
    let bytes = this.done.reduce((sum, { patch }) => sum + weight(patch), 0);
    while (this.done.length > 1 && (this.done.length > MAX_STEPS || bytes > MAX_BYTES)) {
      bytes -= weight(this.done.shift()!.patch);
    }
  }
}
