/**
 * Batches for a training or an evaluation: samples in their order, decoded and augmented while the device computes the steps before.
 * Batch i of epoch e is a pure function of the data set, the options and (e, i), however far ahead it was made.
 */

import { augmentedFields } from "../../data/augment/apply.ts";
import type { Augmentation, BatchFields } from "../../data/augment/types.ts";
import type { DataSet, Fields } from "../../data/sets/types.ts";
import { createAhead } from "./ahead.ts";
import { type Assembly, assemble } from "./assemble.ts";
import { type Order, sequential, shuffled } from "./orders.ts";

export interface LoaderOptions {
  /** Samples of a batch, N. */
  readonly batch: number;
  /** Default 0. */
  readonly seed?: number;
  /** True: shuffled and randomly augmented. False (default): in order, with what augmentations do in evaluation. */
  readonly training?: boolean;
  /** Default: `shuffled` in training, else `sequential`. */
  readonly order?: Order;
  readonly augment?: readonly Augmentation[];
  /** Leaves out a last, smaller batch, instead of filling it up with samples that weigh 0. */
  readonly dropLast?: boolean;
  /** Batches that are made before they are asked for. Default 2. */
  readonly ahead?: number;
  /** Epochs after which nothing is made ahead any more. Default 1. */
  readonly epochs?: number;
  /** Samples that are decoded at the same time. Default 4. */
  readonly parallel?: number;
  /** Ends it: a batch that is waited for then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Batch {
  /** [N, ...] by field name, and `weight` f32 [N]: 1, and 0 for places that only fill up the last batch of an epoch. */
  readonly feeds: BatchFields;
  /** The samples in the places that weigh 1. */
  readonly indices: Uint32Array;
}

export interface Loader {
  /** Of one sample as it comes out: after augmentation, with its labels as probabilities if they are mixed. Without `weight`. */
  readonly fields: Fields;
  /** N. */
  readonly batch: number;
  /** Batches of an epoch. */
  readonly count: number;
  /** Milliseconds that callers have waited for batches, all in all. */
  readonly waited: number;
  /** Batch `index` of an epoch (both from 0). Rejects with what reading its samples threw. */
  get(index: number, epoch?: number): Promise<Batch>;
  /** All batches of an epoch, in turn. */
  epoch(epoch?: number): AsyncGenerator<Batch, void>;
  /** Forgets the batches made ahead. `get` begins anew. */
  close(): void;
}

/** Batches of a data set. A batch size, augmentation or field that does not fit: RangeError. */
export function loader(set: DataSet, options: LoaderOptions): Loader {
  const { batch, seed = 0, training = false, augment = [], dropLast = false, ahead = 2, epochs = 1, parallel = 4, signal } = options;
  const order = options.order ?? (training ? shuffled : sequential);
  check("batch", batch, 1);
  check("ahead", ahead, 0);
  check("parallel", parallel, 1);
  if (Object.hasOwn(set.fields, "weight")) throw new RangeError("a field must not be called weight: batches have one of that name");
  const fields = augmentedFields(set.fields, augment);
  const assembly: Assembly = { set, augment, seed, training, parallel };

  const plans = new Map<number, readonly Uint32Array[]>();
  const planOf = (epoch: number): readonly Uint32Array[] => {
    const known = plans.get(epoch);
    if (known) return known;
    const all = order(set, { batch, epoch, seed });
    const plan = dropLast ? all.filter(({ length }) => length === batch) : all;
    checkPlan(plan, batch, plans.get(0)?.length ?? plan.length);
    for (const other of plans.keys()) if (other > 0 && Math.abs(other - epoch) > 1) plans.delete(other);
    plans.set(epoch, plan);
    return plan;
  };
  const count = planOf(0).length;
  if (count === 0) throw new RangeError(`a batch of ${batch} of ${set.size} samples is none without the last one`);

  const make = async (position: number, stillWanted: () => void): Promise<Batch> => {
    const [epoch, index] = [Math.floor(position / count), position % count];
    const plan = planOf(epoch);
    const indices = plan[index];
    const weight = Float32Array.from({ length: batch }, (_, i) => (i < indices.length ? 1 : 0));
    const feeds = await assemble(assembly, filledUp(plan, index, batch), { epoch, index }, stillWanted);
    return { feeds: { ...feeds, weight }, indices };
  };
  const made = createAhead(make, { ahead, end: count * epochs, signal });
  let waited = 0;
  const get = async (index: number, epoch = 0): Promise<Batch> => {
    check("batch", index, 0, count - 1);
    check("epoch", epoch, 0);
    const begin = performance.now();
    try {
      return await made.take(epoch * count + index);
    } finally {
      waited += performance.now() - begin;
    }
  };
  return {
    fields,
    batch,
    count,
    get waited() {
      return waited;
    },
    get,
    async *epoch(epoch = 0) {
      for (let index = 0; index < count; index++) yield await get(index, epoch);
    },
    close: made.clear,
  };
}

/** The samples of a batch; if it is smaller than the others, those of the epoch's beginning follow, so that its statistics are of real samples. */
function filledUp(plan: readonly Uint32Array[], index: number, batch: number): Uint32Array {
  const own = plan[index];
  if (own.length === batch) return own;
  const first = plan[0];
  return Uint32Array.from({ length: batch }, (_, i) => (i < own.length ? own[i] : first[(i - own.length) % first.length]));
}

function checkPlan(plan: readonly Uint32Array[], batch: number, count: number): void {
  if (plan.length !== count) throw new RangeError(`the order gives ${plan.length} batches in one epoch and ${count} in another`);
  const odd = plan.find(({ length }) => length < 1 || length > batch);
  if (odd) throw new RangeError(`the order gives a batch of ${odd.length} samples; at most ${batch} fit`);
}

function check(name: string, value: number, least: number, most = Number.MAX_SAFE_INTEGER): void {
  if (!(Number.isInteger(value) && value >= least && value <= most)) {
    throw new RangeError(
      `loader: ${name} must be a whole number from ${least}${most < Number.MAX_SAFE_INTEGER ? ` to ${most}` : ""}, got ${value}`,
    );
  }
}
