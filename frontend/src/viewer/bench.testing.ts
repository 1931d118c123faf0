/** What the tests of the editor share: a picture on a screen of round numbers, fingers and keys. */

import type { Answer } from "../annotation/answers";
import { screenPoint } from "../geometry/types";
import { Editor, type PromptRequest } from "./editor";
import type { Device, Press } from "./gestures";
import { type Key, pressKey } from "./keyboard";

/** 100 x 100 pixels on 212 x 212 CSS px: with the padding of 6, picture (x, y) lies at screen (6 + 2x, 6 + 2y). */
export const SIZE = { width: 100, height: 100 };
export const VIEWPORT = { width: 212, height: 212 };
export const LABELS = [
  { key: "rbc", name: "Red cell" },
  { key: "wbc", name: "White cell" },
];

let time = 0;
export const prompts: PromptRequest[] = [];
export const said: string[] = [];

export function editorFor(kind: "class" | "box" | "mask", initial?: Answer): Editor {
  const editor = new Editor({
    kind,
    labels: LABELS,
    onPrompt: (prompt) => prompts.push(prompt),
    onAnnounce: (sentence) => said.push(sentence),
    now: () => time,
  });
  editor.stage.resize(VIEWPORT);
  editor.load(SIZE, initial);
  return editor;
}

/** A press at picture pixel (x, y) of the fitted view. */
export function press(x: number, y: number, { id = 1, device = "touch" as Device, navigate = false } = {}): Press {
  time += 400; // slow enough not to be a double tap
  return { id, device, screen: screenPoint(6 + 2 * x, 6 + 2 * y), time, navigate };
}

export function drag(editor: Editor, path: [number, number][], options: Parameters<typeof press>[2] = {}): void {
  const [first, ...rest] = path.map(([x, y]) => press(x, y, options));
  editor.router.down(first!);
  for (const step of rest) {
    editor.router.move(step);
  }
  editor.router.up(rest.at(-1) ?? first!);
}

export function key(editor: Editor, name: string, modifiers: Partial<Key> = {}): boolean {
  const plain = { shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, repeat: false };
  return pressKey(editor, { key: name, ...plain, ...modifiers });
}

export function boxes(editor: Editor): unknown[] {
  return editor.content.boxes.map(({ x1, y1, x2, y2, label }) => [x1, y1, x2, y2, label]);
}

/** Forget what the tests before have asked and heard. */
export function startAfresh(): void {
  time = 0;
  Editor.lastSequence = 0;
  prompts.length = 0;
  said.length = 0;
}

/** A proposed mask of four pixels. */
export const SQUARE = { width: 2, height: 2, data: Uint8Array.of(1, 1, 1, 1) };
