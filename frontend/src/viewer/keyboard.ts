/** Everything but free drawing works from the keyboard. */

import { fillHoles, focusNext, removeSelected } from "./commands";
import type { Editor } from "./editor";

export interface Key {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly repeat: boolean;
}

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

const COMMANDS: Record<string, (editor: Editor) => void> = {
  "+": (editor) => zoom(editor, ZOOM_STEP),
  "=": (editor) => zoom(editor, ZOOM_STEP),
  "-": (editor) => zoom(editor, 1 / ZOOM_STEP),
  "0": (editor) => editor.stage.fit(),
  ".": (editor) => focusNext(editor),
  ",": (editor) => focusNext(editor, -1),
  "[": (editor) => editor.setBrush(editor.brush / 1.25),
  "]": (editor) => editor.setBrush(editor.brush * 1.25),
  f: (editor) => void fillHoles(editor),
  a: (editor) => editor.locked || editor.tool.add?.(editor),
  Delete: (editor) => removeSelected(editor),
  Backspace: (editor) => removeSelected(editor),
};

/** The arrow keys move by about one CSS pixel, at least one picture pixel, and faster while held. */
const HELD = 6;

export const ZOOM_STEP = 1.3;

function zoom(editor: Editor, factor: number): void {
  editor.count("zoom");
  editor.stage.zoom(factor);
}

/** Do what the key means; false when it means nothing here, so that the page may use it. */
export function pressKey(editor: Editor, event: Key): boolean {
  const used =
    event.ctrlKey || event.metaKey ? pressWithControl(editor, event) : !event.altKey && pressPlain(editor, event);
  if (used) {
    editor.touchedBy("keyboard");
  }
  return used;
}

function pressWithControl(editor: Editor, event: Key): boolean {
  const key = event.key.toLowerCase();
  if (key === "z" && !event.shiftKey) {
    editor.undo();
  } else if (key === "y" || key === "z") {
    editor.redo();
  } else {
    return false;
  }
  return true;
}

function pressPlain(editor: Editor, event: Key): boolean {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const arrow = ARROWS[key];
  if (arrow) {
    return pressArrow(editor, arrow, event);
  }
  if (key === "Escape") {
    return backOut(editor);
  }
  const tool = editor.tools.find(({ shortcut }) => shortcut === key);
  const command = COMMANDS[key];
  if (tool) {
    editor.setTool(tool.id);
  } else if (command && isOfUse(editor, key)) {
    command(editor);
  } else {
    return false;
  }
  return true;
}

function pressArrow(editor: Editor, [x, y]: readonly [number, number], event: Key): boolean {
  const step = Math.max(1, Math.round(1 / editor.view.scale)) * (event.repeat ? HELD : 1);
  const tool = editor.locked ? undefined : editor.tool;
  if (!tool?.arrow) {
    return false;
  }
  tool.arrow(editor, x * step, y * step, event.shiftKey);
  return true;
}

/** Back out of what is under way, else let go of the selection; else the key is not ours. */
function backOut(editor: Editor): boolean {
  if (editor.router.busy) {
    editor.router.abort();
  } else if (editor.selected) {
    editor.select(null);
  } else {
    return false;
  }
  return true;
}

function isOfUse(editor: Editor, key: string): boolean {
  switch (key) {
    case "f":
    case "[":
    case "]":
      return editor.kind === "mask";
    case "a":
      return editor.tool.add !== undefined;
    case ".":
    case ",":
    case "Delete":
    case "Backspace":
      return editor.kind === "box";
    default:
      return true;
  }
}
