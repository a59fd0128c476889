/** How good an answer is. Pure arithmetic: no graph, no device. */
export { intersectionOverUnion } from "./boxes.ts";
export {
  describeError,
  type ErrorRate,
  errorRate,
  majorityBaseline,
  majorityLabel,
  percent,
  probabilityOf,
  wilson,
} from "./classification.ts";
export { type FeatureRows, frechetDistance, type Gaussian, gaussianOf } from "./frechet.ts";
export { classesCovered, type PrecisionRecall, precisionRecall } from "./manifold.ts";
export { squareRoot, symmetricEigen } from "./symmetric.ts";
