/** Separable resampling: which pixels of one axis make a pixel of the result. */

/** For one output pixel: the first source pixel, and weights that sum to 1. Outside the picture its edge pixels go on. */
export interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Output pixel i covers source pixels [start + i step, start + (i + 1) step) of an axis of `size` pixels. To shrink (step >= 1), the area
 * under it is averaged; to enlarge, it is linear between pixel centres.
 */
export function taps(start: number, step: number, count: number, size: number): Taps[] {
  return Array.from({ length: count }, (_, i) => {
    const centre = start + (i + 0.5) * step;
    const reach = Math.max(step, 1) / 2;
    const [low, high] = step >= 1 ? [centre - reach, centre + reach] : [centre - 1, centre + 1];
    const first = Math.min(Math.max(Math.floor(low), 0), size - 1);
    const last = Math.min(Math.max(Math.ceil(high), first + 1), size);
    const weights = new Float64Array(last - first);
    for (let pixel = Math.floor(low); pixel < high; pixel++) {
      const weight = step >= 1 ? Math.min(high, pixel + 1) - Math.max(low, pixel) : 1 - Math.abs(pixel + 0.5 - centre);
      if (weight > 0) weights[Math.min(Math.max(pixel, first), last - 1) - first] += weight;
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}

/** The source pixels that any of the outputs needs: `from` to `to`, exclusive. */
export function tapsRange(axis: readonly Taps[]): { readonly from: number; readonly to: number } {
  const from = Math.min(...axis.map(({ first }) => first));
  return { from, to: Math.max(...axis.map(({ first, weights }) => first + weights.length)) };
}
