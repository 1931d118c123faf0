/**
 * The editor without its canvas: contents, view, tool, selection, and what fingers and keys do to them. The canvas only
 * feeds it events and draws it; every rule in here is tried out without a browser.
 */

import { type Answer, answerOf, contentOf, type Kind } from "../annotation/answers";
import { type Content, type LabelledBox, type Prompt, settle, shownSequence } from "../annotation/content";
import { Store } from "../annotation/store";
import { type Trace, TraceRecorder, wirePoints } from "../annotation/trace";
import { rounded } from "../geometry/boxes";
import type { PlacedMask, Raster } from "../geometry/raster";
import { type Box, type ImagePoint, imagePoint, inside, type ScreenPoint, type Size } from "../geometry/types";
import { toImage, type View } from "../geometry/view";
import { panTool } from "../tools/pan";
import { toolsFor } from "../tools/registry";
import type { Bench, Gesture, Pointer, Tool } from "../tools/tool";
import { describe } from "./commands";
import { type GestureHost, GestureRouter, type Press } from "./gestures";
import { MaskCache } from "./maskcache";
import { Stage } from "./stage";

/** A question to the assist, in the form in which it travels. */
export interface PromptRequest {
  sequence: number;
  box: [number, number, number, number] | null;
  points: [number, number, 0 | 1][];
}

export interface EditorOptions {
  kind: Kind;
  labels: readonly { key: string; name: string; colour?: string }[];
  /** Whether this project offers proposals. */
  assist?: boolean;
  /** Something that a toolbar or a "Next" button shows has changed. */
  onChange?: () => void;
  onPrompt?: (prompt: PromptRequest) => void;
  /** A short sentence for people who don't see the canvas. */
  onAnnounce?: (sentence: string) => void;
  /** The canvas has to be drawn again; `region` (picture px) is where a raster changed, null = anywhere. */
  onDirty?: (region: Box | null) => void;
  now?: () => number;
}

const BRUSH = { start: 14, least: 3, most: 60 }; // radius in CSS px

export class Editor implements Bench, GestureHost {
  /** Numbers of requests go up over the page's whole life: the assist drops what is not newer than the last. */
  static lastSequence = 0;

  readonly kind: Kind;
  readonly tools: readonly Tool[];
  readonly router: GestureRouter;
  readonly stage: Stage;
  tool: Tool;
  label: string;
  cursor: ImagePoint = imagePoint(0, 0);
  /** CSS px */
  brush = BRUSH.start;
  locked = false;

  private readonly options: EditorOptions;
  private readonly store: Store;
  private readonly masks = new Map<number, PlacedMask>();
  /** Requests that repeat a prompt of another sequence. */
  private readonly repeats = new Map<number, number>();
  private recorder: TraceRecorder;
  private selectedId: number | null = null;
  private readonly maskCache = new MaskCache();

  constructor(options: EditorOptions) {
    this.options = options;
    this.kind = options.kind;
    this.tools = toolsFor(options.kind, { assist: options.assist });
    this.tool = this.tools[0]!;
    this.label = options.labels[0]?.key ?? "";
    this.recorder = new TraceRecorder(options.now);
    this.stage = new Stage(() => options.onDirty?.(null));
    this.store = new Store((region) => this.contentChanged(region));
    this.router = new GestureRouter(this);
  }

  /** Begin with another picture. Throws a `RangeError` where `initial` cannot be read. */
  load(size: Size, initial?: Answer | null): void {
    const content = contentOf(initial);
    this.router.abort();
    this.masks.clear();
    this.repeats.clear();
    this.recorder = new TraceRecorder(this.options.now);
    this.selectedId = null;
    this.maskCache.clear();
    this.tool = this.tools[0]!;
    this.cursor = imagePoint(size.width / 2, size.height / 2);
    this.stage.load(size);
    this.store.reset(content);
  }

  // ---- what is there ----

  get size(): Size {
    return this.stage.size;
  }

  get view(): View {
    return this.stage.view;
  }

  get viewport(): Size {
    return this.stage.viewport;
  }

  get content(): Content {
    return this.store.committed;
  }

  /** With the draft of the gesture under way. */
  get shown(): Content {
    return this.store.content;
  }

  get proposals(): ReadonlyMap<number, PlacedMask> {
    return this.masks;
  }

  get selected(): LabelledBox | null {
    return this.shown.boxes.find(({ id }) => id === this.selectedId) ?? null;
  }

  get brushRadius(): number {
    return this.brush / this.view.scale;
  }

  get canUndo(): boolean {
    return this.store.canUndo;
  }

  get canRedo(): boolean {
    return this.store.canRedo;
  }

  /** The newest prompt is still without its own proposal. */
  get awaiting(): boolean {
    const prompt = this.content.prompts.at(-1);
    return prompt !== undefined && !this.masks.has(prompt.sequence);
  }

  /** The mask as shown, or null in other kinds of question. It is reused: copy it to keep it. */
  mask(): Raster | null {
    return this.kind === "mask" ? this.maskCache.get(this.shown, this.masks, this.size) : null;
  }

  /** Nothing is drawn or chosen. Cheaper than `answer()`. */
  get isEmpty(): boolean {
    const { choice, boxes } = this.shown;
    return this.kind === "mask" ? !this.mask()?.data.includes(1) : choice === null && boxes.length === 0;
  }

  /** Null while nothing is drawn. */
  answer(): Answer | null {
    return answerOf(this.kind, this.shown, this.mask());
  }

  trace(ratio = 1): Trace {
    return this.recorder.summary(this.content, this.masks, this.mask(), { ...this.viewport, ratio });
  }

  // ---- changing it ----

