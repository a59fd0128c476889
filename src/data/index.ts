/** The public face of `data`: formats, pictures, random order. Runs in browsers; `node/index.ts` adds the files. */

export * from "./batch.ts";
export * from "./checkpoint.ts";
export * from "./errors.ts";
export * from "./hash.ts";
export * from "./idx.ts";
export { type Digit, type Picture, toDigit, toGrey } from "./image.ts";
export * from "./keys.ts";
export { parseLabels } from "./labels.ts";
export {
  checkGroupBytes,
  decodeManifest,
  decodeManifestTensor,
  type ManifestGroup,
  type ManifestTensor,
  parseManifest,
} from "./manifest.ts";
export { naturalOrder } from "./natural.ts";
export * from "./npy.ts";
export { describeKeys, prefixOf } from "./prefix.ts";
export { createRandom, type Random } from "./random.ts";
export { type GreyPicture, resample, type Sampling } from "./resample.ts";
export { decodeSafetensors, encodeSafetensors, type Metadata, safetensorsParts, type Tensors } from "./safetensors.ts";
export { blobSource, type ReadBytes, safetensorsSource, type TensorSource, tensorSource } from "./source.ts";
export { type PixelBox, squareInput, type SquareOptions } from "./square.ts";
export { asFloat32, asInt32, bytesOf, type FileTensor, itemBytes, type TensorData, type TensorDType } from "./tensor.ts";
export { fromTensorFlow, permute } from "./tensorflow.ts";
