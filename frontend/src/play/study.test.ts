import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { buttonOf, followStudy, watch } from "./study";

const FORM = `<form data-study><input type="hidden" name="client_ms" value=""><img src="data:,">
  <button name="answer" value="first" data-key="1">The first</button>
  <button name="answer" value="second" data-key="2">The second</button></form>`;

function form(): HTMLFormElement {
  return document.querySelector("form") as HTMLFormElement;
}

beforeEach(() => {
  document.body.innerHTML = FORM;
  HTMLImageElement.prototype.decode = () => Promise.resolve();
});

afterEach(() => {
  document.body.innerHTML = "";
});

describe("a question of a study", () => {
  it("answers by number and by arrow", () => {
    expect(buttonOf(form(), "2")?.value).toBe("second");
    expect(buttonOf(form(), "ArrowLeft")?.value).toBe("first");
    expect(buttonOf(form(), "3")).toBeNull();
  });

  it("counts from the moment the pictures are there", async () => {
    let clock = 1000;
    const elapsed = watch(form(), () => clock);
    expect(elapsed()).toBeNull();
    await Promise.resolve();
    await new Promise((resolve) => setTimeout(resolve));
    clock = 1450.4;
    expect(elapsed()).toBe(450);
  });

  it("sends one answer, with its time", async () => {
    followStudy();
    await new Promise((resolve) => setTimeout(resolve));
    const sent = vi.fn();
    form().addEventListener("submit", (event) => {
      if (!event.defaultPrevented) sent((form().elements.namedItem("client_ms") as HTMLInputElement).value);
      event.preventDefault();
    });
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "1" }));
    document.dispatchEvent(new KeyboardEvent("keydown", { key: "2" }));
    expect(sent).toHaveBeenCalledTimes(1);
    expect(sent.mock.calls[0]?.[0]).toMatch(/^\d+$/);
  });
});
