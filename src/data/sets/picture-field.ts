/** Fields that hold pictures. */

import type { Fit } from "../pictures/fit.ts";
import type { Field } from "./types.ts";

/** What is taken off a picture's colours, and by what they are divided: of all channels alike, or of each. Default: 0 and 1. */
export interface PictureStatistics {
  readonly mean?: number | readonly number[];
  readonly std?: number | readonly number[];
}

/** The field of pictures [C, H, W]. Statistics of another number of channels, or a std that is not positive: RangeError. */
export function pictureField(shape: readonly number[], { mean = 0, std = 1 }: PictureStatistics = {}, fit: Fit = "crop"): Field {
  const each = (name: string, value: number | readonly number[]): readonly number[] => {
    const list = typeof value === "number" ? Array.from({ length: shape[0] }, () => value) : value;
    if (list.length !== shape[0] || !list.every(Number.isFinite)) {
      throw new RangeError(`the ${name} of a picture of ${shape[0]} channels needs as many numbers, got [${list.join(", ")}]`);
    }
    return list;
  };
  const field: Field = { shape, dtype: "f32", picture: { mean: each("mean", mean), std: each("std", std), fit } };
  if (field.picture?.std.some((value) => value <= 0)) throw new RangeError(`the std of a picture must be positive, got ${String(std)}`);
  return field;
}
