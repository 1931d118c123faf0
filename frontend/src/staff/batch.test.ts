import { expect, test, vi } from "vitest";
import { nextPlace, openBatch } from "./batch";

test("arrows go through a grid of three columns and stay within it", () => {
  const tops = [0, 0, 0, 90, 90];
  const after = (key: string, at: number) => nextPlace(key, at, tops);
  expect([after("ArrowRight", 0), after("ArrowDown", 1), after("ArrowUp", 4), after("ArrowLeft", 3)]).toEqual([
    1, 4, 1, 2,
  ]);
  expect([after("ArrowLeft", 0), after("ArrowDown", 2), after("ArrowRight", 4)]).toEqual([0, 2, 4]);
});

test("x leaves the picture out that has the focus, a approves", () => {
  document.body.innerHTML = `<form><div class="tile"><input type="checkbox" name="task"></div>
    <div class="tile"><input type="checkbox" name="task"></div>
    <button type="button" value="approve">Approve<span data-left-out></span></button></form>`;
  const form = document.querySelector("form")!;
  const approved = vi.fn();
  form.querySelector("button")!.addEventListener("click", approved);
  openBatch(form);
  for (const key of ["ArrowRight", "ArrowRight", "x", "a"]) {
    document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  }
  const ticked = [...form.querySelectorAll("input")].map((box) => box.checked);
  expect(ticked).toEqual([false, true]);
  expect(form.querySelector("[data-left-out]")!.textContent).toBe(" (1)");
  expect(approved).toHaveBeenCalledOnce();
});
