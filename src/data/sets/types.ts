/** What a data set is: samples by number, each a tensor by field name. */

import type { Fit } from "../pictures/fit.ts";

/** What every sample has under one name: an input, a label, a weight, a mask, ... */
export interface Field {
  /** Of one sample; a number has []. */
  readonly shape: readonly number[];
  readonly dtype: "f32" | "i32";
  /** Set for pictures: `shape` is [C, H, W], and the values are colours in 0..1. */
  readonly picture?: PictureField;
  /** Set for class numbers (i32 []) whose names are known. */
  readonly classes?: readonly string[];
  /** A sample has a bag of these, one instance after another, [n, ...shape]; their order says nothing. All bags of a sample have one n >= 1. */
  readonly bag?: true;
}

/** A picture reaches the network as (x - mean) / std, after augmentation. */
export interface PictureField {
  /** Of each channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** How a picture of another size is brought to the field's. */
  readonly fit: Fit;
}

export type Fields = Readonly<Record<string, Field>>;

/** The elements of a field in C order: Float32Array for "f32", Int32Array for "i32". Nobody writes to them. */
export type FieldArray = Float32Array | Int32Array;

/** One sample: the elements of every field. Pictures are in 0..1, not yet normalised. */
export type Sample = Readonly<Record<string, FieldArray>>;

export interface DataSet {
  /** Samples: at least one. */
  readonly size: number;
  readonly fields: Fields;
  /** The class names of the first field that has some. */
  readonly classes: readonly string[] | null;
  /** How many instances the bags of each sample hold, i32 [size]; null: no field is a bag. */
  readonly lengths: Int32Array | null;
  /** Where a sample comes from (a file, a line of a table), for messages. */
  where(i: number): string;
  /** The same sample whenever it is asked for. */
  get(i: number): Sample | Promise<Sample>;
  /** The class numbers of all samples, without reading their pictures: i32 [size]. `field` may be left out if one field has some. */
  labels(field?: string): Int32Array;
  /** Weights for a loss that make rare classes count as much as common ones: size / (classes that have samples * count); 0 for one without. */
  classWeights(field?: string): Float32Array;
  /** These samples, in this order. */
  subset(indices: ArrayLike<number>): DataSet;
  /** Two disjoint parts: so much of the samples (0.8, say), and the rest. */
  split(share: number, options?: SplitOptions): [DataSet, DataSet];
  /** As many disjoint parts as there are shares, which add up to 1. */
  split(shares: readonly number[], options?: SplitOptions): DataSet[];
}

export interface SplitOptions {
  /** Default 0. The same seed gives the same parts. */
  readonly seed?: number;
  /** Whether each part has every class in its due share: a field's name, or whether it is done. Default: done if one field has class numbers. */
  readonly stratify?: boolean | string;
}
