/** What a tool is. Tools know contents and geometry, never the page: they are tried out without a browser. */

import type { Kind } from "../annotation/answers";
import type { Content, LabelledBox, Prompt, Proposals } from "../annotation/content";
import type { Box, ImagePoint, ScreenPoint, Size } from "../geometry/types";
import type { View } from "../geometry/view";

/** One finger, pen or mouse, at one moment. */
export interface Pointer {
  readonly screen: ScreenPoint;
  /** May lie outside the picture. */
  readonly image: ImagePoint;
  /** Fingers need fat targets. */
  readonly coarse: boolean;
}

/** What is under way between a pointer's going down and its lifting. `cancel` must leave nothing behind. */
export interface Gesture {
  move(pointer: Pointer): void;
  end(pointer: Pointer): void;
  cancel(): void;
  /** What a loupe should magnify: the corner that is pulled, say. Null = nothing; without this it is the finger's place. */
  focus?(): ScreenPoint | null;
}

/** What tools work on; the editor is one. */
export interface Bench {
  readonly size: Size;
  readonly view: View;
  /** Of the canvas, in CSS pixels. */
  readonly viewport: Size;
  /** As committed, without any draft. */
  readonly content: Content;
  readonly proposals: Proposals;
  readonly label: string;
  /** The box that handles and keys act on. */
  readonly selected: LabelledBox | null;
  /** The crosshair that the keyboard moves. */
  readonly cursor: ImagePoint;
  /** Radius in picture pixels at the present zoom. */
  readonly brushRadius: number;
  select(id: number | null): void;
  moveCursor(to: ImagePoint): void;
  preview(content: Content, region?: Box): void;
  rollback(): void;
  /** One step of the history; `what` goes into the trace; steps in a row about one `topic` become one step. */
  commit(content: Content, what: string, topic?: string): void;
  /** Commit a question to the assist: about the present object (`refine`) or a new one. */
  ask(question: Pick<Prompt, "box" | "points">, options: { refine: boolean; what: string; topic?: string }): void;
  panBy(dx: number, dy: number): void;
}

export interface Tool {
  readonly id: string;
  readonly name: string;
  /** What it does, in a few words for a volunteer. */
  readonly hint: string;
  /** The key that picks it. */
  readonly shortcut: string;
  readonly kinds: readonly Kind[];
  /** Of no use without the assist. */
  readonly needsAssist?: boolean;
  /** Fingers cover what they do: magnify it above them. */
  readonly loupe?: boolean;
  /** Its reach is drawn around the mouse. */
  readonly brush?: boolean;
  /** The keyboard moves a crosshair. */
  readonly crosshair?: boolean;
  /** CSS cursor. */
  readonly cursor: string;
  begin(bench: Bench, pointer: Pointer): Gesture;
  /** The CSS cursor over this place, where it differs. */
  cursorAt?(bench: Bench, at: ScreenPoint): string | null;
  /** An arrow key: (dx, dy) in picture px; `resize` with the Shift key. */
  arrow?(bench: Bench, dx: number, dy: number, resize: boolean): void;
  /** The key "a": a new box, a point under the crosshair. Enter stays with the page, which sends the answer. */
  add?(bench: Bench): void;
}
