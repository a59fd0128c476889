/** Dividing samples into disjoint parts. */

import { UserError } from "../errors.ts";
import { createRandom } from "../random.ts";

/**
 * The samples of each part, in rising order; `shares` add up to 1. With `labels`, every part has its share of every class, to less than two samples:
 * the samples of a class are spread evenly over [0, 1), from a random beginning and in random order, and the parts are cut from [0, 1).
 */
export function splitIndices(size: number, labels: ArrayLike<number> | null, shares: readonly number[], seed: number): Uint32Array[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (!shares.every((share) => share > 0) || Math.abs(total - 1) > 1e-9) {
    throw new RangeError(`split: the shares ${shares.join(", ")} must be positive and add up to 1`);
  }
  const order = createRandom(seed, "split").permutation(size);
  if (labels) spread(order, labels, seed);
  const cuts = shares.map((_, i) => Math.round(size * shares.slice(0, i + 1).reduce((sum, share) => sum + share, 0)));
  cuts[cuts.length - 1] = size;
  return shares.map((share, i) => {
    const part = order.slice(cuts[i - 1] ?? 0, cuts[i]);
    if (part.length === 0) throw new UserError(`split: ${share} of ${size} samples is none`);
    return part.sort();
  });
}

/** Sorts the samples, which are in random order, by their places in [0, 1). */
function spread(order: Uint32Array, labels: ArrayLike<number>, seed: number): void {
  const counts = new Map<number, number>();
  for (const i of order) counts.set(labels[i], (counts.get(labels[i]) ?? 0) + 1);
  const next = new Map<number, number>();
  const places = new Float64Array(order.length);
  for (const i of order) {
    const label = labels[i];
    const at = next.get(label) ?? createRandom(seed, "split", label).next();
    places[i] = at / (counts.get(label) as number);
    next.set(label, at + 1);
  }
  order.sort((a, b) => places[a] - places[b] || a - b);
}
