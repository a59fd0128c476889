/** From a data set to the batches of one epoch. */

import { createRandom } from "./random.ts";

/** The order of `count` items in one epoch: the same for the same seed and epoch, whatever else was drawn before. [count] */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  return createRandom(seed, "order", epoch).permutation(count);
}

/** Shuffled copy of `items`, by seed and path; the argument stays as it is. */
export function shuffle<T>(items: readonly T[], seed: number, ...path: readonly (string | number)[]): T[] {
  return createRandom(seed, ...path).shuffle([...items]);
}

/** Runs of `size` consecutive items; the last one is shorter, or left out with `dropLast`. */
export function batches<T extends readonly unknown[] | Uint32Array>(items: T, size: number, options: { dropLast?: boolean } = {}): T[] {
  if (!Number.isInteger(size) || size < 1) throw new RangeError(`batches: size must be a positive integer, got ${size}`);
  const end = options.dropLast ? items.length - (items.length % size) : items.length;
  const runs: T[] = [];
  for (let at = 0; at < end; at += size) runs.push(items.slice(at, Math.min(at + size, end)) as T);
  return runs;
}

/** Grey bytes to numbers: (x / 255 - mean) / std. The defaults only scale to 0..1. */
export function normalizePixels(pixels: Uint8Array, options: { mean?: number; std?: number } = {}): Float32Array {
  const { mean = 0, std = 1 } = options;
  return Float32Array.from(pixels, (x) => (x / 255 - mean) / std);
}

/** The pictures at `indices` of a set of equal pictures: u8 [count, H, W] -> u8 [indices.length, H, W]. */
export function takePictures(
  set: { images: Uint8Array; height: number; width: number; count: number },
  indices: ArrayLike<number>,
): Uint8Array {
  const size = set.height * set.width;
  const out = new Uint8Array(indices.length * size);
  for (let i = 0; i < indices.length; i += 1) {
    const index = indices[i];
    if (!Number.isInteger(index) || index < 0 || index >= set.count) {
      throw new RangeError(`takePictures: index ${index} is outside 0..${set.count - 1}`);
    }
    out.set(set.images.subarray(index * size, (index + 1) * size), i * size);
  }
  return out;
}
