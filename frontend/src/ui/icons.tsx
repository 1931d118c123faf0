/** The few icons of the round page, drawn as strokes in the colour of the text. */

const PATHS = {
  close: "M6 6l12 12M18 6 6 18",
  help: "M9.2 9a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.2-1.5 2.4M12 17.6v.1",
  flag: "M6 21V4m0 1c5-3 7 3 12 0v9c-5 3-7-3-12 0",
  undo: "M8 5 4 9l4 4M4 9h9a6 6 0 0 1 0 12h-3",
  redo: "m16 5 4 4-4 4m4-4h-9a6 6 0 0 0 0 12h3",
  box: "M5 5h14v14H5z",
  assist:
    "M4 9V5a1 1 0 0 1 1-1h4m6 0h4a1 1 0 0 1 1 1v4m0 6v4a1 1 0 0 1-1 1h-4m-6 0H5a1 1 0 0 1-1-1v-4m5.5-2.5c0-3 5-3.5 5.5-.5s-1 4-3 4-2.5-1.5-2.5-3.5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  brush: "M14 4l6 6-8.5 8.5c-1.5 1.5-4 1.5-7.5 1.5 0-3.5 0-6 1.5-7.5z",
  eraser: "m13 5 6 6-8 8H7l-3-3 9-11zM9 10l6 6M6 21h14",
  pan: "M12 3v18M3 12h18M9.5 5.5 12 3l2.5 2.5M9.5 18.5 12 21l2.5-2.5M5.5 9.5 3 12l2.5 2.5M18.5 9.5 21 12l-2.5 2.5",
  bin: "M5 7h14M10 4h4M7 7l1 13h8l1-13M10.5 11v5M13.5 11v5",
  contrast: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  fill: "M5 13a8 5.5 0 1 0 14-3.5M19 9.5C17 6 9 5 6 9.5c-.8 1.2-1 2.3-1 3.5M8 13h8M9 15.5h6M10 10.5h5",
  fit: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  check: "m5 12.5 4.5 4.5L19 7",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      aria-hidden="true"
      focusable="false"
      fill={name === "contrast" ? "currentColor" : "none"}
      fill-opacity={name === "contrast" ? "0.35" : undefined}
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
