import { expect, it, vi } from "vitest";
import type { RoundConfig } from "./config";
import { listenForKeys } from "./keys";
import { MemoryStore } from "./outbox/store";
import { RoundSession } from "./session";

const config = { slug: "cells", title: "Cells", kind: "box", assist: false, owner: "Calm Ruby 1" } as RoundConfig;

it("hands Control and Z to the canvas wherever the focus is, and Control and N to the browser", () => {
  const session = new RoundSession(config, new MemoryStore());
  const seen = vi.spyOn(session.canvas, "pressKey").mockImplementation(({ key }) => key === "z");
  const chosen = vi.spyOn(session, "choose");
  listenForKeys(session);
  const [undo, fresh] = ["z", "n"].map((key) => {
    const event = new KeyboardEvent("keydown", { key, ctrlKey: true, bubbles: true, cancelable: true });
    document.body.dispatchEvent(event);
    return event;
  });
  expect(seen.mock.calls.map(([event]) => event.key)).toEqual(["z", "n"]);
  expect([undo?.defaultPrevented, fresh?.defaultPrevented]).toEqual([true, false]);
  expect(chosen).not.toHaveBeenCalled();
});
