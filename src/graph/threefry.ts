/**
 * Counter-based random numbers: Threefry-2x32, 20 rounds (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * The same u32 arithmetic as shaders/lib/random.wgsl, bit for bit.
 */
import { sizeOf, type Init, type Shape } from "./node.ts";

const ROTATIONS = [
  [13, 15, 26, 6],
  [17, 29, 16, 24],
] as const;

/** Two u32 words for a key (k0, k1) and a counter (c0, c1). */
export function threefry2x32(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const keys = [k0 | 0, k1 | 0, 0x1bd11bda ^ k0 ^ k1];
  let x0 = (c0 + keys[0]) | 0;
  let x1 = (c1 + keys[1]) | 0;
  for (let group = 0; group < 5; group++) {
    for (const rotation of ROTATIONS[group % 2]) {
      x0 = (x0 + x1) | 0;
      x1 = ((x1 << rotation) | (x1 >>> (32 - rotation))) ^ x0;
    }
    x0 = (x0 + keys[(group + 1) % 3]) | 0;
    x1 = (x1 + keys[(group + 2) % 3] + group + 1) | 0;
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** A path as a u32: FNV-1a over its UTF-16 code units, low byte first. */
export function hashPath(path: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) {
    const unit = path.charCodeAt(i);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}

/** [0, 1), in steps of 2^-24. */
export const uniformOf = (word: number): number => (word >>> 8) * 2 ** -24;

/** Standard normal by Box and Muller (1958); the first word is taken from (0, 1] so that its logarithm is finite. */
export function normalOf(word0: number, word1: number): number {
  const radius = Math.sqrt(-2 * Math.log(((word0 >>> 8) + 1) * 2 ** -24));
  return radius * Math.cos(2 * Math.PI * uniformOf(word1));
}

/** A variable's first value, by seed and path alone: adding a layer changes no other layer's numbers. */
export function initialValue(init: Init, shape: Shape, seed: number, path: string): Float32Array {
  const values = new Float32Array(sizeOf(shape));
  if (init.kind === "constant") return values.fill(init.value);
  const key = hashPath(path);
  for (let i = 0; i < values.length; i++) {
    const [word0, word1] = threefry2x32(seed, key, i, 0);
    values[i] =
      init.kind === "uniform" ? init.low + (init.high - init.low) * uniformOf(word0) : init.mean + init.std * normalOf(word0, word1);
  }
  const { unit, zeroRow } = init;
  const row = values.length / shape[0];
  if (zeroRow !== undefined) values.fill(0, zeroRow * row, (zeroRow + 1) * row);
  const norm = unit ? Math.sqrt(values.reduce((total, value) => total + value * value, 0)) : 1;
  return unit ? values.map((value) => value / norm) : values;
}
