/** The pretrained face networks of face-api as graphs; `loadFaceWeights` of data/node brings their weights. */
export { FACE_INPUT, type FaceInput } from "./dense-blocks.ts";
export * from "./detector.ts";
export * from "./expression.ts";
export * from "./landmarks.ts";
export * from "./recognition.ts";
export * from "./ssd.ts";
