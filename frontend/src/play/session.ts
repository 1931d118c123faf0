/**
 * What a round page holds: the flow, the outbox, the canvas and the choices made so far, as signals that the components
 * draw. Components call its methods; nothing here touches the document but the canvas and the dialogs.
 */

import { computed, effect, signal } from "@preact/signals";
import { PlayApi } from "../api/play";
import type { Assignment } from "../api/types";
import type { Answer } from "../viewer";
import { Assistance } from "./assistance";
import { CanvasControls } from "./canvas";
import type { RoundConfig } from "./config";
import { RoundFlow, type State } from "./flow";
import { type Hold, Outbox, type Refusal } from "./outbox/outbox";
import { type OutboxStore, openStore } from "./outbox/store";
import { loadPicture, prefetch } from "./pictures";
import { Practice } from "./practice";
import { Stopwatch } from "./stopwatch";

/** An answer given by a button; a drawn one lives in the canvas. */
export type Choice = { kind: "class"; label: string } | { kind: "nothing" } | { kind: "cannot_tell" };

const REFUSED: Record<Refusal, string> = {
  conflict: "One picture had been answered before, so that first answer counts. All is well.",
  gone: "One answer belonged to a picture that is no longer yours, so it was put aside.",
  invalid: "The site could not read one answer, so it was put aside. The others are safe.",
};

/** Taps right after a new picture belong to the one before. */
const SETTLE_MS = 250;
/** A second tap sooner than this is a bouncing finger, not a decision. */
const BOUNCE_MS = 150;

export class RoundSession {
  readonly config: RoundConfig;
  readonly api = new PlayApi();
  readonly flow: RoundFlow<HTMLImageElement>;
  readonly canvas: CanvasControls;
  readonly assistance: Assistance;
  /** In the practice room, what stands in for the site and its outbox. */
  readonly practice: Practice | null;

  readonly state = signal<State<HTMLImageElement>>({ name: "loading" });
  readonly unsent = signal(0);
  readonly hold = signal<Hold>(null);
  readonly choice = signal<Choice | null>(null);
  /** The answer was filled in by the site, and nobody has touched it yet. */
  readonly suggested = signal(false);
  readonly notice = signal("");

  /** Whether there is anything to send. */
  readonly hasAnswer = computed(() => this.choice.value !== null || this.hasDrawing());
  /** The task on show; it stays until the next one is there, so that nothing on the page jumps in between. */
  readonly task = signal<Assignment | null>(null);
  readonly canAnswer = computed(() => this.state.value.name === "asking");

  private readonly outbox: Outbox;
  private readonly watch = new Stopwatch();
  private shown = "";
  private shownAt = 0;
  private chosenAt = 0;
  private noticeTimer: ReturnType<typeof setTimeout> | undefined;

  static async open(config: RoundConfig): Promise<RoundSession> {
    return new RoundSession(config, await openStore());
  }

  constructor(config: RoundConfig, store: OutboxStore) {
    this.config = config;
    this.outbox = new Outbox({
      store,
      owner: config.owner,
      send: (assignment, body) => this.api.submit(assignment, body),
      onChange: (unsent, hold) => this.outboxChanged(unsent, hold),
      onRefused: (why) => this.say(REFUSED[why]),
    });
    this.practice = config.practice ? new Practice(this.api) : null;
    this.flow = new RoundFlow({
      slug: config.slug,
      api: this.practice ?? this.api,
      outbox: this.practice ?? this.outbox,
      loadPicture,
      prefetch,
      onState: (state) => this.entered(state),
      onNotice: (sentence) => this.say(sentence),
    });
    this.canvas = new CanvasControls(config.kind, config.assist, {
      onDraw: () => this.drew(),
      onPrompt: (prompt) => this.ask(prompt),
    });
    this.assistance = new Assistance(config.assist && !config.finishedRound, {
      onMask: (assignment, sequence, mask) => {
        if (assignment === this.task.value?.id) {
          this.canvas.showProposal(mask, sequence);
        }
      },
      onReturn: () => this.canvas.askAgain(),
    });
    effect(() => this.canvas.setLocked(!this.canAnswer.value));
  }

