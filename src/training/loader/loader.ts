/**
 * Batches for a training or an evaluation: samples in their order, decoded and augmented while the device computes the steps before.
 * Batch i of epoch e is a pure function of the data set, the options and (e, i), however far ahead it was made.
 */

import { augmentedFields } from "../../data/augment/apply.ts";
import type { Augmentation, BatchFields } from "../../data/augment/types.ts";
import type { DataSet, Fields } from "../../data/sets/types.ts";
import { createAhead } from "./ahead.ts";
import { epochTable } from "../position.ts";
import { type Assembly, assemble, type Pack } from "./assemble.ts";
import { type BagShape, bagShapes, packBags } from "./bags.ts";
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
  /** Whether somebody looks at more than the `weight` of batch `position`, counted through all epochs. Default: at every one's. Otherwise no sample is read. */
  readonly reads?: (position: number) => boolean;
  /** Ends it: a batch that is waited for then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Batch {
  /**
   * [N, ...] by field name, and `weight` f32 [N]: 1, and 0 for places that only fill up the batch. Of bags: [T, ...], with `index` i32 [N, L] and
   * `lengths` i32 [N] (bags.ts).
   */
  readonly feeds: BatchFields;
  /** The samples in the places that weigh 1. */
  readonly indices: Uint32Array;
  /** Where fields are bags. */
  readonly shape?: BagShape;
}

export interface Loader {
  /** Of one sample as it comes out: after augmentation, with its labels as probabilities if they are mixed. Without `weight`. */
  readonly fields: Fields;
  /** N. */
  readonly batch: number;
  /** Batches of epoch 0 (default), 1, ...: as many in each, but for bags. */
  count(epoch?: number): number;
  /** What batch `position`, counted through all epochs, has room for. Undefined: no field is a bag. */
  shape(position: number): BagShape | undefined;
  /** Milliseconds that callers have waited for batches, all in all. */
  readonly waited: number;
  /** Batch `index` of an epoch (both from 0). Rejects with what reading its samples threw. */
  get(index: number, epoch?: number): Promise<Batch>;
  /** The same, counted through all epochs. */
  at(position: number): Promise<Batch>;
  /** All batches of an epoch, in turn. */
  epoch(epoch?: number): AsyncGenerator<Batch, void>;
  /** Forgets the batches made ahead. `get` begins anew. */
  close(): void;
}

/** Batches of a data set. A batch size, augmentation or field that does not fit: RangeError. */
export function loader(set: DataSet, options: LoaderOptions): Loader {
  const {
    batch,
    seed = 0,
    training = false,
    augment = [],
    dropLast = false,
    ahead = 2,
    epochs = 1,
    parallel = 4,
    reads = always,
    signal,
  } = options;
  const order = options.order ?? (training ? shuffled : sequential);
  check("batch", batch, 1);
  check("ahead", ahead, 0);
  check("parallel", parallel, 1);
  for (const name of set.lengths ? ["weight", "index", "lengths"] : ["weight"])
    if (Object.hasOwn(set.fields, name)) throw new RangeError(`a field must not be called ${name}: batches have one of that name`);
  if (set.lengths && augment.some(({ of }) => of === "batch")) throw new RangeError("bags are not mixed");
  const fields = augmentedFields(set.fields, augment);
  const assembly: Assembly = { set, augment, seed, training, parallel };

  const shapes = set.lengths && bagShapes(set.lengths, batch);
  const plans = new Map<number, readonly Pack[]>();
  const planOf = (epoch: number): readonly Pack[] => {
    const known = plans.get(epoch);
    if (known) return known;
    const all = order(set, { batch, epoch, seed });
    checkPlan(all, batch, set.lengths ? all.length : (plans.get(0)?.length ?? all.length));
    const packs = shapes && set.lengths ? packBags(set.lengths, joined(all), { batch, shapes }) : filledUp(all, batch);
    const plan = dropLast ? packs.filter(({ samples }) => samples.length === batch) : packs;
    for (const other of plans.keys()) if (other > 0 && Math.abs(other - epoch) > 1) plans.delete(other);
    plans.set(epoch, plan);
    return plan;
  };
  const first = planOf(0).length;
  if (first === 0) throw new RangeError(`a batch of ${batch} of ${set.size} samples is none without the last one`);
  const count = (epoch = 0): number => (set.lengths ? planOf(epoch).length : first);
  const table = epochTable(count);

  const make = async (position: number, stillWanted: () => void): Promise<Batch> => {
    const { epoch, index } = table.placeOf(position);
    const pack = planOf(epoch)[index];
    const { samples: indices, shape } = pack;
    const weight = Float32Array.from({ length: batch }, (_, i) => (i < indices.length ? 1 : 0));
    const feeds = reads(position) ? await assemble(assembly, pack, { epoch, index, size: batch }, stillWanted) : {};
    return { feeds: { ...feeds, weight }, indices, ...(shape && { shape }) };
  };
  const end = Number.isFinite(epochs) ? table.begin(epochs) : Number.POSITIVE_INFINITY;
  const made = createAhead(make, { ahead, end, signal });
  let waited = 0;
  const at = async (position: number): Promise<Batch> => {
    const begin = performance.now();
    try {
      return await made.take(position);
    } finally {
      waited += performance.now() - begin;
    }
  };
  const get = async (index: number, epoch = 0): Promise<Batch> => {
    check("epoch", epoch, 0);
    check("batch", index, 0, count(epoch) - 1);
    return at(table.begin(epoch) + index);
  };
  return {
    fields,
    batch,
    count,
    shape(position) {
      const { epoch, index } = table.placeOf(position);
      return planOf(epoch)[index].shape;
    },
    get waited() {
      return waited;
    },
    get,
    at,
    async *epoch(epoch = 0) {
      for (let index = 0; index < count(epoch); index++) yield await get(index, epoch);
    },
    close: made.clear,
  };
}

const always = (): boolean => true;

/** A batch that is smaller than the others is filled up with the samples of the epoch's beginning, so that its statistics are of real samples. */
const filledUp = (plan: readonly Uint32Array[], batch: number): Pack[] =>
  plan.map((samples) => ({
    samples,
    filling: Uint32Array.from({ length: batch - samples.length }, (_, i) => plan[0][i % plan[0].length]),
  }));

const joined = (parts: readonly Uint32Array[]): number[] => parts.flatMap((part) => [...part]);

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
