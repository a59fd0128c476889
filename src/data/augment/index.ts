/** Augmentation: samples changed at random while a network trains, by seed and position alone. */
export { augmentBatch, augmentedFields, augmentSample, type RandomStreams, randomStreams } from "./apply.ts";
export { colorJitter, type ColorJitterOptions } from "./color.ts";
export { crop, type CropOptions, resizedCrop, type ResizedCropOptions, resizeTo } from "./crop.ts";
export { erase, type EraseOptions } from "./erase.ts";
export { type Direction, flip } from "./flip.ts";
export { cutMix, mixUp, type MixOptions } from "./mix.ts";
export { rotate } from "./rotate.ts";
export {
  type Augmentation,
  augmentationText,
  type BatchAugmentation,
  type BatchFields,
  type PictureAugmentation,
  type PictureTensor,
} from "./types.ts";
