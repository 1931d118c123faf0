import { describe, expect, it } from "vitest";
import { imagePoint } from "../geometry/types";
import { BLANK, composite, PAINTED, type Prompt } from "./content";
import { TraceRecorder } from "./trace";

const SIZE = { width: 4, height: 1 };
const VIEW = { width: 390, height: 500, ratio: 2 };

function prompt(sequence: number): Prompt {
  return {
    sequence,
    refines: null,
    box: { x1: 0.123456, y1: 0, x2: 3, y2: 1 },
    points: [{ at: imagePoint(1.5, 0.5), positive: false }],
  };
}

describe("the trace", () => {
  it("tells what was asked, what was proposed and what the hand made of it", () => {
    let time = 1000;
    const recorder = new TraceRecorder(() => time);
    time = 1500;
    recorder.prompted(prompt(1));
    time = 1560;
    recorder.proposed(1);
    const proposals = new Map([[1, { x: 1, y: 0, mask: { width: 2, height: 1, data: Uint8Array.of(1, 1) } }]]);
    const hand = { ...SIZE, data: Uint8Array.of(PAINTED, 2, 0, 0) };
    const content = { ...BLANK, hand, prompts: [prompt(1)] };
    time = 4000;
    const trace = recorder.summary(content, proposals, composite(content, proposals, SIZE), VIEW);
    expect(trace.assisted).toBe(true);
    expect(trace.assist).toEqual({
      prompts: [{ sequence: 1, box: [0.12, 0, 3, 1], points: [[1.5, 0.5, 0]], at: 500, answered: 60 }],
      unlisted: 0,
      used: [1],
      added: 1, // the first pixel
      removed: 1, // the second
      iou: 0.3333, // one pixel of three
    });
    expect(trace.total_ms).toBe(3000);
    expect(trace.view).toEqual(VIEW);
  });

  it("says so when no proposal is behind the answer", () => {
    const recorder = new TraceRecorder(() => 0);
    recorder.prompted(prompt(1));
    const mask = { ...SIZE, data: Uint8Array.of(1, 0, 0, 0) };
    const trace = recorder.summary({ ...BLANK, prompts: [prompt(1)] }, new Map(), mask, VIEW);
    expect(trace.assisted).toBe(false);
    expect(trace.assist.used).toEqual([]);
    expect(trace.assist.iou).toBeNull();
  });

  it("names the request that was served when a prompt went out twice", () => {
    const recorder = new TraceRecorder(() => 0);
    recorder.prompted(prompt(1));
    recorder.prompted(prompt(1), 2);
    recorder.proposed(1, 2);
    const proposals = new Map([[1, { x: 0, y: 0, mask: { width: 1, height: 1, data: Uint8Array.of(1) } }]]);
    const content = { ...BLANK, prompts: [prompt(1)] };
    const trace = recorder.summary(content, proposals, composite(content, proposals, SIZE), VIEW);
    expect(trace.assist.used).toEqual([2]);
    expect(trace.assist.prompts.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it("counts, and remembers when the first change came", () => {
    let time = 0;
    const recorder = new TraceRecorder(() => time);
    recorder.count("brush");
    recorder.count("brush");
    recorder.touchedBy("touch");
    time = 700;
    recorder.changed();
    time = 900;
    recorder.changed();
    const trace = recorder.summary(BLANK, new Map(), null, VIEW);
    expect(trace.counts).toEqual({ brush: 2 });
    expect(trace.input).toEqual({ touch: 1 });
    expect(trace.first_ms).toBe(700);
  });

  it("stays small however long somebody goes on", () => {
    const recorder = new TraceRecorder(() => 0);
    for (let sequence = 1; sequence <= 5000; sequence++) {
      recorder.prompted(prompt(sequence));
      recorder.count(`deed ${sequence}`);
    }
    const trace = recorder.summary(BLANK, new Map(), null, VIEW);
    expect(trace.assist.prompts).toHaveLength(64);
    expect(trace.assist.unlisted).toBe(4936);
    expect(JSON.stringify(trace).length).toBeLessThan(10_000);
  });
});
