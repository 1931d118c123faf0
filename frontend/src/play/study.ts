/** A study's question: the keys 1 and 2, how long an answer took, and one answer a question. It works without this. */

/** Milliseconds from the moment all pictures of the form are there to now; null before. */
export function watch(form: HTMLFormElement, now: () => number = () => performance.now()): () => number | null {
  let since: number | null = null;
  const pictures = [...form.querySelectorAll("img")];
  void Promise.all(pictures.map((picture) => picture.decode().catch(() => undefined))).then(() => {
    since = now();
  });
  return () => (since === null ? null : Math.round(now() - since));
}

/** The button that a key stands for. */
export function buttonOf(form: HTMLFormElement, key: string): HTMLButtonElement | null {
  const place = { ArrowLeft: "1", ArrowRight: "2" }[key] ?? key;
  return [...form.querySelectorAll<HTMLButtonElement>("button[data-key]")].find((b) => b.dataset.key === place) ?? null;
}

export function followStudy(root: Document = document): void {
  const form = root.querySelector<HTMLFormElement>("form[data-study]");
  if (!form) {
    return;
  }
  const elapsed = watch(form);
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    const field = form.elements.namedItem("client_ms") as HTMLInputElement | null;
    if (field) {
      field.value = elapsed()?.toString() ?? "";
    }
  });
  root.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey || event.altKey || event.repeat)) {
      buttonOf(form, event.key)?.click();
    }
  });
  // Back from the next question: the browser may show this page as it was, already sent.
  root.defaultView?.addEventListener("pageshow", () => {
    sent = false;
  });
}
