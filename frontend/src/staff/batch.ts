/** The keys of a batch's page: arrows go from picture to picture, x leaves one out, a approves the others. */

/** Which of the pictures comes next; `tops`: at what height each lies, row by row. */
export function nextPlace(key: string, at: number, tops: readonly number[]): number {
  const columns = tops.filter((top) => top === tops[0]).length;
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key] ?? 0;
  const place = at + step;
  return place >= 0 && place < tops.length ? place : at;
}

export function openBatch(form: HTMLFormElement): void {
  const boxes = [...form.querySelectorAll<HTMLInputElement>("input[name=task]")];
  const approve = form.querySelector<HTMLButtonElement>("button[value=approve]");
  const count = form.querySelector<HTMLElement>("[data-left-out]");
  const tell = (): void => {
    const out = boxes.filter((box) => box.checked).length;
    if (count) count.textContent = out > 0 ? ` (${out})` : "";
  };
  form.addEventListener("change", tell);
  tell(); // a browser that goes back keeps what was ticked

  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLElement && event.target.matches("input:not([type=checkbox]), textarea");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || boxes.length === 0) {
      return;
    }
    const at = boxes.indexOf(document.activeElement as HTMLInputElement);
    if (event.key.startsWith("Arrow")) {
      const tops = boxes.map((box) => box.closest<HTMLElement>(".tile")?.offsetTop ?? 0);
      const box = boxes[at < 0 ? 0 : nextPlace(event.key, at, tops)];
      box?.focus({ preventScroll: true });
      box?.closest(".tile")?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "x" && at >= 0) {
      boxes[at]?.click();
    } else if (event.key === "a") {
      approve?.click();
    } else {
      return;
    }
    event.preventDefault();
  });
}
