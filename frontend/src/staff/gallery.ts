/** Small pictures with their answers over them, drawn as they come into view. */

import type { Answer } from "../annotation/answers";
import { layerOf } from "./paint";

/** "cat=#112233 dog=#445566" as a map. */
export function coloursOf(text: string): Map<string, string> {
  return new Map(text.split(" ").flatMap((pair) => (pair.includes("=") ? [pair.split("=") as [string, string]] : [])));
}

function draw(picture: HTMLElement): void {
  const { answer, width, height } = picture.dataset;
  const colours = coloursOf(picture.closest<HTMLElement>("[data-labels]")?.dataset.labels ?? "");
  try {
    const size = { width: Number(width), height: Number(height) };
    const layer = layerOf(JSON.parse(answer ?? "null") as Answer, size, colours);
    if (layer) {
      picture.append(layer);
    }
  } catch {
    picture.title = "The label of this picture cannot be drawn.";
  }
}

export function drawGallery(root: ParentNode): void {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        seen.unobserve(entry.target);
        draw(entry.target as HTMLElement);
      }
    }
  });
  for (const picture of root.querySelectorAll<HTMLElement>("[data-answer]")) {
    seen.observe(picture);
  }
}
