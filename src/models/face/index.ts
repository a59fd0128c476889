/** The pretrained face networks of face-api as graphs; `loadFaceWeights` of data/node brings their weights. */
export { FACE_INPUT, type FaceInput } from "./dense-blocks.ts";
export * from "./detector.ts";
export * from "./expression.ts";
export {
  decodeFaces,
  decodeSsd,
  expressionBox,
  intersectionOverUnion,
  pixelBox,
  placeLandmarks,
  recognitionBox,
  type Box,
  type DetectOptions,
  type Extent,
  type FoundFace,
  type Point,
} from "./geometry.ts";
export * from "./landmarks.ts";
export * from "./recognition.ts";
export * from "./ssd.ts";
