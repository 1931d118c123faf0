/** Labels and tools of drawing questions. Undo is always in sight. */

import { useState } from "preact/hooks";
import { Icon, type IconName } from "../ui/icons";
import { FULL_WINDOW } from "./canvas";
import { chooseLabel, labelsOf } from "./labels";
import { Swatch } from "./Panel";
import type { RoundSession } from "./session";

const ICONS: Record<string, IconName> = {
  box: "box",
  "assist-box": "assist",
  plus: "plus",
  minus: "minus",
  brush: "brush",
  eraser: "eraser",
  pan: "pan",
};

/** Shorter than the tools' own names; what a tool does is in its title. */
const WORDS: Record<string, string> = { plus: "Add", minus: "Remove", pan: "Move" };

export function Toolbar({ session }: { session: RoundSession }) {
  const { canvas } = session;
  const state = canvas.state.value;
  const [adjusting, setAdjusting] = useState(false);
  const isPainting = ["brush", "eraser"].includes(state.tool);
  return (
    <>
      {session.config.kind === "box" && <LabelChips session={session} />}
      <div class="tools" role="toolbar" aria-label="Tools">
        {canvas.tools.value.map((tool) => (
          <button
            type="button"
            key={tool.id}
            class="tool"
            aria-pressed={state.tool === tool.id}
            title={`${tool.hint} (${tool.shortcut.toUpperCase()})`}
            onClick={() => canvas.setTool(tool.id)}
          >
            <Icon name={ICONS[tool.id] ?? "box"} />
            <span>{WORDS[tool.id] ?? tool.name}</span>
          </button>
        ))}
        <Command icon="undo" text="Undo" off={!state.canUndo} run={() => canvas.undo()} />
        <Command icon="redo" text="Redo" off={!state.canRedo} run={() => canvas.redo()} />
        {session.config.kind === "box" ? (
          <Command icon="bin" text="Delete" off={state.selected === null} run={() => canvas.removeSelected()} />
        ) : (
          <>
            <Command
              icon="fill"
              text="Fill"
              hint="Fill a closed outline (F)"
              off={state.empty}
              run={() => session.fill()}
            />
            <button
              type="button"
              class="tool"
              title="Brightness and contrast"
              aria-expanded={adjusting}
              onClick={() => setAdjusting(!adjusting)}
            >
              <Icon name="contrast" />
              <span>Light</span>
            </button>
          </>
        )}
      </div>
      {isPainting && !adjusting && <BrushSize session={session} />}
      {adjusting && <Contrast session={session} />}
    </>
  );
}

interface CommandProps {
  icon: IconName;
  text: string;
  hint?: string;
  off: boolean;
  run: () => void;
}

function Command({ icon, text, hint, off, run }: CommandProps) {
  return (
    <button type="button" class="tool" title={hint} aria-disabled={off} onClick={() => !off && run()}>
      <Icon name={icon} />
      <span>{text}</span>
    </button>
  );
}

function LabelChips({ session }: { session: RoundSession }) {
  const labels = labelsOf(session);
  if (labels.length < 2) {
    return null;
  }
  return (
    <fieldset class="chips">
      <legend class="visually-hidden">Label of the next box</legend>
      {labels.map(({ label, key }) => (
        <button
          type="button"
          key={label.key}
          class="chip"
          aria-pressed={session.canvas.state.value.label === label.key}
          onClick={() => chooseLabel(session, label.key)}
        >
          <Swatch colour={label.colour} />
          {label.name}
          {key && (
            <span class="key" aria-hidden="true">
              {key}
            </span>
          )}
        </button>
      ))}
    </fieldset>
  );
}

function BrushSize({ session }: { session: RoundSession }) {
  const { canvas } = session;
  return (
    <div class="sliders">
      <label for="brush-size">Size</label>
      <input
        id="brush-size"
        type="range"
        min="3"
        max="60"
        value={canvas.state.value.brush}
        onInput={(event) => canvas.setBrush(event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

/** Brightness moves the window's centre the other way: a lower centre makes more of the picture bright. */
function Contrast({ session }: { session: RoundSession }) {
  const { canvas } = session;
  const { centre, width } = canvas.window.value;
  return (
    <div class="sliders">
      <label for="brightness">Brightness</label>
      <input
        id="brightness"
        type="range"
        min="0"
        max="255"
        value={255 - centre}
        onInput={(event) => canvas.setWindow({ centre: 255 - event.currentTarget.valueAsNumber, width })}
      />
      <label for="contrast">Contrast</label>
      <input
        id="contrast"
        type="range"
        min="10"
        max="500"
        value={510 - width}
        onInput={(event) => canvas.setWindow({ centre, width: 510 - event.currentTarget.valueAsNumber })}
      />
      <button type="button" class="button button--quiet" onClick={() => canvas.setWindow(FULL_WINDOW)}>
        As it was
      </button>
    </div>
  );
}
