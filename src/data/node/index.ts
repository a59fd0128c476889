/** The public face of `data` in Node: the same formats, from and to files. */

export * from "./checkpoint.ts";
export * from "./digits.ts";
export { faceDirectory, type FaceNetwork, loadFaceWeights } from "./face.ts";
export { makeDirectory, readFileBounded, reasonOf, withFileErrors, writeFileAtomic } from "./files.ts";
export { readManifest } from "./manifest.ts";
export {
  decodeImage,
  type DecodedPicture,
  type DecodeOptions,
  listImages,
  type PictureFormat,
  pictureFormat,
  readImage,
} from "./pictures.ts";
export { decodePng, encodePng, type NamedPicture, type PngLimits, readPng, writePng } from "./png.ts";
export * from "./safetensors.ts";
export { readExports, type ScriptValue } from "./script.ts";
export * from "./sets/index.ts";
export { looksLikeTensorFlow, readTensorFlow } from "./tensorflow.ts";
export { loadTrunkWeights, trunkDirectory, type TrunkName } from "./trunks.ts";
export * from "./catalogue/index.ts";
export { CATALOGUE, completeSpec, recipeNamed } from "../catalogue/index.ts";
export type { DataOptions, MadeFile, Making, Recipe, DataSource, SourceFolder, Spec } from "../catalogue/index.ts";
