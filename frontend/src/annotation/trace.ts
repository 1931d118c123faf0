/**
 * How an answer came about, in a bounded summary: what was asked of the assist and what became of its proposals (two
 * people who take the same proposal are not two independent votes), counts of gestures, times. No positions of strokes.
 */

import { rounded } from "../geometry/boxes";
import { area, emptyRaster, type Raster, stamp } from "../geometry/raster";
import { type Content, type Prompt, type Proposals, proposalFor, shownSequence } from "./content";

export interface PromptRecord {
  sequence: number;
  box: [number, number, number, number] | null;
  /** [x, y, 1 inside | 0 outside] */
  points: [number, number, 0 | 1][];
  /** Milliseconds since the picture was shown; and until the proposal arrived. */
  at: number;
  answered?: number;
}

export interface AssistTrace {
  prompts: PromptRecord[];
  /** Prompts beyond those listed. */
  unlisted: number;
  /** Sequences of the proposals that the answer rests on. */
  used: number[];
  /** Pixels of the answer that no used proposal had, and the other way round; IoU of answer and proposals. */
  added: number;
  removed: number;
  iou: number | null;
}

export interface Trace {
  version: 1;
  /** True when a proposal was on show when the answer was given. */
  assisted: boolean;
  assist: AssistTrace;
  /** How often what was done: "draw", "move", "resize", "delete", "brush", "eraser", "undo", "zoom", "rollback" ... */
  counts: Record<string, number>;
  /** How often with what: "mouse", "touch", "pen", "keyboard". */
  input: Record<string, number>;
  /** Milliseconds from the picture's showing to the first change, and to now. */
  first_ms: number | null;
  total_ms: number;
  /** Canvas in CSS pixels and the screen's pixel ratio. */
  view: { width: number; height: number; ratio: number };
}

const MAX_PROMPTS = 64;
const MAX_NAMES = 32;

export class TraceRecorder {
  private readonly counts = new Map<string, number>();
  private readonly input = new Map<string, number>();
  private readonly prompts: PromptRecord[] = [];
  private readonly asked = new Set<number>();
  /** The request that brought a prompt's proposal, where it had to be asked again. */
  private readonly servedAs = new Map<number, number>();
  private unlisted = 0;
  private firstMs: number | null = null;
  private readonly started: number;
  private readonly now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.now = now;
    this.started = now();
  }

  count(what: string): void {
    tally(this.counts, what);
  }

  touchedBy(device: string): void {
    tally(this.input, device);
  }

  changed(): void {
    this.firstMs ??= this.elapsed();
  }

  /** `request` is the number under which the prompt went out: asked again, it has another. */
  prompted(prompt: Prompt, request = prompt.sequence): void {
    this.asked.add(prompt.sequence);
    if (this.prompts.length >= MAX_PROMPTS) {
      this.unlisted++;
      return;
    }
    this.prompts.push({
      sequence: request,
      box: prompt.box && rounded(prompt.box),
      points: wirePoints(prompt),
      at: this.elapsed(),
    });
  }

  /** Whether this prompt was asked about the picture on show. */
  knows(sequence: number): boolean {
    return this.asked.has(sequence);
  }

  proposed(sequence: number, request = sequence): void {
    this.servedAs.set(sequence, request);
    const record = this.prompts.find((prompt) => prompt.sequence === request);
    if (record) {
      record.answered ??= this.elapsed() - record.at;
    }
  }

  summary(content: Content, proposals: Proposals, mask: Raster | null, view: Trace["view"]): Trace {
    const assist = this.assist(content, proposals, mask);
    return {
      version: 1,
      assisted: assist.used.length > 0,
      assist,
      counts: Object.fromEntries(this.counts),
      input: Object.fromEntries(this.input),
      first_ms: this.firstMs,
      total_ms: this.elapsed(),
      view,
    };
  }

  private assist(content: Content, proposals: Proposals, mask: Raster | null): AssistTrace {
    const shown = content.prompts.filter((prompt) => proposalFor(prompt, proposals));
    const used = [...content.settled, ...shown.map((prompt) => shownSequence(prompt, proposals))];
    const requests = used.slice(-MAX_PROMPTS).map((sequence) => this.servedAs.get(sequence) ?? sequence);
    const lists = { prompts: [...this.prompts], unlisted: this.unlisted, used: requests };
    if (!mask || used.length === 0) {
      return { ...lists, added: 0, removed: 0, iou: null };
    }
    const proposed = emptyRaster(mask);
    for (const sequence of used) {
      stamp(proposed, proposals.get(sequence)!);
    }
    const both = mask.data.reduce((sum, value, index) => sum + (value & proposed.data[index]!), 0);
    const added = area(mask) - both;
    const removed = area(proposed) - both;
    const union = both + added + removed;
    return { ...lists, added, removed, iou: union === 0 ? null : Math.round((both / union) * 1e4) / 1e4 };
  }

  private elapsed(): number {
    return Math.round(this.now() - this.started);
  }
}

/** Points as they travel: [x, y, 1 inside | 0 outside]. */
export function wirePoints(prompt: Prompt): [number, number, 0 | 1][] {
  return prompt.points.map(({ at, positive }) => {
    const [x, y] = rounded({ x1: at.x, y1: at.y, x2: at.x, y2: at.y });
    return [x, y, positive ? 1 : 0];
  });
}

function tally(counts: Map<string, number>, name: string): void {
  if (counts.has(name) || counts.size < MAX_NAMES) {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}
