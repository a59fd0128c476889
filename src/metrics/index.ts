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
export {
  type BoxAccuracies,
  type BoxAccuracy,
  createBoxAccuracy,
  type Overlap,
  OVERLAPS,
  scaledCorners,
  thresholdsOf,
} from "./localization/box-accuracy.ts";
export { type Contour, type ContourTracer, createContourTracer } from "./localization/contours.ts";
export {
  type Corners,
  type LocalizationMetadata,
  type MaskNames,
  type MetadataTexts,
  parseLocalizationMetadata,
} from "./localization/metadata.ts";
export { createPixelPrecision, type PixelPrecision } from "./localization/pixel-precision.ts";
export { classesCovered, type PrecisionRecall, precisionRecall } from "./manifold.ts";
export { squareRoot, symmetricEigen } from "./symmetric.ts";
