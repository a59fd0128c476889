/** Are generated samples where real ones are, and the other way round? Sets of features as unions of balls. */
import { type FeatureRows, widthOf } from "./frechet.ts";

export interface PrecisionRecall {
  /** Share of the generated samples that lie among real ones. */
  readonly precision: number;
  /** Share of the real samples that lie among generated ones. */
  readonly recall: number;
}

/**
 * Kynkaanniemi et al., arXiv:1904.06991: a sample lies in a set if it is at most as far from one of its members as that member is from its own
 * k-th nearest neighbour in the set. The paper takes k = 3 and equally many samples of both kinds.
 */
export function precisionRecall(real: FeatureRows, generated: FeatureRows, { k = 3 }: { readonly k?: number } = {}): PrecisionRecall {
  const n = widthOf("precisionRecall", [...real, ...generated]);
  for (const [name, rows] of Object.entries({ real, generated }))
    if (!Number.isInteger(k) || k < 1 || k >= rows.length)
      throw new RangeError(
        `precisionRecall: k must be a whole number from 1 to ${rows.length - 1} (${rows.length} ${name} samples), got ${k}`,
      );
  return { precision: shareInside(generated, real, k, n), recall: shareInside(real, generated, k, n) };
}

/** How many different labels there are among those of generated samples, of `classes`. A label that is none of them: RangeError. */
export function classesCovered(labels: ArrayLike<number>, classes: number): number {
  const seen = new Set(Array.from(labels));
  const odd = [...seen].find((label) => !(Number.isInteger(label) && label >= 0 && label < classes));
  if (odd !== undefined) throw new RangeError(`classesCovered: ${odd} is none of ${classes} classes`);
  return seen.size;
}

function shareInside(asked: FeatureRows, set: FeatureRows, k: number, n: number): number {
  const radii = set.map((row, i) => radiusOf(row, i, set, k, n));
  const inside = asked.filter((row) => set.some((member, i) => squaredDistance(row, member, n) <= radii[i]));
  return inside.length / asked.length;
}

/** The squared distance to the k-th nearest other row. */
function radiusOf(row: ArrayLike<number>, own: number, set: FeatureRows, k: number, n: number): number {
  const nearest: number[] = [];
  for (let i = 0; i < set.length; i++) {
    if (i === own) continue;
    const distance = squaredDistance(row, set[i], n);
    if (nearest.length === k && distance >= nearest[k - 1]) continue;
    nearest.push(distance);
    nearest.sort((a, b) => a - b);
    nearest.length = Math.min(k, nearest.length);
  }
  return nearest[k - 1];
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>, n: number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += (a[i] - b[i]) ** 2;
  return total;
}
