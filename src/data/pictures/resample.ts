/** Separable resampling of a grey picture onto a regular grid. */

import type { GreyPicture } from "./picture.ts";

/** Which stretch of one axis is sampled: output cell i covers [start + i * step, start + (i + 1) * step) in source pixels. */
export interface Sampling {
  readonly start: number;
  readonly step: number;
  readonly count: number;
}

/** For each output cell: the first source pixel, and weights for it and those after it. They sum to 1 inside the picture, to less at its edge. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Weights of one axis. Shrinking (step >= 1) averages the area under the cell; enlarging interpolates linearly between pixel centres.
 * What lies outside the picture counts as 0, the background.
 */
function taps({ start, step, count }: Sampling, size: number): Taps[] {
  return Array.from({ length: count }, (_, i) => {
    const from = start + i * step;
    const centre = from + step / 2;
    const [low, high] = step >= 1 ? [from, from + step] : [centre - 1, centre + 1];
    const first = Math.max(0, Math.floor(low));
    const last = Math.min(size, Math.ceil(high));
    const weights = new Float64Array(Math.max(0, last - first));
    for (let k = 0; k < weights.length; k += 1) {
      const pixel = first + k;
      const overlap = Math.min(high, pixel + 1) - Math.max(low, pixel);
      weights[k] = step >= 1 ? overlap / step : Math.max(0, 1 - Math.abs(pixel + 0.5 - centre));
    }
    return { first, weights };
  });
}

/** Samples the picture on the grid of `columns` and `rows`: -> f64 [rows.count, columns.count]. Each source pixel is read once. */
export function resample(picture: GreyPicture, columns: Sampling, rows: Sampling): Float64Array {
  const across = taps(columns, picture.width);
  const out = new Float64Array(rows.count * columns.count);
  const line = new Float64Array(columns.count);
  let lineOf = -1;
  const sampleLine = (y: number): void => {
    if (lineOf === y) return;
    lineOf = y;
    across.forEach(({ first, weights }, x) => {
      let total = 0;
      for (let k = 0, at = y * picture.width + first; k < weights.length; k += 1, at += 1) total += weights[k] * picture.pixels[at];
      line[x] = total;
    });
  };
  taps(rows, picture.height).forEach(({ first, weights }, row) => {
    weights.forEach((weight, k) => {
      sampleLine(first + k);
      for (let x = 0; x < line.length; x += 1) out[row * line.length + x] += weight * line[x];
    });
  });
  return out;
}
