/** All tools; a new one is a file of its own and a line here. */

import type { Kind } from "../annotation/answers";
import { assistBoxTool } from "./assistbox";
import { boxTool } from "./box";
import { brushTool, eraserTool } from "./brush";
import { panTool } from "./pan";
import { minusTool, plusTool } from "./points";
import type { Tool } from "./tool";

export const TOOLS: readonly Tool[] = [boxTool, assistBoxTool, plusTool, minusTool, brushTool, eraserTool, panTool];

/** The tools of a question, in the order of a toolbar; the first is where one starts. */
export function toolsFor(kind: Kind, options: { assist?: boolean } = {}): readonly Tool[] {
  const assist = options.assist ?? true;
  return TOOLS.filter((tool) => tool.kinds.includes(kind) && (assist || !tool.needsAssist));
}
