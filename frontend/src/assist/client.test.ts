import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AssistClient, type AssistState, type Socket, type WireMask } from "./client";

/** The other end of the wire: what the server would see and say. */
class Line implements Socket {
  static lines: Line[] = [];
  readyState = 0;
  sent: Record<string, unknown>[] = [];
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;

  constructor() {
    Line.lines.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.drop(1000);
  }

  accept(): this {
    this.readyState = 1;
    this.onopen?.(undefined as never);
    return this;
  }

  say(message: unknown): void {
    this.onmessage?.({ data: typeof message === "string" ? message : JSON.stringify(message) });
  }

  drop(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }
}

const MASK: WireMask = { x: 3, y: 4, rle: { size: [2, 2], counts: "04" } };
const BOX = [1, 2, 3, 4];
let states: AssistState[];
let masks: [string, number, WireMask][];
let clients: AssistClient[];

function client(token?: string): AssistClient {
  const made = new AssistClient({
    url: "ws://here/ws/assist/",
    token,
    open: () => new Line(),
    onMask: (...mask) => masks.push(mask),
    onState: (state) => states.push(state),
  });
  clients.push(made);
  return made;
}

function line(): Line {
  return Line.lines.at(-1)!;
}

function prompt(sequence: number) {
  return { sequence, box: BOX, points: [] };
}

function sequences(): unknown[] {
  return line().sent.map(({ sequence }) => sequence);
}

beforeEach(() => {
  vi.useFakeTimers();
  Line.lines = [];
  [states, masks, clients] = [[], [], []];
});

afterEach(() => {
  for (const each of clients) {
    each.close();
  }
  vi.useRealTimers();
});

