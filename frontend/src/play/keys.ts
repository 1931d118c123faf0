/** The keyboard of a round: labels by number, the two other answers, next, help. The canvas has keys of its own. */

import { chooseLabel, labelsOf } from "./labels";
import type { RoundSession } from "./session";

export function openHelp(): void {
  document.querySelector<HTMLDialogElement>("#help")?.showModal();
}

/** Whether a key belongs to what has the focus: text is typed, and Enter presses a button or follows a link. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target as Element | null;
  if (event.defaultPrevented || document.querySelector("dialog[open]")) {
    return true;
  }
  if (target?.closest("textarea, select, input:not([type=range])")) {
    return true;
  }
  return event.key === "Enter" && target?.closest("button, a, summary, input") !== null;
}

export function listenForKeys(session: RoundSession): void {
  document.addEventListener("keydown", (event) => {
    // With Control and its like only the canvas has keys: undo and redo, wherever the focus is.
    const plain = !(event.ctrlKey || event.metaKey || event.altKey);
    if (!isTaken(event) && ((plain && press(session, event.key)) || session.canvas.pressKey(event))) {
      event.preventDefault();
    }
  });
}

/** True if the key meant something. */
export function press(session: RoundSession, key: string): boolean {
  const label = labelsOf(session).find((each) => each.key === key);
  if (label) {
    chooseLabel(session, label.label.key);
    goOnWithEnter(session);
    return true;
  }
  switch (key.toLowerCase()) {
    case "?":
      openHelp();
      return true;
    case "enter":
      session.send();
      return true;
    case "n":
    case "t":
      session.choose({ kind: key.toLowerCase() === "n" ? "nothing" : "cannot_tell" });
      goOnWithEnter(session);
      return true;
    default:
      return false;
  }
}

/** Once an answer is chosen, Enter sends it, wherever the focus was before. */
function goOnWithEnter(session: RoundSession): void {
  if (session.choice.value) {
    document.querySelector<HTMLElement>(".panel__go .button--primary")?.focus();
  }
}
