export type { Answer, BoxAnswer, Kind } from "../annotation/answers";
export { CANNOT_TELL, NOTHING } from "../annotation/answers";
export type { Trace } from "../annotation/trace";
export { toolsFor } from "../tools/registry";
export {
  AnnotationCanvas,
  type CanvasOptions,
  type CanvasState,
  type LoadedPicture,
  type PromptRequest,
  type Proposal,
} from "./canvas";
