/** Draws what the editor holds, once a frame at most and only when something has changed. */

import type { Prompt } from "../annotation/content";
import { hull } from "../geometry/raster";
import { type Box, type ScreenPoint, type Size, screenPoint } from "../geometry/types";
import { toScreen, type View } from "../geometry/view";
import type { Editor } from "./editor";
import { drawBox, drawBrush, drawCrosshair, drawMarkers, drawPoints } from "./marks";
import { MaskLayer } from "./maskpaint";
import { FULL_WINDOW, Picture, type Window } from "./picture";

export interface Label {
  readonly key: string;
  readonly name: string;
  readonly colour?: string;
}

const MAX_RATIO = 2;
const WANDER_MS = 4000;
const COLOUR = "#f2c14e";
const LOUPE = { radius: 58, zoom: 2.2, lift: 104 };

export class Painter {
  readonly canvas: HTMLCanvasElement;
  markers = "";
  /** Where a mouse hovers. */
  hover: ScreenPoint | null = null;
  /** Whether the keyboard has the canvas: its crosshair shows. */
  keyboard = false;

  private readonly editor: Editor;
  private readonly labels: ReadonlyMap<string, Label>;
  private readonly reducedMotion: boolean;
  private readonly context: CanvasRenderingContext2D | null;
  private readonly maskLayer: MaskLayer | null;
  private picture: Picture | null = null;
  private window: Window = FULL_WINDOW;
  private frame = 0;
  private maskStale: Box | "all" | null = "all";
  private ratio = 1;
  private awaited = { sequence: -1, since: 0 };

  constructor(canvas: HTMLCanvasElement, editor: Editor, labels: readonly Label[], reducedMotion: boolean) {
    this.canvas = canvas;
    this.editor = editor;
    this.labels = new Map(labels.map((label) => [label.key, label]));
    this.reducedMotion = reducedMotion;
    this.context = canvas.getContext("2d");
    this.maskLayer = editor.kind === "mask" && this.context ? new MaskLayer(labels[0]?.colour ?? COLOUR) : null;
  }

  show(image: CanvasImageSource, size: Size): void {
    this.picture = new Picture(image, size);
    this.picture.setWindow(this.window);
    this.dirty(null);
  }

  setWindow(window: Window): void {
    this.window = window;
    this.picture?.setWindow(window);
    this.request();
  }

  resize(viewport: Size): void {
    this.ratio = Math.min(globalThis.devicePixelRatio || 1, MAX_RATIO);
    this.canvas.width = Math.round(viewport.width * this.ratio);
    this.canvas.height = Math.round(viewport.height * this.ratio);
    this.request();
  }

  /** The content has changed, in `region` (picture px) or anywhere. */
  dirty(region: Box | null): void {
    const { maskStale } = this;
    if (!region || maskStale === "all") {
      this.maskStale = "all";
    } else {
      this.maskStale = hull(maskStale, region);
    }
    this.request();
  }

  /** Draw in the next frame. */
  request(): void {
    if (!this.frame && this.context) {
      this.frame = requestAnimationFrame((time) => this.draw(time));
    }
  }

  destroy(): void {
    cancelAnimationFrame(this.frame);
    this.frame = -1;
  }