  start(): void {
    window.addEventListener("online", () => void this.outbox.drain());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.watch.pause() : this.watch.resume()));
    if (this.config.finishedRound) {
      this.state.value = { name: "finished", round: this.config.finishedRound };
      void this.outbox.drain();
    } else {
      void this.flow.start();
    }
  }

  /** Choose an answer. Choosing what is chosen already sends it: two calm taps, or Enter on the chosen button. */
  choose(choice: Choice): void {
    const now = performance.now();
    if (!this.canAnswer.value || now - this.shownAt < SETTLE_MS) {
      return;
    }
    if (isSame(choice, this.choice.value)) {
      if (this.suggested.value) {
        // The first tap makes the suggestion one's own; it takes as many taps to send it as any other answer.
        this.suggested.value = false;
        this.chosenAt = now;
      } else if (now - this.chosenAt > BOUNCE_MS) {
        this.send();
      }
      return;
    }
    this.chosenAt = now;
    this.suggested.value = false;
    this.choice.value = choice;
  }

  /** Put away what was filled in, and begin with an empty picture. */
  startAfresh(): void {
    this.canvas.clear();
    this.suggested.value = false;
    this.choice.value = null;
  }

  send(): void {
    const answer: Answer | null = this.choice.value ?? this.canvas.answer();
    if (!this.canAnswer.value) {
      return;
    }
    if (!answer) {
      this.say(HINTS[this.config.kind]);
      return;
    }
    this.watch.pause();
    const body = JSON.stringify({ answer, trace: this.canvas.trace(), client_ms: this.watch.read() });
    void this.flow.answer(body);
  }

  /** Fill what was only drawn around. */
  fill(): void {
    if (!this.canvas.fillHoles() && this.canAnswer.value) {
      this.say("Fill works on a closed outline: draw all the way round first.");
    }
  }

  skip(): void {
    void this.flow.skip();
  }

  async flag(comment: string): Promise<boolean> {
    const task = this.task.value;
    if (!task) {
      return false;
    }
    try {
      await this.api.flag(task.id, comment);
    } catch {
      this.say("The note could not be sent just now. Please check your connection and try again.");
      return false;
    }
    this.say("Thank you. Somebody will have a look at this picture.");
    return true;
  }

  /** A sentence at the edge of the page, for a few seconds. */
  say(sentence: string): void {
    clearTimeout(this.noticeTimer);
    this.notice.value = sentence;
    this.noticeTimer = setTimeout(() => {
      this.notice.value = "";
    }, 6000);
  }

  private hasDrawing(): boolean {
    return this.config.kind !== "class" && !this.canvas.state.value.empty;
  }

  private drew(): void {
    this.suggested.value = false;
    // Drawing says that something is here, whatever button was pressed before.
    if (this.hasDrawing()) {
      this.choice.value = null;
    }
  }

  private ask(prompt: Parameters<Assistance["ask"]>[1]): void {
    const task = this.task.value;
    if (task) {
      this.assistance.ask(task.id, prompt);
    }
  }

  private entered(state: State<HTMLImageElement>): void {
    if ("task" in state) {
      this.task.value = state.task;
    }
    // The same task again, after a skip that failed, keeps what was drawn.
    if (state.name === "asking" && state.task.id !== this.shown) {
      this.show(state);
    }
    this.state.value = state;
    if (state.name === "finished" && !this.practice) {
      // A reload shows the same summary instead of beginning a new round.
      history.replaceState(null, "", this.config.urls.round.replace("ROUND", state.round));
    }
  }

  private show({ task, picture }: Extract<State<HTMLImageElement>, { name: "asking" }>): void {
    this.shown = task.id;
    this.choice.value = null;
    this.canvas.show(task, picture);
    this.choice.value = choiceOf(task.proposal);
    this.suggested.value = task.proposal !== undefined;
    this.shownAt = performance.now();
    this.watch.restart();
  }

  private outboxChanged(unsent: number, hold: Hold): void {
    this.unsent.value = unsent;
    this.hold.value = hold;
    this.flow.outboxChanged(unsent, hold);
  }
}

const HINTS = {
  class: "Choose what you see first, then press Next.",
  box: "Draw a box first, or choose “Nothing here”.",
  mask: "Mark it on the picture first, or choose “Nothing here”.",
} as const;

/** A proposal that a button shows; one that is drawn is the canvas's. */
function choiceOf(proposal: Assignment["proposal"]): Choice | null {
  return proposal?.kind === "class" || proposal?.kind === "nothing" ? proposal : null;
}

function isSame(a: Choice, b: Choice | null): boolean {
  return a.kind === b?.kind && (a.kind !== "class" || b?.kind !== "class" || a.label === b.label);
}
