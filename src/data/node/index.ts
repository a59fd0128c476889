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
export * from "./sets/index.ts";