  private draw(time: number): void {
    const { context, editor } = this;
    this.frame = 0;
    if (!context || !this.picture) {
      return;
    }
    this.updateMask();
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, editor.viewport.width, editor.viewport.height);
    this.scene(context, editor.view, time);
    drawMarkers(context, editor.view, this.markers, editor.size, editor.viewport);
    this.pointerMarks(context);
    this.loupe(context, time);
    if (this.dashesWander(time)) {
      this.request();
    }
  }

  /** While a proposal is awaited; not for ever, should none come. */
  private dashesWander(time: number): boolean {
    const sequence = this.editor.shown.prompts.at(-1)?.sequence ?? -1;
    if (sequence !== this.awaited.sequence) {
      this.awaited = { sequence, since: time };
    }
    return this.editor.awaiting && !this.reducedMotion && time - this.awaited.since < WANDER_MS;
  }

  private updateMask(): void {
    const mask = this.maskLayer && this.maskStale ? this.editor.mask() : null;
    if (mask) {
      this.maskLayer?.update(mask, this.maskStale === "all" ? null : this.maskStale);
    }
    this.maskStale = null;
  }

  /** Picture, mask, boxes and points, as seen through `view`; under the loupe handles would hide what is looked for. */
  private scene(context: CanvasRenderingContext2D, view: View, time: number, handles = true): void {
    const { editor, picture } = this;
    const { boxes, prompts } = editor.shown;
    context.save();
    context.translate(view.x, view.y);
    context.scale(view.scale, view.scale);
    context.imageSmoothingQuality = "high";
    if (picture) {
      context.drawImage(picture.drawable, 0, 0, picture.size.width, picture.size.height);
    }
    this.maskLayer?.draw(context, view.scale);
    context.restore();
    const { selected } = editor;
    for (const box of boxes) {
      const label = this.labels.get(box.label);
      const name = this.labels.size > 1 ? label?.name : undefined;
      drawBox(context, view, box, {
        colour: label?.colour ?? COLOUR,
        selected: handles && box.id === selected?.id,
        name,
      });
    }
    prompts.forEach((prompt, index) => {
      this.prompt(context, view, prompt, { newest: index === prompts.length - 1, handles, time });
    });
  }

  private prompt(
    context: CanvasRenderingContext2D,
    view: View,
    prompt: Prompt,
    { newest, handles, time }: { newest: boolean; handles: boolean; time: number },
  ): void {
    const waits = !this.editor.proposals.has(prompt.sequence);
    const active = newest && this.editor.tool.needsAssist === true;
    // Once its shape is there and another tool is in hand, the box is only in the way.
    if (prompt.box && (waits || active)) {
      const dashOffset = waits && this.dashesWander(time) ? -time / 40 : 0;
      const selected = handles && newest && this.editor.tool.id === "assist-box";
      drawBox(context, view, prompt.box, { colour: "#ffffff", selected, dashed: true, dashOffset });
    }
    if (active) {
      drawPoints(context, view, prompt);
    }
  }

  private pointerMarks(context: CanvasRenderingContext2D): void {
    const { editor, hover } = this;
    if (editor.tool.brush && hover && !editor.locked) {
      drawBrush(context, hover, editor.brush);
    }
    if (editor.tool.crosshair && this.keyboard) {
      drawCrosshair(context, toScreen(editor.view, editor.cursor));
    }
  }

  /** What is under the finger, magnified above it. */
  private loupe(context: CanvasRenderingContext2D, time: number): void {
    const { editor } = this;
    const drawing = editor.router.drawing;
    if (drawing?.press.device !== "touch" || !editor.tool.loupe || editor.locked) {
      return;
    }
    const { radius, zoom, lift } = LOUPE;
    const { press, focus: at } = drawing;
    // Below the finger where there is no room above it.
    const y = press.screen.y + (press.screen.y - lift < radius ? lift : -lift);
    const x = Math.min(Math.max(press.screen.x, radius + 4), editor.viewport.width - radius - 4);
    context.save();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.fillStyle = "#0a0e13";
    context.fill();
    context.save();
    context.clip();
    const { scale, x: left, y: top } = editor.view;
    const inner = { scale: scale * zoom, x: x - (at.x - left) * zoom, y: y - (at.y - top) * zoom };
    this.scene(context, inner, time, false);
    if (editor.tool.brush) {
      drawBrush(context, screenPoint(x, y), editor.brush * zoom);
    } else {
      drawCrosshair(context, screenPoint(x, y));
    }
    context.restore();
    context.strokeStyle = "#ffffff";
    context.lineWidth = 2.5;
    context.stroke();
    context.restore();
  }
}
