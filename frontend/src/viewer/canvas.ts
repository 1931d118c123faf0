/** The canvas on the page: takes the browser's events to the editor, and draws it. */

import type { Answer, Kind } from "../annotation/answers";
import type { Trace } from "../annotation/trace";
import type { WireMask } from "../assist/client";
import { decode } from "../geometry/rle";
import type { Tool } from "../tools/tool";
import { clear, fillHoles, focusNext, removeSelected } from "./commands";
import { Editor, type PromptRequest } from "./editor";
import { Input } from "./input";
import { type Key, pressKey, ZOOM_STEP } from "./keyboard";
import { type Label, Painter } from "./painter";

export type { PromptRequest };

/** A proposed mask, as the assist sends it. */
export type Proposal = WireMask;

export interface CanvasOptions {
  kind: Kind;
  /** In a mask question the first is the one that is asked for. */
  labels: readonly Label[];
  /** Whether proposals are offered (mask questions). */
  assist?: boolean;
  onChange?: (state: CanvasState) => void;
  onPrompt?: (prompt: PromptRequest) => void;
  /** Short sentences for people who don't see the canvas; without it the canvas tells screen readers itself. */
  onAnnounce?: (sentence: string) => void;
  reducedMotion?: boolean;
  /** What the canvas is called by screen readers. */
  name?: string;
}

/** What a toolbar shows. `empty`: nothing is drawn, so there is no answer yet. */
export interface CanvasState {
  empty: boolean;
  canUndo: boolean;
  canRedo: boolean;
  tool: string;
  label: string;
  brush: number;
  boxes: number;
  /** Label of the selected box. */
  selected: string | null;
  /** A proposal has been asked for and is not there yet. */
  awaiting: boolean;
}

export interface LoadedPicture {
  image: CanvasImageSource;
  /** Of the served picture; answers are in its pixels. */
  width: number;
  height: number;
  /** Orientation letters: left, top, right, bottom. */
  markers?: string;
  /** An earlier answer to go on from. */
  initial?: Answer | null;
}

const INSTRUCTIONS =
  "Arrow keys move what is selected, with Shift they resize it. A adds a box or a point. " +
  "Full stop and comma go from box to box, Delete removes one. Plus, minus and 0 zoom. Control Z takes a step back.";

export class AnnotationCanvas {
  readonly editor: Editor;
  private readonly host: HTMLElement;
  private readonly canvas = document.createElement("canvas");
  private readonly live = document.createElement("div");
  private readonly painter: Painter;
  private readonly options: CanvasOptions;
  private readonly listening = new AbortController();
  private readonly observer: ResizeObserver;
  private told = "";

  constructor(host: HTMLElement, options: CanvasOptions) {
    this.host = host;
    this.options = options;
    this.editor = new Editor({
      kind: options.kind,
      labels: options.labels,
      assist: options.assist,
      onChange: () => this.tell(),
      onPrompt: (prompt) => options.onPrompt?.(prompt),
      onAnnounce: (sentence) => this.announce(sentence),
      onDirty: (region) => this.painter?.dirty(region),
    });
    this.build();
    this.painter = new Painter(this.canvas, this.editor, options.labels, options.reducedMotion ?? false);
    this.input();
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(host);
    this.measure();
  }

  // ---- what the page calls ----

  /** Throws a `RangeError` where `initial` cannot be read. */
  load(picture: LoadedPicture): void {
    const size = { width: picture.width, height: picture.height };
    this.painter.markers = picture.markers ?? "";
    this.editor.load(size, picture.initial);
    this.painter.show(picture.image, size);
  }

  setTool(id: string): void {
    this.editor.setTool(id);
  }

  setLabel(key: string): void {
    this.editor.setLabel(key);
  }

  /** Radius of brush and eraser, CSS pixels. */
  setBrush(radius: number): void {
    this.editor.setBrush(radius);
  }

  /** Grey levels of the served picture (0-255): 127.5 and 255 show it as it is. */
  setWindow(centre: number, width: number): void {
    this.editor.count("window");
    this.painter.setWindow({ centre, width });
  }

  /** While an answer is under way, one may look but not draw. */
  setLocked(locked: boolean): void {
    if (this.editor.locked !== locked) {
      this.editor.router.abort();
      this.editor.locked = locked;
      this.tell();
    }
  }

  /** A mask from the assist. A mask that cannot be read is left out: one goes on by hand. Returns whether it was shown. */
  showProposal(proposal: Proposal, sequence?: number): boolean {
    try {
      this.editor.showProposal({ x: proposal.x, y: proposal.y, mask: decode(proposal.rle) }, sequence);
      return true;
    } catch {
      return false;
    }
  }

  /** The assist is back: ask for what is still missing. */
  askAgain(): void {
    this.editor.askAgain();
  }

