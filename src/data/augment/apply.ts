/** Augmentations applied, one after another, to samples and batches. */

import { createRandom, type Random } from "../random.ts";
import type { Field, FieldArray, Fields, Sample } from "../sets/types.ts";
import type { Augmentation, BatchAugmentation, BatchFields, PictureAugmentation, PictureTensor } from "./types.ts";

/**
 * Gives the random numbers of an augmentation: the same for the same name and turn (how many of that name came before), whatever else is in
 * the list. Null: evaluation.
 */
export type RandomStreams = ((name: string, turn: number) => Random) | null;

/** The streams that a seed and a position name, such as ("augment", epoch, sample). */
export const randomStreams =
  (seed: number, ...position: readonly (string | number)[]): RandomStreams =>
  (name, turn) =>
    createRandom(seed, ...position, name, turn);

/** The fields that augmentations give: pictures of other sizes, labels as probabilities. A field that one of them cannot take: RangeError. */
export function augmentedFields(fields: Fields, augment: readonly Augmentation[]): Fields {
  const pictures = pictureAugmentations(augment);
  const changed = Object.entries(fields).map(([name, field]): [string, Field] => {
    if (!field.picture || pictures.length === 0) return [name, field];
    const shape = pictures.reduce((before, { augmentation }) => augmentation.shape(before), field.shape as PictureTensor["shape"]);
    return [name, { ...field, shape }];
  });
  return batchAugmentations(augment).reduce<Fields>((before, { augmentation }) => augmentation.fields(before), Object.fromEntries(changed));
}

/** A sample with its pictures augmented, by the same numbers if there are several, and then normalised: (x - mean) / std. */
export function augmentSample(sample: Sample, fields: Fields, augment: readonly Augmentation[], streams: RandomStreams): Sample {
  const pictures = pictureAugmentations(augment);
  const changed = Object.entries(fields).map(([name, field]): [string, FieldArray] => {
    const data = sample[name];
    if (!field.picture || !(data instanceof Float32Array)) return [name, data];
    const { mean } = field.picture;
    const begin: PictureTensor = { shape: field.shape as PictureTensor["shape"], data };
    const end = pictures.reduce(
      (picture, { augmentation, turn }) => augmentation.apply(picture, streams?.(augmentation.name, turn) ?? null, mean),
      begin,
    );
    return [name, normalized(end, field.picture)];
  });
  return Object.fromEntries(changed);
}

/** A batch of `count` samples mixed. `fields` are those of single samples after `augmentSample`'s part of the list. */
export function augmentBatch(
  batch: BatchFields,
  fields: Fields,
  augment: readonly Augmentation[],
  { count, streams }: { readonly count: number; readonly streams: RandomStreams },
): BatchFields {
  let [result, known] = [batch, fields];
  for (const { augmentation, turn } of batchAugmentations(augment)) {
    result = augmentation.apply(result, streams?.(augmentation.name, turn) ?? null, known, count);
    known = augmentation.fields(known);
  }
  return result;
}

/** (x - mean) / std of each channel. f32 [C, H, W] */
export function normalized(
  { shape, data }: PictureTensor,
  { mean, std }: { readonly mean: readonly number[]; readonly std: readonly number[] },
): Float32Array {
  if (mean.every((value) => value === 0) && std.every((value) => value === 1)) return data;
  const plane = shape[1] * shape[2];
  const out = new Float32Array(data.length);
  for (let c = 0, at = 0; c < shape[0]; c++) for (const end = at + plane; at < end; at++) out[at] = (data[at] - mean[c]) / std[c];
  return out;
}

interface Turn<T> {
  readonly augmentation: T;
  readonly turn: number;
}

function withTurns(augment: readonly Augmentation[]): Turn<Augmentation>[] {
  const seen = new Map<string, number>();
  return augment.map((augmentation) => {
    const turn = seen.get(augmentation.name) ?? 0;
    seen.set(augmentation.name, turn + 1);
    return { augmentation, turn };
  });
}

const pictureAugmentations = (augment: readonly Augmentation[]): Turn<PictureAugmentation>[] =>
  withTurns(augment).flatMap(({ augmentation, turn }) => (augmentation.of === "picture" ? [{ augmentation, turn }] : []));

const batchAugmentations = (augment: readonly Augmentation[]): Turn<BatchAugmentation>[] =>
  withTurns(augment).flatMap(({ augmentation, turn }) => (augmentation.of === "batch" ? [{ augmentation, turn }] : []));
