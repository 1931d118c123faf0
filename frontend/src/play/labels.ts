/** Labels of the task on show, with the key of each: its own shortcut, else its number. */

import type { Label } from "../api/types";
import type { RoundSession } from "./session";

export interface KeyedLabel {
  label: Label;
  /** "" where no key is left. */
  key: string;
}

export function keyed(labels: Label[]): KeyedLabel[] {
  return labels.map((label, index) => ({ label, key: label.shortcut || (index < 9 ? String(index + 1) : "") }));
}

export function labelsOf(session: RoundSession): KeyedLabel[] {
  return keyed(session.task.value?.question.labels ?? []);
}

/** In class tasks a label is the answer; in box tasks it is what the next box is called. */
export function chooseLabel(session: RoundSession, key: string): void {
  if (session.config.kind === "class") {
    session.choose({ kind: "class", label: key });
  } else if (session.config.kind === "box") {
    session.canvas.setLabel(key);
  }
}
