/**
 * Random numbers for data order, on the CPU. A stream is named by a seed and a path, so "epoch 7 of the bag order" is the same
 * stream whether the run came there in one go or was resumed, and no state has to be saved.
 *
 * The generator is xoshiro128** (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c). Only integer arithmetic and
 * correctly rounded float operations are used (no Math.log, whose last bit differs between engines): the numbers are the same everywhere.
 */

import { hashText } from "./hash.ts";

export interface Random {
  /** An unsigned 32-bit integer. */
  bits(): number;
  /** Uniform in [0, 1), a multiple of 2^-53. */
  next(): number;
  /** A uniform integer in 0..n-1, without bias. 1 <= n <= 2^32. */
  int(n: number): number;
  /** A draw from N(0, 1). */
  normal(): number;
  /** Shuffles in place (Fisher-Yates), and returns its argument. */
  shuffle<T extends Shuffleable>(items: T): T;
  /** The numbers 0..n-1 in random order. */
  permutation(n: number): Uint32Array;
}

interface Shuffleable {
  readonly length: number;
  [index: number]: unknown;
}

const rotateLeft = (x: number, r: number): number => (x << r) | (x >>> (32 - r));

/** xoshiro128**: a function that returns the next unsigned 32-bit number. */
function xoshiro128(a: number, b: number, c: number, d: number): () => number {
  return () => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = rotateLeft(d, 11);
    return result;
  };
}

/** ln(x) for x in (0, 1], within 2e-15 relative, from exact operations: x = m 2^e, ln m = 2 atanh((m-1)/(m+1)). */
export function portableLog(x: number): number {
  let e = 0;
  let m = x;
  while (m < Math.SQRT1_2) {
    m *= 2;
    e -= 1;
  }
  const f = (m - 1) / (m + 1); // |f| <= 0.1716
  const f2 = f * f;
  let series = 0;
  for (let k = 21; k >= 1; k -= 2) series = series * f2 + 1 / k;
  return e * Math.LN2 + 2 * f * series;
}

/**
 * The stream of random numbers that `seed` and `path` name. Equal arguments give equal streams, on every machine.
 * Numbers and texts in a path differ: 7 is not "7".
 */
export function createRandom(seed: number, ...path: readonly (string | number)[]): Random {
  if (!Number.isFinite(seed) || path.some((part) => typeof part === "number" && !Number.isFinite(part))) {
    throw new RangeError(`createRandom: seed and path must be finite, got ${String(seed)} and [${path.join(", ")}]`);
  }
  const name = JSON.stringify([seed, ...path]);
  // The constant 1 keeps the state from being all zero, which is the generator's one fixed point.
  const bits = xoshiro128(hashText(name, 1) | 1, hashText(name, 2), hashText(name, 3), hashText(name, 4));
  for (let i = 0; i < 8; i += 1) bits();
  const next = (): number => ((bits() >>> 5) * 0x4000000 + (bits() >>> 6)) / 0x20000000000000;

  const int = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) throw new RangeError(`random.int: n must be 1..2^32, got ${n}`);
    const limit = 0x100000000 - (0x100000000 % n); // the largest multiple of n; words above it are rejected
    let word = bits();
    while (word >= limit) word = bits();
    return word % n;
  };

  let spare: number | null = null;
  /** Marsaglia's polar method: a point in the unit disc gives two independent normals. */
  const normal = (): number => {
    if (spare !== null) {
      const kept = spare;
      spare = null;
      return kept;
    }
    for (;;) {
      const u = 2 * next() - 1;
      const v = 2 * next() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const scale = Math.sqrt((-2 * portableLog(s)) / s);
        spare = v * scale;
        return u * scale;
      }
    }
  };

  const shuffle = <T extends Shuffleable>(items: T): T => {
    const list: { [index: number]: unknown } = items;
    for (let i = items.length - 1; i > 0; i -= 1) {
      const j = int(i + 1);
      [list[i], list[j]] = [list[j], list[i]];
    }
    return items;
  };

  return { bits, next, int, normal, shuffle, permutation: (n) => shuffle(Uint32Array.from({ length: n }, (_, i) => i)) };
}
