/** What a network sees: class activation maps, gradients with other rules, heat over pictures, and how faithful all that is. Runs in browsers. */
export { createExplainer, type ExplainedMap, type Explainer, type ExplainerOptions, type Explanation } from "./explainer.ts";
export {
  blurred,
  CURVE_STEPS,
  type Curve,
  type Faithfulness,
  faithfulnessOf,
  OCCLUDED,
  points,
  PROBE,
  type Probe,
  probeGraph,
  probes,
  rankOf,
} from "./faithfulness.ts";
export { ASKED, type ExplanationGraph, explanationGraph, type MapEntry, type Questions } from "./graph.ts";
export { emptyReason, type Heat, heatOf } from "./heat.ts";
export { METHOD_NAMES, type Method, type MethodEntry, METHODS } from "./methods.ts";
export { createMeasurer, type Mark, type MeasureOptions, type Measurer, type MeasurerOptions } from "./measurer.ts";
export { layerFor } from "./layers.ts";
export { jet, overlay, type OverlayOptions, stretched } from "./picture.ts";
export { DECONVNET, GUIDED } from "./rules.ts";
export { chosenClasses, highestScores, ranked, topClasses } from "./targets.ts";
