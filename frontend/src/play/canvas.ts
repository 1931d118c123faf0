/** The annotation canvas as the page's components see it: its state as signals, its commands as methods. */

import { signal } from "@preact/signals";
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
  readonly tools: ReturnType<typeof toolsFor>;

  private readonly kind: Kind;
  private readonly assist: boolean;
  private readonly events: CanvasEvents;
  private canvas: AnnotationCanvas | null = null;
  private host: HTMLElement | null = null;
  private shown: { task: Assignment; picture: HTMLImageElement } | null = null;
  private labels = "";
  private locked = false;
  private drawing: unknown = null;

  constructor(kind: Kind, assist: boolean, events: CanvasEvents) {
    this.kind = kind;
    this.assist = assist;
    this.events = events;
    this.tools = kind === "class" ? [] : toolsFor(kind, { assist });
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
    const canvas = this.canvasFor(task);
    if (!canvas) {
      return; // not on the page yet: `mount` comes back to it
    }
    const { width, height, markers } = task.image;
    if (this.window.value !== FULL_WINDOW) {
      this.setWindow(FULL_WINDOW);
    }
    canvas.load({ image: picture, width, height, markers });
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

  removeSelected(): void {
    this.canvas?.removeSelected();
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

  /** A canvas for the labels of `task`; those of mask tasks differ from one to the next. */
  private canvasFor(task: Assignment): AnnotationCanvas | null {
    const labels = JSON.stringify(task.question.labels);
    if (!this.host || (this.canvas && labels === this.labels)) {
      return this.canvas;
    }
    this.drop();
    this.labels = labels;
    this.canvas = new AnnotationCanvas(this.host, {
      kind: this.kind,
      labels: task.question.labels,
      assist: this.assist,
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
    if (drawing !== this.drawing) {
      this.drawing = drawing;
      this.events.onDraw();
    }
  }
}
