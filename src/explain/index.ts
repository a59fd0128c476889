/** What a network sees: class activation maps and gradients (thesis, Chapters 2, 3 and 5) for programs and pages. Runs in browsers. */
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
export { createMeasurer, type Measurer, type MeasurerOptions } from "./measurer.ts";
export { layerFor, layerPath, type Network, networkOf, tappedNetwork } from "../networks/network.ts";
export { jet, overlay, type OverlayOptions, type Rectangle, stretched } from "./picture.ts";
export { type Fit, FITS, type Preparation, type Prepared, prepare, viewOf } from "../networks/prepare.ts";
export { DECONVNET, GUIDED } from "./rules.ts";
export { chosenClasses, ranked, topClasses } from "./targets.ts";
export { IMAGENET } from "../networks/imagenet.ts";
export { type BuildOptions, classNamer, NETWORK_NAMES, type NetworkEntry, type NetworkName, NETWORKS } from "../networks/networks.ts";
export { createFaceFinder, type FaceFinder, type FaceWeights } from "../networks/faces.ts";
export {
  asUserError,
  fitWeights,
  type FormOptions,
  type Loaded,
  loadTensors,
  untrained,
} from "../networks/fit.ts";
