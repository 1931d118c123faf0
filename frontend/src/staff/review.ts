/** One task: every answer as a layer to show or hide, and the canvas to draw a better one. */

import type { Answer, Kind } from "../annotation/answers";
import { AnnotationCanvas, type CanvasState, NOTHING, toolsFor } from "../viewer";
import { layerOf } from "./paint";

interface TaskData {
  kind: Kind;
  url: string;
  width: number;
  height: number;
  markers: string;
  labels: { key: string; name: string; colour: string }[];
  /** The one label that a mask question asks for. */
  asked: string | null;
  editable: boolean;
  layers: Record<string, Answer>;
}

// Told apart from the consensus (gold) and the truth (green).
const VOTES = ["#56b4e9", "#d55e00", "#cc79a7", "#b8a800", "#8f7ff0", "#f28ab2", "#8bd3c7", "#ff7f50"];

/** In which colour a layer is drawn; null: each box in its label's. */
export function colourOf(layer: string): string {
  if (layer === "consensus") return "#f2c14e";
  if (layer === "truth") return "#4fd08a";
  return VOTES[Number(layer.replace("vote-", "")) % VOTES.length]!;
}

/** Checkboxes that show and hide layers; layers are drawn when they are asked for first. */
function toggles(data: TaskData, stage: HTMLElement): void {
  const drawn = new Map<string, HTMLCanvasElement | null>();
  const show = (name: string, visible: boolean): void => {
    const answer = data.layers[name];
    if (!drawn.has(name) && visible && answer) {
      try {
        const layer = layerOf(answer, data, new Map(), colourOf(name));
        drawn.set(name, layer);
        if (layer) stage.append(layer);
      } catch {
        drawn.set(name, null);
      }
    }
    const layer = drawn.get(name);
    if (layer) layer.hidden = !visible;
  };
  for (const box of document.querySelectorAll<HTMLInputElement>("[data-layer]")) {
    const name = box.dataset.layer ?? "";
    if (name.startsWith("vote-")) {
      box.style.accentColor = colourOf(name);
    }
    box.addEventListener("change", () => show(name, box.checked));
    show(name, box.checked);
  }
}

class Drawing {
  private readonly data: TaskData;
  private readonly box: HTMLElement;
  private readonly tools: HTMLElement;
  private canvas: AnnotationCanvas | null = null;

  constructor(data: TaskData, box: HTMLElement) {
    this.data = data;
    this.box = box;
    this.tools = box.querySelector<HTMLElement>("[data-tools]")!;
  }

  async start(picture: HTMLImageElement): Promise<void> {
    await picture.decode();
    const { data } = this;
    this.box.hidden = false;
    const asked = data.labels.filter(({ key }) => data.asked === null || key === data.asked);
    this.canvas = new AnnotationCanvas(this.box.querySelector<HTMLElement>("[data-canvas]")!, {
      kind: data.kind,
      labels: asked,
      assist: false,
      onChange: (state) => this.mark(state),
      name: "The picture to label",
    });
    this.build(asked);
    const initial = data.layers.consensus ?? null;
    this.canvas.load({ image: picture, width: data.width, height: data.height, markers: data.markers, initial });
    this.canvas.focus();
  }

  answer(): Answer | null {
    return this.canvas?.answer() ?? null;
  }

  private build(labels: TaskData["labels"]): void {
    const canvas = this.canvas!;
    for (const tool of toolsFor(this.data.kind, { assist: false })) {
      this.button(tool.name, () => canvas.setTool(tool.id)).dataset.tool = tool.id;
    }
    if (this.data.kind === "box") {
      for (const label of labels) {
        const button = this.button(label.name, () => canvas.setLabel(label.key));
        button.dataset.label = label.key;
        button.style.setProperty("--colour", label.colour);
      }
      this.button("Remove box", () => canvas.removeSelected());
    } else {
      this.button("Fill holes", () => canvas.fillHoles());
    }
    this.button("Undo", () => canvas.undo());
    this.button("Redo", () => canvas.redo());
    this.button("Whole picture", () => canvas.fit());
  }

  private button(name: string, press: () => void): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = name;
    button.addEventListener("click", press);
    this.tools.append(button);
    return button;
  }

  /** Which tool and label are in hand. */
  private mark(state: CanvasState): void {
    for (const button of this.tools.querySelectorAll<HTMLElement>("[data-tool], [data-label]")) {
      const { tool, label } = button.dataset;
      button.setAttribute(
        "aria-pressed",
        String(tool ? tool === state.tool : label === (state.selected ?? state.label)),
      );
    }
  }
}

function editing(data: TaskData, root: HTMLElement, form: HTMLFormElement, picture: HTMLImageElement): void {
  const edit = form.querySelector<HTMLButtonElement>("[data-edit]");
  const nothing = form.querySelector<HTMLButtonElement>("[data-nothing]");
  const revise = form.querySelector<HTMLButtonElement>("[data-revise]");
  const answer = form.querySelector<HTMLInputElement>("[name=answer]");
  const stage = root.querySelector<HTMLElement>("[data-stage]");
  if (!edit || !nothing || !revise || !answer || !stage) {
    return;
  }
  form.querySelector("[data-needs-script]")?.remove();
  const drawing = new Drawing(data, root.querySelector<HTMLElement>("[data-editor]")!);
  revise.hidden = true;
  edit.addEventListener("click", async () => {
    stage.hidden = edit.hidden = true;
    nothing.hidden = revise.hidden = false;
    await drawing.start(picture);
    root.scrollIntoView({ block: "nearest" });
  });
  nothing.addEventListener("click", () => {
    answer.value = JSON.stringify(NOTHING);
    form.requestSubmit(revise);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter === revise && answer.value === "") {
      const drawn = drawing.answer();
      answer.value = drawn ? JSON.stringify(drawn) : "";
    }
  });
}

export function openReview(root: HTMLElement): void {
  const data = JSON.parse(document.getElementById("task-data")?.textContent ?? "null") as TaskData | null;
  const stage = root.querySelector<HTMLElement>("[data-stage]");
  const picture = stage?.querySelector("img");
  if (!data || !stage || !picture) {
    return;
  }
  toggles(data, stage);
  const form = document.querySelector<HTMLFormElement>("[data-decision]");
  if (form && data.editable && data.kind !== "class") {
    editing(data, root, form, picture);
  }
}