  setTool(id: string): void {
    const tool = this.tools.find((each) => each.id === id);
    if (tool && tool !== this.tool) {
      this.router.abort();
      this.tool = tool;
      this.announce(`${tool.name}. ${tool.hint}`);
      this.changed();
    }
  }

  /** The label of the next box, and of the selected one; the answer of a class question. */
  setLabel(key: string): void {
    this.label = key;
    const { selected } = this;
    if (this.kind === "class") {
      this.commit({ ...this.content, choice: key }, "label");
    } else if (selected && selected.label !== key) {
      const boxes = this.content.boxes.map((box) => (box.id === selected.id ? { ...box, label: key } : box));
      this.commit({ ...this.content, boxes }, "label");
    } else {
      this.changed();
    }
  }

  /** Radius of brush and eraser in CSS pixels. */
  setBrush(radius: number): void {
    this.brush = Math.min(Math.max(radius, BRUSH.least), BRUSH.most);
    this.changed();
  }

  /** The mask for the request with this sequence (default: the newest). What comes too late or twice is dropped. */
  showProposal(mask: PlacedMask, request = Editor.lastSequence): void {
    const sequence = this.repeats.get(request) ?? request;
    if (this.recorder.knows(sequence) && !this.masks.has(sequence)) {
      this.masks.set(sequence, mask);
      this.recorder.proposed(sequence, request);
      this.announce("A shape is filled in. Add or take away parts, or go on.");
      this.contentChanged(null);
    }
  }

  /** Ask once more if the newest prompt is still without a proposal: the assist is back, or a step was taken back. */
  askAgain(): void {
    const prompt = this.content.prompts.at(-1);
    if (prompt && this.awaiting && !this.locked) {
      const request = ++Editor.lastSequence;
      this.repeats.set(request, prompt.sequence);
      this.send(prompt, request);
    }
  }

  undo(): void {
    this.travel("undo", () => this.store.undo());
  }

  redo(): void {
    this.travel("redo", () => this.store.redo());
  }

  // ---- Bench: what tools call ----

  select(id: number | null): void {
    this.selectedId = id;
    const { selected } = this;
    if (selected) {
      this.label = selected.label;
      this.announce(this.describe(selected));
    }
    this.changed();
  }

  moveCursor(to: ImagePoint): void {
    this.cursor = inside(to, this.size);
    this.announce(`${Math.round(this.cursor.x)}, ${Math.round(this.cursor.y)}`);
    this.changed();
  }

  preview(content: Content, region?: Box): void {
    this.store.preview(content, region);
  }

  rollback(): void {
    this.store.rollback();
  }

  commit(content: Content, what: string, topic?: string): void {
    if (this.locked) {
      this.store.rollback();
    } else if (this.store.commit(content, topic)) {
      this.recorder.count(what);
      this.recorder.changed();
      if (topic && this.selected) {
        this.announce(this.describe(this.selected));
      }
    }
  }

  ask(question: Pick<Prompt, "box" | "points">, options: { refine: boolean; what: string; topic?: string }): void {
    if (this.locked) {
      this.store.rollback();
      return;
    }
    const last = options.refine ? this.content.prompts.at(-1) : undefined;
    const refines = last ? shownSequence(last, this.masks) : null;
    const prompt: Prompt = { ...question, sequence: ++Editor.lastSequence, refines };
    const base = last
      ? { ...this.content, prompts: this.content.prompts.slice(0, -1) }
      : settle(this.content, this.masks, this.size);
    this.commit({ ...base, prompts: [...base.prompts, prompt] }, options.what, options.topic);
    this.send(prompt, prompt.sequence);
  }

  panBy(dx: number, dy: number): void {
    this.stage.pan(dx, dy);
  }

  announce(sentence: string): void {
    this.options.onAnnounce?.(sentence);
  }

  /** A note for the trace. */
  count(what: string): void {
    this.recorder.count(what);
  }

  touchedBy(device: string): void {
    this.recorder.touchedBy(device);
  }

  // ---- GestureHost: what fingers do ----

  begin(press: Press): Gesture {
    this.recorder.touchedBy(press.device);
    const tool = press.navigate || this.locked ? panTool : this.tool;
    return tool.begin(this, this.pointer(press));
  }

  pointer(press: Press): Pointer {
    return { screen: press.screen, image: toImage(this.view, press.screen), coarse: press.device !== "mouse" };
  }

  pinch(centre: ScreenPoint, factor: number, dx: number, dy: number): void {
    this.stage.pinch(centre, factor, dx, dy);
  }

  cancelled(): void {
    this.recorder.count("rollback");
    this.changed();
  }

  mark(): number {
    return this.store.depth;
  }

  doubleTap(mark: number): void {
    while (this.store.depth > mark && this.store.undo()) {
      this.recorder.count("rollback");
    }
    this.stage.fit();
  }

  // ---- inside ----

  private send(prompt: Prompt, sequence: number): void {
    this.recorder.prompted(prompt, sequence);
    this.options.onPrompt?.({ sequence, box: prompt.box && rounded(prompt.box), points: wirePoints(prompt) });
  }

  private travel(what: string, go: () => boolean): void {
    this.router.abort();
    if (!this.locked && go()) {
      this.recorder.count(what);
      this.announce(what === "undo" ? "Undone." : "Done again.");
      this.askAgain();
    }
  }

  private contentChanged(region: Box | null): void {
    this.maskCache.touch(region, this.size);
    this.options.onDirty?.(region);
    if (!region) {
      this.options.onChange?.();
    }
  }

  private changed(): void {
    this.options.onDirty?.(null);
    this.options.onChange?.();
  }

  private describe(box: LabelledBox): string {
    const name = this.options.labels.find(({ key }) => key === box.label)?.name ?? box.label;
    return describe(box, this.content.boxes, name);
  }
}
