/** Help with drawing: prompts go out over the socket, proposed masks come back, and people are told when none will. */

import { signal } from "@preact/signals";
import { AssistClient, type AssistState } from "../assist/client";
import type { PromptRequest, Proposal } from "../viewer";

export interface AssistanceEvents {
  onMask: (assignment: string, sequence: number, mask: Proposal) => void;
  /** Help was away and is back. */
  onReturn: () => void;
}

const NOTES: Partial<Record<AssistState, string>> = {
  thinking: "Filling in the shape …",
  away: "Drawing help is away just now. The brush works as ever.",
};

export class Assistance {
  /** What to say about it over the picture; "" as long as all is well. */
  readonly note = signal("");

  private readonly events: AssistanceEvents;
  private readonly client: AssistClient | null;
  private wasAway = false;

  constructor(offered: boolean, events: AssistanceEvents) {
    this.events = events;
    this.client = offered ? this.connect() : null;
  }

  ask(assignment: string, prompt: PromptRequest): void {
    this.client?.prompt(assignment, prompt);
  }

  private connect(): AssistClient {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    return new AssistClient({
      url: `${scheme}://${location.host}/ws/assist/`,
      onMask: this.events.onMask,
      onState: (state) => this.entered(state),
    });
  }

  private entered(state: AssistState): void {
    this.note.value = NOTES[state] ?? "";
    if (state === "away") {
      this.wasAway = true;
    } else if (state === "ready" && this.wasAway) {
      this.wasAway = false;
      this.events.onReturn();
    }
  }
}
