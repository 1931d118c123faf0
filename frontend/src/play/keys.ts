/** The keyboard of a round: labels by number, the two other answers, next, help. The canvas has keys of its own. */

import { chooseLabel, labelsOf } from "./labels";
import type { RoundSession } from "./session";

export function openHelp(): void {
  document.querySelector<HTMLDialogElement>("#help")?.showModal();
}

/** Whether a key belongs to what has the focus: text is typed, and Enter presses a button or follows a link. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target as Element | null;
  if (
    event.defaultPrevented ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector("dialog[open]")
  ) {
    return true;
  }
  if (target?.closest("textarea, select, input:not([type=range])")) {
    return true;
  }
  return event.key === "Enter" && target?.closest("button, a, summary, input") !== null;
}

export function listenForKeys(session: RoundSession): void {
  document.addEventListener("keydown", (event) => {
    if (!isTaken(event) && press(session, event.key)) {
      event.preventDefault();
    }
  });
}

/** True if the key meant something. */
export function press(session: RoundSession, key: string): boolean {
  if (key === "?") {
    openHelp();
    return true;
  }
  const label = labelsOf(session).find((each) => each.key === key);
  if (label) {
    chooseLabel(session, label.label.key);
    return true;
  }
  switch (key.toLowerCase()) {
    case "n":
      session.choose({ kind: "nothing" });
      return true;
    case "t":
      session.choose({ kind: "cannot_tell" });
      return true;
    case "enter":
      session.send();
      return true;
    default:
      return false;
  }
}