describe("the assist's client", () => {
  it("sends a prompt and hands over its mask", () => {
    const assist = client();
    line().accept();
    assist.prompt("a", prompt(1));
    expect(line().sent).toEqual([{ type: "prompt", assignment: "a", sequence: 1, box: BOX, points: [] }]);
    expect(assist.state).toBe("thinking");
    line().say({ type: "mask", assignment: "a", sequence: 1, mask: MASK });
    expect(masks).toEqual([["a", 1, MASK]]);
    expect(states).toEqual(["ready", "thinking", "ready"]);
  });

  it("says who one is where there is a token", () => {
    client("secret");
    line().accept();
    expect(line().sent).toEqual([{ type: "hello", token: "secret" }]);
  });

  it("keeps one prompt under way, and of those that wait the newest", () => {
    const assist = client();
    line().accept();
    for (const sequence of [1, 2, 3, 4]) {
      assist.prompt("a", prompt(sequence));
    }
    expect(sequences()).toEqual([1]);
    line().say({ type: "mask", assignment: "a", sequence: 1, mask: MASK });
    expect(sequences()).toEqual([1, 4]);
    expect(assist.state).toBe("thinking");
  });

  it("sends what was drawn before the socket opened", () => {
    const assist = client();
    assist.prompt("a", prompt(1));
    expect(line().sent).toEqual([]);
    line().accept();
    expect(sequences()).toEqual([1]);
  });

  it("is away after three seconds without a word, and tries another connection", () => {
    const assist = client();
    line().accept();
    assist.prompt("a", prompt(1));
    vi.advanceTimersByTime(2999);
    expect(assist.state).toBe("thinking");
    vi.advanceTimersByTime(1);
    expect(assist.state).toBe("away");
    const dead = line();
    assist.prompt("a", prompt(2));
    expect(Line.lines).toHaveLength(2);
    line().accept();
    expect(sequences()).toEqual([2]);
    dead.say({ type: "mask", assignment: "a", sequence: 1, mask: MASK }); // too late
    line().say({ type: "mask", assignment: "a", sequence: 2, mask: MASK });
    expect(masks).toEqual([["a", 2, MASK]]);
    expect(assist.state).toBe("ready");
  });

  it("is back by itself once another connection stands", () => {
    const assist = client();
    line().accept();
    assist.prompt("a", prompt(1));
    vi.advanceTimersByTime(3000);
    vi.advanceTimersByTime(1000);
    expect(Line.lines).toHaveLength(2);
    line().accept();
    expect(assist.state).toBe("ready");
  });

  it("waits on while the server says that it is busy", () => {
    const assist = client();
    line().accept();
    assist.prompt("a", prompt(1));
    vi.advanceTimersByTime(2500);
    line().say({ type: "waiting", assignment: "a", prompt: 1, position: 4, seconds: 2 });
    vi.advanceTimersByTime(2500);
    expect(assist.state).toBe("thinking");
    line().say({ type: "mask", assignment: "a", sequence: 1, mask: MASK });
    expect(masks).toEqual([["a", 1, MASK]]);
  });

  it("is away when there is no connection for three seconds", () => {
    const assist = client();
    assist.prompt("a", prompt(1));
    vi.advanceTimersByTime(3000);
    expect(assist.state).toBe("away");
  });

  it("is away at once when the server says so", () => {
    const assist = client();
    line().accept();
    assist.prompt("a", prompt(1));
    line().say({ type: "unavailable", assignment: "a", sequence: 1, reason: "no worker" });
    expect(assist.state).toBe("away");
  });

  it("goes on after an error, and passes its sentence on", () => {
    const onError = vi.fn();
    const assist = new AssistClient({ url: "", open: () => new Line(), onMask: vi.fn(), onError });
    clients.push(assist);
    line().accept();
    assist.prompt("a", prompt(1));
    line().say({ type: "error", assignment: "a", sequence: 1, message: "The box is too small." });
    expect(onError).toHaveBeenCalledWith("The box is too small.");
    expect(assist.state).toBe("ready");
  });

  it("connects again, and asks again for what was under way", () => {
    const assist = client();
    line().accept();
    assist.prompt("a", prompt(1));
    line().drop();
    vi.advanceTimersByTime(1000);
    expect(Line.lines).toHaveLength(2);
    line().accept();
    expect(sequences()).toEqual([1]);
    line().say({ type: "mask", assignment: "a", sequence: 1, mask: MASK });
    expect(masks).toHaveLength(1);
  });

  it("waits longer from one failure to the next", () => {
    client();
    for (let attempt = 0; attempt < 4; attempt++) {
      line().drop();
      vi.advanceTimersByTime(700 * 2 ** attempt);
    }
    expect(Line.lines).toHaveLength(5);
    line().drop();
    vi.advanceTimersByTime(5000);
    expect(Line.lines).toHaveLength(5);
  });

  it("does not wait when somebody asks, or when the network is back", () => {
    const assist = client();
    line().drop();
    assist.prompt("a", prompt(1));
    expect(Line.lines).toHaveLength(2);
    line().drop();
    window.dispatchEvent(new Event("online"));
    expect(Line.lines).toHaveLength(3);
  });

  it("forgets the prompt of a picture that is gone", () => {
    const assist = client();
    line().accept();
    assist.prompt("a", prompt(1));
    assist.prompt("b", prompt(2));
    expect(sequences()).toEqual([1, 2]);
    line().say({ type: "mask", assignment: "a", sequence: 1, mask: MASK });
    expect(masks).toEqual([]);
  });

  it("gives up where it is not known", () => {
    const assist = client();
    line().accept().drop(4401);
    vi.advanceTimersByTime(60_000);
    expect(Line.lines).toHaveLength(1);
    expect(assist.state).toBe("away");
  });

  it("is not confused by strange messages", () => {
    const assist = client();
    line().accept();
    assist.prompt("a", prompt(1));
    for (const message of ["", "null", "[]", "{", { type: "mask" }, { type: "late", assignment: "a", sequence: 0 }]) {
      line().say(message);
    }
    expect(assist.state).toBe("thinking");
    expect(masks).toEqual([]);
  });

  it("stays closed", () => {
    const assist = client();
    line().accept();
    assist.close();
    vi.advanceTimersByTime(60_000);
    expect(Line.lines).toHaveLength(1);
  });
});
