/**
 * Bags of different length in one step. The instances of a batch stand one after another, [T, 1, 28, 28]; an index [B, L] says which of
 * them is the l-th of bag b (-1: none, it reads 0), and lengths [B] says how many there are (0: an unused place).
 *
 * A program has one shape (B, L, T), so few shapes should arise: L is rounded up to a multiple, and T is fixed per L, a little more than
 * B bags of that rounding hold on average. Bags are packed in the order given until the next one does not fit.
 */

import type { Bag } from "./bags.ts";

/** The shape of a program: places for bags, for instances per bag, for instances in all. */
export interface Capacity {
  readonly bags: number;
  readonly length: number;
  readonly instances: number;
}

/** Some bags that run together. */
export interface BagBatch {
  readonly capacity: Capacity;
  /** Positions in the list that the batches were packed from. */
  readonly bags: readonly number[];
}

export interface PackOptions {
  /** B: bags per step at most. */
  readonly batch: number;
  /** L is a multiple of this. Default 8. */
  readonly lengthMultiple?: number;
  /** T is a multiple of this. Default 16. */
  readonly instanceMultiple?: number;
}

const roundUp = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Chooses T for every L from the lengths that will come, so that it need not change with the order. */
export function capacities(lengths: readonly number[], options: PackOptions): Map<number, Capacity> {
  const { batch, lengthMultiple = 8, instanceMultiple = 16 } = options;
  const groups = new Map<number, number[]>();
  for (const length of lengths) {
    const rounded = roundUp(length, lengthMultiple);
    groups.set(rounded, [...(groups.get(rounded) ?? []), length]);
  }
  const table = new Map<number, Capacity>();
  for (const [length, members] of [...groups].sort((a, b) => a[0] - b[0])) {
    const mean = members.reduce((sum, x) => sum + x, 0) / members.length;
    const instances = roundUp(Math.max(batch * mean, length), batch === 1 ? lengthMultiple : instanceMultiple);
    table.set(length, { bags: batch, length, instances: Math.min(instances, roundUp(batch * length, instanceMultiple)) });
  }
  return table;
}

interface Open {
  readonly capacity: Capacity;
  bags: number[];
  instances: number;
}

/**
 * Packs bags, in the order of `order` (positions in `lengths`), into batches of the shapes of `table`. A batch that is not full at the end
 * joins that of the next longer shape if it fits, so that an epoch does not end in many nearly empty steps.
 */
export function packBatches(lengths: readonly number[], order: ArrayLike<number>, table: ReadonlyMap<number, Capacity>): BagBatch[] {
  const shapes = [...table.values()].sort((a, b) => a.length - b.length);
  const open = new Map(shapes.map((capacity): [number, Open] => [capacity.length, { capacity, bags: [], instances: 0 }]));
  const batches: BagBatch[] = [];
  const close = (batch: Open): void => {
    if (batch.bags.length > 0) batches.push({ capacity: batch.capacity, bags: batch.bags });
    batch.bags = [];
    batch.instances = 0;
  };
  const put = (bag: number, batch: Open): void => {
    if (!fits(batch, lengths[bag], 1)) close(batch);
    batch.bags.push(bag);
    batch.instances += lengths[bag];
    if (batch.bags.length === batch.capacity.bags) close(batch);
  };
  for (let i = 0; i < order.length; i++) {
    const shape = shapes.find((capacity) => capacity.length >= lengths[order[i]]);
    if (!shape) throw new RangeError(`packBatches: no shape holds a bag of ${lengths[order[i]]} instances`);
    put(order[i], open.get(shape.length)!);
  }
  const left = [...open.values()];
  for (const [i, batch] of left.entries()) {
    const next = left[i + 1];
    if (next && fits(next, batch.instances, batch.bags.length)) {
      next.bags.push(...batch.bags);
      next.instances += batch.instances;
    } else close(batch);
  }
  return batches;
}

const fits = ({ capacity, bags, instances }: Open, more: number, count: number): boolean =>
  bags.length + count <= capacity.bags && instances + more <= capacity.instances;

/** What a step is fed: pixels f32 [T, 1, 28, 28] in 0..255, index i32 [B, L], lengths i32 [B], labels f32 [B]. */
export interface BatchFeeds {
  readonly [key: string]: Float32Array | Int32Array;
  readonly pixels: Float32Array;
  readonly index: Int32Array;
  readonly lengths: Int32Array;
  readonly labels: Float32Array;
}

/** One instance's picture: u8, 28 * 28, 255 = ink. */
export type Pixels = (image: number) => Uint8Array;

/** Reads a picture out of a file of them. */
export const pixelsOf =
  (file: { readonly images: Uint8Array; readonly height: number; readonly width: number }): Pixels =>
  (image) =>
    file.images.subarray(image * file.height * file.width, (image + 1) * file.height * file.width);

/** How the instances of a bag are read: `turn(bag)` gives the order of its places, [length]. */
export type Turn = (bag: number, length: number) => ArrayLike<number>;

const asDrawn: Turn = (_, length) => Uint32Array.from({ length }, (_, i) => i);

/** Lays a batch out for a program of its capacity. */
export function feedsOf(batch: BagBatch, bags: readonly Pick<Bag, "images" | "label">[], pixels: Pixels, turn: Turn = asDrawn): BatchFeeds {
  const { capacity } = batch;
  const size = 28 * 28;
  const feeds = {
    pixels: new Float32Array(capacity.instances * size),
    index: new Int32Array(capacity.bags * capacity.length).fill(-1),
    lengths: new Int32Array(capacity.bags),
    labels: new Float32Array(capacity.bags),
  };
  let instance = 0;
  for (const [place, position] of batch.bags.entries()) {
    const { images, label } = bags[position];
    const order = turn(position, images.length);
    feeds.lengths[place] = images.length;
    feeds.labels[place] = label;
    for (let l = 0; l < images.length; l++, instance++) {
      feeds.pixels.set(pixels(images[order[l]]), instance * size);
      feeds.index[place * capacity.length + l] = instance;
    }
  }
  return feeds;
}
