/** Script of the staff pages. They work without it, but for drawing and for overlays. */

import "./staff.css";
import "./plots.css";
import "./batch.css";
import { openBatch } from "./batch";
import { drawGallery } from "./gallery";
import { follow } from "./progress";
import { openReview } from "./review";

/** Ask before what cannot be taken back. */
document.addEventListener("click", (event) => {
  const button = (event.target as Element | null)?.closest<HTMLElement>("[data-confirm]");
  if (button && !window.confirm(button.dataset.confirm)) {
    event.preventDefault();
  }
});

document.addEventListener("change", (event) => {
  const field = event.target as HTMLInputElement | HTMLSelectElement;
  if (field.matches("[data-submit]")) {
    field.form?.requestSubmit();
  } else if (field.matches("[data-tick-all]")) {
    for (const box of field.form?.querySelectorAll<HTMLInputElement>("input[name=task]") ?? []) {
      box.checked = (field as HTMLInputElement).checked;
    }
  } else if (field.matches("[data-tick-rest]")) {
    for (const box of field.form?.querySelectorAll<HTMLInputElement>("[data-alike] .tile ~ .tile input") ?? []) {
      box.checked = (field as HTMLInputElement).checked;
    }
  }
});

for (const form of document.querySelectorAll<HTMLFormElement>("[data-upload]")) {
  form.addEventListener("submit", () => {
    const status = form.querySelector("[data-upload-status]");
    if (status) status.textContent = "Sending the files; please keep this page open.";
  });
}

// On a phone the row of tabs is wider than the screen.
const row = document.querySelector<HTMLElement>(".tabs__row");
const tab = row?.querySelector<HTMLElement>("[aria-current]");
if (row && tab) {
  row.scrollLeft = tab.offsetLeft - (row.clientWidth - tab.offsetWidth) / 2;
}

drawGallery(document);
document.querySelectorAll<HTMLElement>("[data-poll]").forEach((place) => {
  follow(place);
});
const batch = document.querySelector<HTMLFormElement>("form[data-batch]");
if (batch) {
  openBatch(batch);
}
const review = document.querySelector<HTMLElement>("[data-review]");
if (review) {
  openReview(review);
}
