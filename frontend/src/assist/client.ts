/**
 * Drawing help over a socket: a box or points go out, a mask comes back. One prompt is under way at a time and the newest
 * of those that wait follows it, so that dragging a box floods nobody. Without help one goes on by hand: after a few
 * seconds without an answer the state says so, and the next prompt tries again.
 */

import type { Rle } from "../geometry/rle";

export type AssistState =
  /** The socket is not open yet, and nobody waits for it. */
  | "connecting"
  | "ready"
  /** A prompt waits for its mask. */
  | "thinking"
  /** No help just now. */
  | "away";

export interface WirePrompt {
  sequence: number;
  /** [x1, y1, x2, y2] and [x, y, 1 inside | 0 outside] in pixels of the served picture. */
  box: readonly number[] | null;
  points: readonly (readonly number[])[];
}

/** A mask whose top left corner lies at pixel (x, y) of the served picture. */
export interface WireMask {
  x: number;
  y: number;
  rle: Rle;
}

/** What of a `WebSocket` is needed. */
export interface Socket {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface AssistOptions {
  url: string;
  /** For clients without the site's session. */
  token?: string;
  onMask: (assignment: string, sequence: number, mask: WireMask) => void;
  onState?: (state: AssistState) => void;
  /** A sentence of the server about a prompt that it could not take. */
  onError?: (message: string) => void;
  open?: (url: string) => Socket;
}

interface Ask extends WirePrompt {
  assignment: string;
}

const ANSWER_MS = 3000;
const BACKOFF_MS = [500, 1000, 2000, 4000, 8000, 15000];
const OPEN = 1; // WebSocket.OPEN
const UNKNOWN_PERSON = 4401; // trying again would not help

export class AssistClient {
  private readonly options: AssistOptions;
  private socket: Socket | null = null;
  private current: AssistState = "connecting";
  private asked: Ask | null = null;
  private next: Ask | null = null;
  private failures = 0;
  private closed = false;
  private answerTimer: ReturnType<typeof setTimeout> | undefined;
  private connectTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AssistOptions) {
    this.options = options;
    globalThis.addEventListener?.("online", this.hurry);
    this.connect();
  }

  get state(): AssistState {
    return this.current;
  }

  /** Ask about a task. A prompt that waits behind another one is replaced. */
  prompt(assignment: string, prompt: WirePrompt): void {
    const { sequence, box, points } = prompt;
    const ask: Ask = { assignment, sequence, box, points };
    if (this.asked?.assignment === assignment || this.asked === null) {
      this.next = ask;
    } else {
      // The picture has changed: nobody wants the old answer.
      this.settle();
      this.next = ask;
    }
    this.hurry();
    this.sendNext();
  }

  close(): void {
    this.closed = true;
    globalThis.removeEventListener?.("online", this.hurry);
    clearTimeout(this.answerTimer);
    clearTimeout(this.connectTimer);
    this.socket?.close();
    this.socket = null;
  }

  /** Connect now rather than after the pause. */
  private readonly hurry = (): void => {
    if (!this.closed && !this.socket) {
      clearTimeout(this.connectTimer);
      this.connect();
    }
  };

  private connect(): void {
    let socket: Socket;
    try {
      socket = (this.options.open ?? ((url) => new WebSocket(url) as unknown as Socket))(this.options.url);
    } catch {
      this.lost(0); // a browser or proxy that allows no sockets
      return;
    }
    this.socket = socket;
    socket.onopen = () => this.opened();
    socket.onmessage = ({ data }) => this.received(data);
    socket.onclose = ({ code }) => {
      if (this.socket === socket) {
        this.lost(code);
      }
    };
  }

  private opened(): void {
    this.failures = 0;
    if (this.options.token) {
      this.socket?.send(JSON.stringify({ type: "hello", token: this.options.token }));
    }
    if (this.asked) {
      this.transmit(this.asked); // its answer was lost with the old connection
    } else if (!this.next) {
      this.enter("ready");
    }
    this.sendNext();
  }

  private lost(code: number): void {
    this.socket = null;
    if (this.closed) {
      return;
    }
    if (code === UNKNOWN_PERSON) {
      this.giveUp();
      return;
    }
    const pause = BACKOFF_MS[Math.min(this.failures, BACKOFF_MS.length - 1)]!;
    this.failures++;
    if (this.current === "ready") {
      this.enter("connecting");
    } else if (this.failures > 2 && !this.asked && !this.next) {
      this.enter("away");
    }
    // Spread out: after a restart of the server not everybody comes at once.
    this.connectTimer = setTimeout(() => this.connect(), pause * (0.75 + Math.random() / 2));
  }

  private sendNext(): void {
    const ask = this.next;
    if (!ask || this.asked) {
      return;
    }
    this.enter("thinking");
    if (this.answerTimer === undefined) {
      this.wait();
    }
    if (this.socket?.readyState === OPEN) {
      this.next = null;
      this.asked = ask;
      this.transmit(ask);
    }
  }

  /** Give the server its time, from now on. */
  private wait(): void {
    clearTimeout(this.answerTimer);
    this.answerTimer = setTimeout(() => this.unheard(), ANSWER_MS);
  }

  private transmit(ask: Ask): void {
    this.socket?.send(JSON.stringify({ type: "prompt", ...ask }));
  }

  private received(data: unknown): void {
    const message = parse(data);
    const { asked } = this;
    if (message?.type === "waiting" && asked && message.assignment === asked.assignment) {
      this.wait(); // many ask at once, or the model is a large one: the worker is alive
      return;
    }
    if (message?.type === "error" && typeof message.message === "string") {
      this.options.onError?.(message.message);
    }
    if (!asked || message?.assignment !== asked.assignment || message.sequence !== asked.sequence) {
      return; // late, or about nothing that we wait for
    }
    if (message.type === "mask") {
      this.options.onMask(asked.assignment, asked.sequence, message.mask as WireMask);
    }
    if (message.type === "unavailable") {
      this.giveUp();
    } else {
      this.settle();
      this.enter("ready");
      this.sendNext();
    }
  }

  /** Nothing is under way any more. */
  private settle(): void {
    clearTimeout(this.answerTimer);
    this.answerTimer = undefined;
    this.asked = null;
  }

  /**
   * Not a word in time. The server answers every prompt sooner, if only that it has no help: an open socket without one
   * is dead (a phone changed networks) and would stay so for minutes, so another takes its place.
   */
  private unheard(): void {
    const dead = this.asked && this.socket?.readyState === OPEN ? this.socket : null;
    if (dead) {
      this.socket = null;
      dead.close();
    }
    this.giveUp();
    if (dead) {
      this.lost(0);
    }
  }

  /** No answer in time, or the server says that it has none: go on by hand. A newer prompt still gets its chance. */
  private giveUp(): void {
    const wasSent = this.asked !== null;
    this.settle();
    if (!wasSent) {
      this.next = null;
    }
    this.enter("away");
    this.sendNext();
  }

  private enter(state: AssistState): void {
    if (state !== this.current) {
      this.current = state;
      this.options.onState?.(state);
    }
  }
}

function parse(data: unknown): Record<string, unknown> | null {
  try {
    const message: unknown = JSON.parse(String(data));
    return typeof message === "object" && message !== null ? (message as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
