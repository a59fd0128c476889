/** What shaders/lib/math.wgsl is held to: exact functions, sample ranges, tolerances and extremes. */
import { erf, evaluate } from "../../../src/graph/index.ts";

export interface Case {
  readonly exact: (x: number, z: number) => number;
  /** Largest |error| / max(|exact|, floor). */
  readonly tolerance: number;
  /** Ranges from which x is drawn, evenly or (if both ends have one sign) by magnitude. */
  readonly ranges: readonly (readonly [number, number])[];
  /** Below this size an error counts as absolute; the smallest normal number by default. */
  readonly floor?: number;
  /** x, what must come out exactly, and the second argument. */
  readonly extremes?: readonly (readonly [number, number, number?])[];
  /** The range of the second argument beside each range of x. */
  readonly second?: readonly (readonly [number, number])[];
}

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
const TINY: readonly (readonly [number, number])[] = [
  [1e-30, 1],
  [-1, -1e-30],
];
/** By function of shaders/lib/math.wgsl, without its underscore. */
export const CASES: Readonly<Record<string, Case>> = {
  exp: {
    exact: Math.exp,
    tolerance: 5e-7,
    ranges: [[-87, 88.7], ...TINY],
    extremes: [
      [0, 1],
      [89, INF],
      [1e30, INF],
      [INF, INF],
      [-INF, 0],
      [-1e30, 0],
      [NAN, NAN],
    ],
  },
  expm1: {
    exact: Math.expm1,
    tolerance: 5e-7,
    ranges: [[-20, 88.7], [-1, 1], ...TINY],
    extremes: [
      [0, 0],
      [100, INF],
      [INF, INF],
      [-INF, -1],
      [-1e30, -1],
      [NAN, NAN],
    ],
  },
  log: {
    exact: Math.log,
    tolerance: 5e-7,
    ranges: [
      [1.4e-45, 3.4e38],
      [0.5, 2],
      [0.99, 1.01],
    ],
    extremes: [
      [1, 0],
      [0, -INF],
      [-0, -INF],
      [INF, INF],
      [-1, NAN],
      [-INF, NAN],
      [NAN, NAN],
    ],
  },
  log1p: {
    exact: Math.log1p,
    tolerance: 5e-7,
    ranges: [[1e-30, 3.4e38], [-0.9999, 0], ...TINY],
    extremes: [
      [0, 0],
      [-1, -INF],
      [INF, INF],
      [-2, NAN],
      [NAN, NAN],
    ],
  },
  tanh: {
    exact: Math.tanh,
    tolerance: 5e-7,
    ranges: [[-12, 12], ...TINY],
    extremes: [
      [0, 0],
      [100, 1],
      [-100, -1],
      [1e38, 1],
      [INF, 1],
      [-INF, -1],
      [NAN, NAN],
    ],
  },
  sigmoid: {
    exact: (x) => 1 / (1 + Math.exp(-x)),
    tolerance: 5e-7,
    ranges: [[-87, 20]],
    extremes: [
      [0, 0.5],
      [200, 1],
      [-200, 0],
      [INF, 1],
      [-INF, 0],
      [NAN, NAN],
    ],
  },
  softplus: {
    exact: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    tolerance: 5e-7,
    ranges: [[-87, 40]],
    extremes: [
      [200, 200],
      [-200, 0],
      [INF, INF],
      [-INF, 0],
      [NAN, NAN],
    ],
  },
  erf: {
    exact: (x) => evaluate([erf(x)])[0].data[0],
    tolerance: 5e-7,
    ranges: [[-5, 5], [-1, 1], ...TINY],
    extremes: [
      [0, 0],
      [4, 1],
      [-1e38, -1],
      [INF, 1],
      [-INF, -1],
      [NAN, NAN],
    ],
  },
  sin: {
    exact: Math.sin,
    tolerance: 5e-7,
    floor: 1,
    ranges: [
      [-1e4, 1e4],
      [-7, 7],
      [9e3, 3.4e38],
      [-3.4e38, -9e3],
      [1e4, 1e6],
    ],
    extremes: [
      [0, 0],
      [INF, NAN],
      [-INF, NAN],
      [NAN, NAN],
    ],
  },
  cos: {
    exact: Math.cos,
    tolerance: 5e-7,
    floor: 1,
    ranges: [
      [-1e4, 1e4],
      [-7, 7],
      [9e3, 3.4e38],
      [-3.4e38, -9e3],
      [1e4, 1e6],
    ],
    extremes: [
      [0, 1],
      [INF, NAN],
      [NAN, NAN],
    ],
  },
  sqrt: {
    exact: Math.sqrt,
    tolerance: 5e-7,
    ranges: [[1.2e-38, 3.4e38]],
    extremes: [
      [0, 0],
      [1, 1],
      [INF, INF],
    ],
  },
  rsqrt: {
    exact: (x) => 1 / Math.sqrt(x),
    tolerance: 5e-7,
    ranges: [[1.2e-38, 3.4e38]],
    extremes: [
      [1, 1],
      [INF, 0],
    ],
  },
  pow: {
    exact: (x, z) => x ** z,
    tolerance: 5e-7,
    ranges: [
      [1e-3, 1e3],
      [0.8, 1.2],
      [0.999, 1.001],
      [1.2e-38, 3.4e38],
      [-9, -1],
    ],
    second: [
      [-4, 4],
      [-380, 380],
      [-8e4, 8e4],
      [-0.9, 0.9],
      [2, 2],
    ],
    extremes: [
      ...[0.5, -0.5, 3, -3, INF, -INF, NAN].map((z) => [1, 1, z] as const),
      ...[NAN, INF, -INF, -0, -7].map((x) => [x, 1, 0] as const),
      [-1, 1, INF],
      [-1, -1, 16777215],
      [-1, 1, 16777216],
      [-1, 1, 3e38],
      [-1, NAN, 0.5],
      [0, 0, 0.5],
      [0, INF, -0.5],
      [-0, -INF, -3],
      [-0, INF, -2],
      [-INF, -INF, 3],
      [-INF, INF, 2],
      [-INF, INF, 0.5],
      [-INF, 0, -3],
      [INF, 0, -1],
      [0.5, 0, INF],
      [0.5, INF, -INF],
      [-2, INF, INF],
      [-2, 0, -INF],
      [2, INF, 128],
      [2, 2 ** 127, 127],
      [2, 2 ** -126, -126],
      [0.5, 0, 200],
      [1 - 2 ** -24, 0, 1e12],
      [NAN, NAN, 2],
      [2, NAN, NAN],
    ],
  },
  relu: {
    exact: (x) => Math.max(x, 0),
    tolerance: 0,
    ranges: [[-9, 9]],
    extremes: [
      [0, 0],
      [INF, INF],
      [-INF, 0],
      [NAN, NAN],
    ],
  },
};
