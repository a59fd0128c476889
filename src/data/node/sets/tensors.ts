/** Files of tensors as data sets. */

import { decodeNpy } from "../../tensors/npy.ts";
import type { FileTensor } from "../../tensors/tensor.ts";
import { fromImages, fromTensorSource, type TensorOptions } from "../../sets/tensors.ts";
import { pairImages, parseIdxImages, parseIdxLabels } from "../../tensors/idx.ts";
import type { DataSet } from "../../sets/types.ts";
import { readIdx } from "../digits.ts";
import { readFileBounded } from "../files.ts";
import { safetensorsFile } from "../safetensors.ts";

/** What one typed array holds. */
const MAX_BYTES = 2 ** 32;

/** A .npy file, for `fromTensors({ x: readNpy("x.npy"), y: readNpy("y.npy") })`. Not one, damaged, or of another element type: UserError. */
export const readNpy = (file: string): FileTensor => decodeNpy(readFileBounded(file, MAX_BYTES), file);

/** A safetensors file whose tensors [N, ...] are the fields. Samples are read when they are asked for, so the file may be larger than memory. */
export const safetensorsSet = (file: string, options: TensorOptions = {}): Promise<DataSet> =>
  fromTensorSource(safetensorsFile(file), options);

/** Two IDX files (plain or gzipped) of pictures and of their labels. See `fromImages`. */
export function idxSet(imagesFile: string, labelsFile: string, options: Parameters<typeof fromImages>[1] = {}): DataSet {
  const images = parseIdxImages(readIdx(imagesFile, 3), imagesFile);
  const labels = parseIdxLabels(readIdx(labelsFile, 1), labelsFile);
  return fromImages(pairImages(images, labels, { imagesFile, labelsFile, classes: options.classes?.length }), options);
}
