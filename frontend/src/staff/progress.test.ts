import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow, type Job, words } from "./progress";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a job in words", () => {
  expect(words({ state: "waiting", done: 0, total: 0 })).toBe("Waiting for a worker");
  expect(words({ state: "running", done: 3, total: 12 })).toBe("3 of 12");
});

test("it shows how far the job is, survives a failed request, and loads the page anew at the end", async () => {
  const place = document.createElement("div");
  place.dataset.poll = "/job";
  place.innerHTML = "<progress></progress><p data-poll-status></p>";
  const job = (state: Job["state"], done: number): Response => Response.json({ state, done, total: 10 });
  const replies = [job("running", 4), new Response("", { status: 503 }), job("done", 10)];
  const reload = vi.fn();
  follow(place, reload, async () => replies.shift()!);
  await vi.advanceTimersByTimeAsync(500);
  expect(place.textContent).toBe("4 of 10");
  expect(place.querySelector("progress")?.value).toBe(4);
  await vi.advanceTimersByTimeAsync(1500);
  expect(reload).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(6000);
  expect(reload).toHaveBeenCalledOnce();
});
