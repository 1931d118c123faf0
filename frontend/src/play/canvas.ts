/** The annotation canvas as the page's components see it: its state as signals, its commands as methods. */

import { computed, signal } from "@preact/signals";
import type { Assignment, Kind } from "../api/types";
import {
  AnnotationCanvas,
  type Answer,
  type CanvasState,
  type PromptRequest,
  type Proposal,
  type Trace,
  toolsFor,
} from "../viewer";

export interface CanvasEvents {
  /** What is drawn has changed. */
  onDraw: () => void;
  /** Somebody asks for a proposed mask. */
  onPrompt: (prompt: PromptRequest) => void;
}

const BLANK: CanvasState = {
  empty: true,
  canUndo: false,
  canRedo: false,
  tool: "",
  label: "",
  brush: 0,
  boxes: 0,
  selected: null,
  awaiting: false,
};

/** Grey levels 0-255: the picture as it is served. */
export const FULL_WINDOW = { centre: 127.5, width: 255 };

export class CanvasControls {
  readonly state = signal(BLANK);
  readonly window = signal(FULL_WINDOW);
  /** Those for the picture on show: some are asked about without the assist. */
  readonly tools = computed(() => (this.kind === "class" ? [] : toolsFor(this.kind, { assist: this.assisted.value })));

  private readonly kind: Kind;
  private readonly assist: boolean;
  private readonly assisted;
  private readonly events: CanvasEvents;
  private canvas: AnnotationCanvas | null = null;
  private host: HTMLElement | null = null;
  private shown: { task: Assignment; picture: HTMLImageElement } | null = null;
  /** What the canvas was made for. */
  private madeFor = "";
  private locked = false;
  private loading = false;
  private drawing: unknown = null;

  constructor(kind: Kind, assist: boolean, events: CanvasEvents) {
    this.kind = kind;
    this.assist = assist;
    this.assisted = signal(assist);
    this.events = events;
  }

  /** Put the canvas into its place on the page; returns how to take it out again. */
  mount(host: HTMLElement): () => void {
    this.host = host;
    if (this.shown) {
      this.show(this.shown.task, this.shown.picture);
    }
    return () => {
      this.host = null;
      this.drop();
    };
  }

  show(task: Assignment, picture: HTMLImageElement): void {
    this.shown = { task, picture };
    this.assisted.value = this.assist && task.assist;
    const canvas = this.canvasFor(task);
    if (!canvas) {
      return; // not on the page yet: `mount` comes back to it
    }
    const { width, height, markers } = task.image;
    if (this.window.value !== FULL_WINDOW) {
      this.setWindow(FULL_WINDOW);
    }
    this.loading = true;
    const initial = this.kind === "class" ? null : (task.proposal as Answer | undefined);
    canvas.load({ image: picture, width, height, markers, initial });
    this.loading = false;
    this.drawing = canvas.editor.content;
  }

  /** What is drawn, in the API's form; null while there is nothing. */
  answer(): Answer | null {
    return this.kind === "class" ? null : (this.canvas?.answer() ?? null);
  }

  trace(): Trace | Record<string, never> {
    return this.canvas?.trace() ?? {};
  }

  setTool(id: string): void {
    this.canvas?.setTool(id);
  }

  setLabel(key: string): void {
    this.canvas?.setLabel(key);
  }

  setBrush(radius: number): void {
    this.canvas?.setBrush(radius);
  }

  setWindow(window: typeof FULL_WINDOW): void {
    this.window.value = window;
    this.canvas?.setWindow(window.centre, window.width);
  }

  /** While an answer is under way one may look but not draw. */
  setLocked(locked: boolean): void {
    this.locked = locked;
    this.canvas?.setLocked(locked);
  }

  undo(): void {
    this.canvas?.undo();
  }

  redo(): void {
    this.canvas?.redo();
  }

  /** Take away all that is drawn; it can be undone. */
  clear(): void {
    this.canvas?.clear();
  }

  removeSelected(): void {
    this.canvas?.removeSelected();
  }

  /** Fill closed outlines; false where there is none. */
  fillHoles(): boolean {
    return this.canvas?.fillHoles() ?? false;
  }

  /** Hand over a key that nothing else on the page wanted; true if the canvas did. */
  pressKey(event: KeyboardEvent): boolean {
    return this.canvas?.pressKey(event) ?? false;
  }

  showProposal(proposal: Proposal, sequence: number): void {
    this.canvas?.showProposal(proposal, sequence);
  }

  /** Help is back: ask for what is still missing. */
  askAgain(): void {
    this.canvas?.askAgain();
  }

  /** A canvas for the labels and tools of `task`; the labels of mask tasks differ from one to the next. */
  private canvasFor(task: Assignment): AnnotationCanvas | null {
    const madeFor = JSON.stringify([task.question.labels, this.assisted.value]);
    if (!this.host || (this.canvas && madeFor === this.madeFor)) {
      return this.canvas;
    }
    this.drop();
    this.madeFor = madeFor;
    this.canvas = new AnnotationCanvas(this.host, {
      kind: this.kind,
      labels: task.question.labels,
      assist: this.assisted.value,
      onChange: (state) => this.changed(state),
      onPrompt: this.events.onPrompt,
      reducedMotion: matchMedia("(prefers-reduced-motion: reduce)").matches,
    });
    this.canvas.setLocked(this.locked);
    return this.canvas;
  }

  private drop(): void {
    this.canvas?.destroy();
    this.canvas = null;
  }

  private changed(state: CanvasState): void {
    this.state.value = state;
    // Contents are values: another one means that something was drawn, not just another tool picked up.
    const drawing = this.canvas?.editor.content;
    if (drawing !== this.drawing && !this.loading) {
      this.drawing = drawing;
      this.events.onDraw();
    }
  }
}
