/**
 * Bags of different length in one step. The instances of a batch stand one after another, [T, ...]; `index` [B, L] says which of them is the
 * l-th of bag b (-1: none), and `lengths` [B] says how many there are (0: an unused place).
 *
 * A program has one shape (B, L, T), so few should arise: L is rounded up, and T is fixed per L, a little more than B bags of that rounding
 * hold on average. Bags are packed in the order given until the next one does not fit.
 */

/** What a batch of bags has room for. */
export interface BagShape {
  /** L: instances of a bag. */
  readonly length: number;
  /** T: instances of all bags. */
  readonly instances: number;
}

/** Samples that make one batch. */
export interface BagPack {
  readonly shape: BagShape;
  readonly samples: Uint32Array;
}

/** T is a multiple of this where several bags share a batch. */
const INSTANCES = 16;

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;
const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** L is rounded up to a multiple of 8 (16 where bags hold more than 8 on average), and from 64 on to one of half the power of two below it. */
const rounding =
  (mean: number) =>
  (length: number): number =>
    roundUp(length, Math.max(mean > 8 ? 16 : 8, 2 ** (Math.floor(Math.log2(length)) - 1)));

/** The shapes of batches of `batch` bags, shortest first, from the lengths that will come, so that they need not change with the order. */
export function bagShapes(lengths: ArrayLike<number>, batch: number): BagShape[] {
  const all = Array.from(lengths);
  const rounded = rounding(meanOf(all));
  const found = [...new Set(all.map(rounded))].sort((a, b) => a - b);
  return found.map((length): BagShape => {
    if (batch === 1) return { length, instances: length };
    const mean = meanOf(all.filter((one) => rounded(one) === length));
    const instances = roundUp(Math.max(batch * mean, length), INSTANCES);
    return { length, instances: Math.min(instances, roundUp(batch * length, INSTANCES)) };
  });
}

interface Open {
  readonly shape: BagShape;
  samples: number[];
  instances: number;
}

/**
 * Packs samples, in the order of `order`, into batches of at most `batch` bags and of the shapes of `shapes`. A batch that is not full at the
 * end joins that of the next longer shape if it fits, so that an epoch does not end in many nearly empty steps.
 */
export function packBags(
  lengths: ArrayLike<number>,
  order: ArrayLike<number>,
  { batch, shapes }: { readonly batch: number; readonly shapes: readonly BagShape[] },
): BagPack[] {
  const open = shapes.map((shape): Open => ({ shape, samples: [], instances: 0 }));
  const packs: BagPack[] = [];
  const fits = ({ shape, samples, instances }: Open, more: number, count: number): boolean =>
    samples.length + count <= batch && instances + more <= shape.instances;
  const close = (one: Open): void => {
    if (one.samples.length > 0) packs.push({ shape: one.shape, samples: Uint32Array.from(one.samples) });
    one.samples = [];
    one.instances = 0;
  };
  for (const sample of Array.from(order)) {
    const one = open.find(({ shape }) => shape.length >= lengths[sample]);
    if (!one) throw new RangeError(`packBags: no shape holds a bag of ${lengths[sample]} instances`);
    if (!fits(one, lengths[sample], 1)) close(one);
    one.samples.push(sample);
    one.instances += lengths[sample];
    if (one.samples.length === batch) close(one);
  }
  for (const [i, one] of open.entries()) {
    const next = open[i + 1];
    if (next && fits(next, one.instances, one.samples.length)) {
      next.samples.push(...one.samples);
      next.instances += one.instances;
    } else close(one);
  }
  return packs;
}

/** The feeds `index` i32 [B, L] and `lengths` i32 [B] of a batch whose instances stand one after another. */
export function bagLayout(lengths: ArrayLike<number>, size: number, { length }: BagShape): { index: Int32Array; lengths: Int32Array } {
  const index = new Int32Array(size * length).fill(-1);
  let instance = 0;
  for (let bag = 0; bag < lengths.length; bag++) for (let l = 0; l < lengths[bag]; l++) index[bag * length + l] = instance++;
  return { index, lengths: Int32Array.from({ length: size }, (_, bag) => lengths[bag] ?? 0) };
}
