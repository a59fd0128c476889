/** The public face of `data`: formats, pictures, random order. Runs in browsers; `node/index.ts` adds the files. */

export * from "./augment/index.ts";
export * from "./batch.ts";
export * from "./tensors/checkpoint.ts";
export * from "./errors.ts";
export * from "./hash.ts";
export * from "./tensors/idx.ts";
export { type Digit, toDigit } from "./pictures/digit.ts";
export { type Fit, FITS, type PictureSize } from "./pictures/fit.ts";
export { type GreyPicture, type Picture, toGrey } from "./pictures/picture.ts";
export * from "./tensors/keys.ts";
export { parseLabels } from "./text/labels.ts";
export {
  checkGroupBytes,
  decodeManifest,
  decodeManifestTensor,
  type ManifestGroup,
  type ManifestTensor,
  parseManifest,
} from "./tensors/manifest.ts";
export { mobileNetV2FromTensorFlow } from "./tensors/mobilenet-v2.ts";
export { naturalOrder } from "./text/natural.ts";
export * from "./tensors/npy.ts";
export { describeKeys, prefixOf } from "./tensors/prefix.ts";
export { createRandom, type Random } from "./random.ts";
export type { Rectangle } from "./pictures/rectangle.ts";
export * from "./settings/index.ts";
export { resample, type Sampling } from "./pictures/resample.ts";
export * from "./sets/index.ts";
export { decodeSafetensors, encodeSafetensors, type Metadata, safetensorsParts, type Tensors } from "./tensors/safetensors.ts";
export { blobSource, type ReadBytes, safetensorsSource, type TensorSource, tensorSource } from "./tensors/source.ts";
export { squareInput, type SquareOptions } from "./pictures/square.ts";
export { asFloat32, asInt32, tensorBytes, type FileTensor, itemBytes, type TensorData, type TensorDType } from "./tensors/tensor.ts";
export { fromTensorFlow, permute } from "./tensors/tensorflow.ts";
