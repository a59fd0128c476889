/** Numbers for random cases: drawn by seed within an op's domain, rounded to f32 so that a GPU gets the very same ones. */
import type { Tensor, Shape } from "../../src/graph/index.ts";
import { sizeOf } from "../../src/graph/index.ts";

/**
 * smooth: within 3, away from kinks, no two numbers alike (also not between the inputs of one op), so differences can be taken.
 * near: within 3. wide: all of the domain. ties: multiples of 1/2. edges: the ends of the domain, kinks, 0.
 */
export type Style = "smooth" | "near" | "wide" | "ties" | "edges";
export const FORWARD_STYLES: readonly Style[] = ["near", "wide", "ties", "edges"];

export interface Domain {
  readonly low: number;
  readonly high: number;
  readonly kinks?: readonly number[];
}

/** Mulberry32: numbers in [0, 1). */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The `which`-th f32 input of an op. */
export function floats(shape: Shape, domain: Domain, style: Style, seed: number, which = 0): Tensor {
  const random = generator(seed + 7919 * which);
  const count = sizeOf(shape);
  const data = style === "smooth" ? smooth(count, domain, random, which) : Array.from({ length: count }, () => DRAW[style](domain, random));
  return { shape, dtype: "f32", data: Float64Array.from(data, (value) => clampTo(domain, Math.fround(value))) };
}

/** Integers from low to high, both included. */
export function integers(shape: Shape, low: number, high: number, seed: number): Tensor {
  const random = generator(seed + 104729);
  return { shape, dtype: "i32", data: new Float64Array(sizeOf(shape)).map(() => low + Math.floor(random() * (high - low + 1))) };
}

const clampTo = ({ low, high }: Domain, value: number): number => Math.min(Math.max(value, low), high);

/** A shuffled grid; each input has its own part of every cell. */
function smooth(count: number, domain: Domain, random: () => number, which: number): number[] {
  const [low, high] = [Math.max(domain.low + 0.1, -3), Math.min(domain.high - 0.1, 3)];
  const cell = (high - low) / count;
  const values = Array.from({ length: count }, (_, i) => low + (i + 0.15 + 0.3 * which + 0.1 * random()) * cell);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j], values[i]];
  }
  return values.map((value) => {
    const kink = domain.kinks?.find((at) => Math.abs(value - at) < 0.01);
    return kink === undefined ? value : kink + (value > kink || kink <= low ? 0.02 : -0.02);
  });
}

const near = ({ low, high }: Domain, random: () => number): number => {
  const [from, to] = [Math.max(low, -3), Math.min(high, 3)];
  return from + (to - from) * random();
};

/** By magnitude where the domain spans many, else evenly. */
function wide({ low, high }: Domain, random: () => number): number {
  if (high <= 1e4) return low + (high - low) * random();
  const least = low > 0 ? low : 1e-6;
  const size = least * (high / least) ** random();
  return low < 0 && random() < 0.5 ? Math.max(low, -size) : size;
}

const ties = (domain: Domain, random: () => number): number => clampTo(domain, Math.floor(random() * 5 - 2) / 2);

function edges({ low, high, kinks = [] }: Domain, random: () => number): number {
  const choices = [low, high, clampTo({ low, high }, 0), clampTo({ low, high }, 1e-7), clampTo({ low, high }, -1e-7), ...kinks];
  return choices[Math.floor(random() * choices.length)];
}

const DRAW = { near, wide, ties, edges };