  undo(): void {
    this.editor.undo();
  }

  redo(): void {
    this.editor.redo();
  }

  get tools(): readonly Tool[] {
    return this.editor.tools;
  }

  get tool(): string {
    return this.editor.tool.id;
  }

  get label(): string {
    return this.editor.label;
  }

  /** CSS pixels. */
  get brush(): number {
    return this.editor.brush;
  }

  get hasSelection(): boolean {
    return this.editor.selected !== null;
  }

  get canUndo(): boolean {
    return this.editor.canUndo;
  }

  get canRedo(): boolean {
    return this.editor.canRedo;
  }

  clear(): void {
    clear(this.editor);
  }

  /** False where no outline is closed. */
  fillHoles(): boolean {
    return fillHoles(this.editor);
  }

  removeSelected(): void {
    removeSelected(this.editor);
  }

  /** What the key "a" does: a box in the middle, or a point under the crosshair. */
  add(): void {
    if (!this.editor.locked) {
      this.editor.tool.add?.(this.editor);
    }
  }

  fit(): void {
    this.editor.stage.fit();
  }

  /** In, or out with a factor below 1. */
  zoom(factor = ZOOM_STEP): void {
    this.editor.count("zoom");
    this.editor.stage.zoom(factor);
  }

  /** What is drawn, in the API's form; null while there is nothing. */
  answer(): Answer | null {
    return this.editor.answer();
  }

  trace(): Trace {
    return this.editor.trace(globalThis.devicePixelRatio || 1);
  }

  /** Select the next box, with the focus on the canvas. */
  focusNext(): void {
    this.canvas.focus();
    focusNext(this.editor);
  }

  focus(): void {
    this.canvas.focus({ preventScroll: true });
  }

  /** A key that was pressed elsewhere on the page; true when it meant something. */
  pressKey(event: Key): boolean {
    return pressKey(this.editor, event);
  }

  destroy(): void {
    this.listening.abort();
    this.observer.disconnect();
    this.painter.destroy();
    this.canvas.remove();
    this.live.remove();
  }

  // ---- inside ----

  private announce(sentence: string): void {
    if (this.options.onAnnounce) {
      this.options.onAnnounce(sentence);
    } else {
      this.live.textContent = sentence;
    }
  }

  private build(): void {
    const { canvas, live } = this;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "picture to draw on");
    canvas.setAttribute("aria-label", this.options.name ?? "Picture");
    canvas.setAttribute("aria-description", INSTRUCTIONS);
    // Set here and not in a style sheet: without them fingers would scroll the page instead of drawing.
    Object.assign(canvas.style, { display: "block", width: "100%", height: "100%", touchAction: "none" });
    Object.assign(canvas.style, { userSelect: "none", webkitUserSelect: "none", webkitTouchCallout: "none" });
    live.setAttribute("aria-live", "polite");
    Object.assign(live.style, { position: "absolute", width: "1px", height: "1px", overflow: "hidden" });
    Object.assign(live.style, { clipPath: "inset(50%)", whiteSpace: "nowrap" });
    this.host.append(canvas, live);
  }

  private measure(): void {
    const { clientWidth, clientHeight } = this.host;
    if (clientWidth && clientHeight) {
      const viewport = { width: clientWidth, height: clientHeight };
      this.painter.resize(viewport);
      this.editor.stage.resize(viewport);
    }
  }

  private input(): void {
    const { canvas, editor, painter } = this;
    new Input(
      {
        canvas,
        editor,
        request: () => painter.request(),
        hover: (at) => {
          painter.hover = at;
          this.setCursor();
          if (editor.tool.brush) {
            painter.request();
          }
        },
        keyboard(active) {
          painter.keyboard = active;
          painter.request();
        },
      },
      this.listening.signal,
    );
  }

  private setCursor(): void {
    const { editor } = this;
    const { tool } = editor;
    const over = this.painter?.hover && !editor.router.busy ? tool.cursorAt?.(editor, this.painter.hover) : null;
    const cursor = editor.locked ? "grab" : (over ?? tool.cursor);
    if (!editor.router.busy) {
      this.canvas.style.cursor = cursor;
    }
  }

  private tell(): void {
    const { editor } = this;
    this.setCursor();
    const state: CanvasState = {
      empty: editor.isEmpty,
      canUndo: editor.canUndo,
      canRedo: editor.canRedo,
      tool: editor.tool.id,
      label: editor.label,
      brush: editor.brush,
      boxes: editor.shown.boxes.length,
      selected: editor.selected?.label ?? null,
      awaiting: editor.awaiting,
    };
    const words = JSON.stringify(state);
    if (words !== this.told) {
      this.told = words;
      this.options.onChange?.(state);
    }
  }
}
