/** What an augmentation is: a change of one picture, or of a whole batch. */

import type { Random } from "../random.ts";
import type { FieldArray, Fields } from "../sets/types.ts";

/** A picture as networks take it: f32 [C, H, W], colours in 0..1, not yet normalised. */
export interface PictureTensor {
  readonly shape: readonly [channels: number, height: number, width: number];
  readonly data: Float32Array;
}

/** Changes the pictures of a sample, each by itself. */
export interface PictureAugmentation {
  readonly of: "picture";
  /** Names its random stream: pictures of one sample get the same changes. */
  readonly name: string;
  /** What else decides its changes, as plain values: checkpoints are known by it. */
  readonly settings?: unknown;
  /** The shape that it gives for pictures of a shape. Pictures that it cannot take: RangeError. */
  shape(shape: PictureTensor["shape"]): PictureTensor["shape"];
  /**
   * The changed picture; the argument stays as it is. In training by the numbers of `random`; null in evaluation: then it does only what
   * the shape needs.
   * @param mean of each channel over the data set
   */
  apply(picture: PictureTensor, random: Random | null, mean: readonly number[]): PictureTensor;
}

/** The samples of a batch, field by field: [N, ...]. Pictures are normalised. */
export type BatchFields = Readonly<Record<string, FieldArray>>;

/** Changes the samples of a batch together. */
export interface BatchAugmentation {
  readonly of: "batch";
  readonly name: string;
  /** As above. */
  readonly settings?: unknown;
  /** The fields that it gives. Fields that it cannot take: RangeError. */
  fields(fields: Fields): Fields;
  /** The changed batch of `count` samples, whose fields are `fields`. As for pictures, `random` is null in evaluation. */
  apply(batch: BatchFields, random: Random | null, fields: Fields, count: number): BatchFields;
}

export type Augmentation = PictureAugmentation | BatchAugmentation;

/** `crop {"pad":4,"fill":0}, flip horizontal {"probability":0.5}`: equal texts are equal changes. */
export const augmentationText = (augment: readonly Augmentation[]): string =>
  augment.map(({ name, settings }) => (settings === undefined ? name : `${name} ${JSON.stringify(settings)}`)).join(", ");
