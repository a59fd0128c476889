/** PxAP: the area below precision and recall of pixels over a whole set (Choe et al., arXiv:2007.04178, section 3.2), as their evaluator adds it up. */
import { UserError } from "../../data/errors.ts";
import { thresholdsOf } from "./box-accuracy.ts";

export interface PixelPrecision {
  /** A map [pixels] in [0, 1], and for each pixel 1 foreground, 0 background, or anything else where it is not judged. */
  add(map: ArrayLike<number>, truth: ArrayLike<number>): void;
  /** Percent. A set without foreground: UserError. */
  result(): number;
}

/** Bins [0, step), [step, 2 step), ... up to 1, then [1, 2) and [2, 3]. */
export function createPixelPrecision({ step }: { readonly step: number }): PixelPrecision {
  const edges = thresholdsOf(step);
  const bins = edges.length + 2;
  const [yes, no] = [new Float64Array(bins), new Float64Array(bins)];
  const binOf = (value: number): number => {
    if (value >= 1) return edges.length;
    let bin = Math.min(edges.length - 1, Math.floor(value / step));
    while (bin + 1 < edges.length && value >= edges[bin + 1]) bin++;
    while (value < edges[bin]) bin--;
    return bin;
  };
  return {
    add(map, truth) {
      for (let at = 0; at < map.length; at++)
        if (truth[at] === 1) yes[binOf(map[at])]++;
        else if (truth[at] === 0) no[binOf(map[at])]++;
    },
    result() {
      const [hits, misses] = [fromTheTop(yes), fromTheTop(no)];
      const total = hits[bins - 1];
      if (total === 0) throw new UserError("there is no foreground in any mask: PxAP is not defined");
      const areas: number[] = [];
      for (let i = 1; i < bins; i++)
        if (hits[i] + misses[i] !== 0) areas.push((hits[i] / (hits[i] + misses[i])) * (hits[i] / total - hits[i - 1] / total));
      return pairwiseSum(areas) * 100;
    },
  };
}

/** Sums from the last bin to each. */
function fromTheTop(counts: Float64Array): Float64Array {
  let sum = 0;
  return Float64Array.from(counts)
    .reverse()
    .map((count) => (sum += count));
}

/** The sum in the order in which NumPy adds: eight sums side by side, of at most 128 numbers; more are halved first. */
export function pairwiseSum(values: readonly number[]): number {
  const count = values.length;
  if (count < 8) return values.reduce((sum, value) => sum + value, 0);
  if (count > 128) {
    const half = Math.floor(count / 2) - (Math.floor(count / 2) % 8);
    return pairwiseSum(values.slice(0, half)) + pairwiseSum(values.slice(half));
  }
  const r = values.slice(0, 8);
  let at = 8;
  for (; at < count - (count % 8); at += 8) for (let k = 0; k < 8; k++) r[k] += values[at + k];
  let sum = r[0] + r[1] + (r[2] + r[3]) + (r[4] + r[5] + (r[6] + r[7]));
  for (; at < count; at++) sum += values[at];
  return sum;
}
