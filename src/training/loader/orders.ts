/** In which batches the samples of a data set come, epoch by epoch. */

import { batches, epochOrder } from "../../data/batch.ts";
import { UserError } from "../../data/errors.ts";
import { createRandom } from "../../data/random.ts";
import type { DataSet } from "../../data/sets/types.ts";

export interface OrderOptions {
  /** Samples of a batch. */
  readonly batch: number;
  readonly epoch: number;
  readonly seed: number;
}

/** The batches of an epoch, each a list of at most `batch` sample numbers; as many in every epoch. A pure function of its arguments. */
export type Order = (set: DataSet, options: OrderOptions) => readonly Uint32Array[];

/** Every sample once, in the order of the data set. */
export const sequential: Order = ({ size }, { batch }) =>
  batches(
    Uint32Array.from({ length: size }, (_, i) => i),
    batch,
  );

/** Every sample once, in an order of its own for each epoch. */
export const shuffled: Order = ({ size }, { batch, epoch, seed }) => batches(epochOrder(size, seed, epoch), batch);

export interface BalancedOptions {
  /** Samples of each class in a batch: a batch of 32 with `each: 8` holds 4 classes. */
  readonly each: number;
  /** The field of the classes. Default: the only one that has class numbers. */
  readonly field?: string;
}

/**
 * Batches that hold equally many samples of each of their classes; as many batches as it takes to see as many samples as there are. Classes take
 * turns, and so do the samples of a class, over all batches of an epoch: samples of rare classes come several times.
 */
export function balanced({ each, field }: BalancedOptions): Order {
  return (set, { batch, epoch, seed }) => {
    const byClass = samplesByClass(set.labels(field));
    const perBatch = batch / each;
    if (!Number.isInteger(perBatch) || perBatch < 1)
      throw new RangeError(`balanced: a batch of ${batch} is no multiple of ${each} samples a class`);
    if (perBatch > byClass.size)
      throw new UserError(`balanced: ${perBatch} classes a batch, but the data set has samples of ${byClass.size}`);
    const classes = cycle(
      [...byClass.keys()].sort((a, b) => a - b),
      seed,
      "balanced",
      epoch,
    );
    const samples = new Map([...byClass].map(([label, items]) => [label, cycle(items, seed, "balanced", epoch, label)]));
    return Array.from({ length: Math.ceil(set.size / batch) }, () => {
      const chosen = classes(perBatch);
      return Uint32Array.from(chosen.flatMap((label) => (samples.get(label) as (n: number) => number[])(each)));
    });
  };
}

function samplesByClass(labels: Int32Array): Map<number, number[]> {
  const byClass = new Map<number, number[]>();
  labels.forEach((label, i) => {
    const items = byClass.get(label);
    if (items) items.push(i);
    else byClass.set(label, [i]);
  });
  return byClass;
}

/** Gives items in random order, over and over, each time in another order. Those that are taken at once differ as long as there are enough. */
function cycle(items: readonly number[], seed: number, ...path: readonly (string | number)[]): (count: number) => number[] {
  const random = createRandom(seed, ...path);
  let left: number[] = [];
  return (count) => {
    const taken: number[] = [];
    while (taken.length < count) {
      if (left.length === 0) left = random.shuffle([...items]);
      // What was taken already waits for the next round, if another is left.
      const at = Math.max(
        0,
        left.findIndex((item) => !taken.includes(item)),
      );
      taken.push(...left.splice(at, 1));
    }
    return taken;
  };
}
