/**
 * What every op does with NaN, and its values and slopes at special points: semantics that tests hold on the reference and on devices, and that
 * docs/ops.md prints. They are PyTorch's and IEEE 754's. They stand here and not in the ops' literals, since a table is read as a whole.
 */
import type { OpAttrs, OpName } from "../node.ts";

/** Inputs (or the elements along the axis that an op reduces), the value there, and the slope by each f32 input. */
export type Special = readonly [at: readonly number[], y: number, slopes?: readonly number[]];

export interface SpecialValues<K extends OpName> {
  /** through: what is computed from NaN is NaN. moved: it is handed on. answered: the result is an integer. none: no f32 goes in. */
  readonly nan: "through" | "moved" | "answered" | "none";
  readonly attrs?: OpAttrs[K];
  readonly f32?: readonly Special[];
  readonly i32?: readonly Special[];
}

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
const [LEAST, MOST] = [-(2 ** 31), 2 ** 31 - 1];

export const SPECIAL: { readonly [K in OpName]: SpecialValues<K> } = {
  input: { nan: "moved" },
  variable: { nan: "moved" },
  constant: { nan: "none" },
  iota: { nan: "none" },
  random: { nan: "none" },
  neg: { nan: "through", attrs: {}, f32: [[[INF], -INF, [-1]]], i32: [[[LEAST], LEAST]] },
  abs: { nan: "through", attrs: {}, f32: at([[0], 0, [0]], [[-INF], INF, [-1]], [[NAN], NAN, [NAN]]), i32: [[[LEAST], LEAST]] },
  sign: { nan: "through", attrs: {}, f32: at([[0], 0], [[-INF], -1]) },
  floor: { nan: "through", attrs: {}, f32: at([[-INF], -INF]) },
  add: { nan: "through", attrs: {}, f32: at([[INF, -INF], NAN, [1, 1]]), i32: [[[MOST, 1], LEAST]] },
  sub: { nan: "through", attrs: {}, f32: at([[INF, INF], NAN, [1, -1]]), i32: [[[LEAST, 1], MOST]] },
  mul: { nan: "through", attrs: {}, f32: at([[0, INF], NAN, [INF, 0]]), i32: [[[MOST, 2], -2]] },
  div: {
    nan: "through",
    attrs: {},
    f32: at([[1, 0], INF, [INF, -INF]], [[-1, 0], -INF], [[0, 0], NAN], [[1, INF], 0, [0, 0]], [[INF, INF], NAN]),
    i32: at([[7, 0], 7], [[-7, 2], -3], [[LEAST, -1], LEAST]),
  },
  maximum: { nan: "through", attrs: {}, f32: at([[NAN, 1], NAN, [1, 1]], [[2, 2], 2, [0.5, 0.5]], [[-INF, -INF], -INF, [0.5, 0.5]]) },
  minimum: { nan: "through", attrs: {}, f32: at([[1, NAN], NAN, [1, 1]], [[2, 2], 2, [0.5, 0.5]], [[INF, INF], INF, [0.5, 0.5]]) },
  less: { nan: "answered", attrs: {}, f32: at([[NAN, 1], 0], [[1, NAN], 0], [[-INF, INF], 1]), i32: [[[LEAST, MOST], 1]] },
  lessEqual: { nan: "answered", attrs: {}, f32: at([[NAN, NAN], 0], [[INF, INF], 1]), i32: [[[MOST, LEAST], 0]] },
  equal: { nan: "answered", attrs: {}, f32: at([[NAN, NAN], 0], [[INF, INF], 1], [[0, -0], 1]), i32: [[[MOST, LEAST], 0]] },
  select: { nan: "moved", attrs: {}, f32: at([[1, 2, NAN], 2, [1, 0]], [[0, 2, NAN], NAN, [0, 1]]), i32: [[[LEAST, MOST, 3], MOST]] },
  cast: { nan: "answered", attrs: { dtype: "i32" }, f32: at([[NAN], 0], [[INF], MOST], [[-INF], LEAST], [[1e30], MOST], [[-2.75], -2]) },
  stopGradient: { nan: "moved" },
  isFinite: { nan: "answered", attrs: {}, f32: at([[NAN], 0], [[INF], 0], [[-INF], 0], [[3e38], 1]) },
  relu: { nan: "through", attrs: { max: 6 }, f32: at([[NAN], NAN, [0]], [[0], 0, [0]], [[6], 6, [0]], [[INF], 6, [0]], [[-INF], 0, [0]]) },
  exp: { nan: "through", attrs: {}, f32: at([[-INF], 0, [0]], [[INF], INF, [INF]]) },
  log: { nan: "through", attrs: {}, f32: at([[0], -INF, [INF]], [[-1], NAN, [-1]], [[INF], INF, [0]]) },
  expm1: { nan: "through", attrs: {}, f32: at([[-INF], -1, [0]], [[INF], INF, [INF]]) },
  log1p: { nan: "through", attrs: {}, f32: at([[-1], -INF, [INF]], [[-2], NAN, [-1]], [[INF], INF, [0]]) },
  sqrt: { nan: "through", attrs: {}, f32: at([[0], 0, [0]], [[-1], NAN, [NAN]], [[INF], INF, [0]]) },
  rsqrt: { nan: "through", attrs: {}, f32: at([[0], INF, [-INF]], [[-1], NAN, [NAN]], [[INF], 0, [0]]) },
  pow: {
    nan: "through",
    attrs: {},
    f32: at(
      [[NAN, 0], 1, [0, NAN]],
      [[0, 0], 1, [0, 0]],
      [[1, NAN], 1, [NAN, 0]],
      [[0, 2], 0, [0, 0]],
      [[0, -1], INF, [-INF, -INF]],
      [[-2, 3], -8, [12, NAN]],
      [[-2, 0.5], NAN, [NAN, NAN]],
      [[-INF, 3], -INF, [INF, NAN]],
      [[-1, INF], 1],
      [[0.5, INF], 0],
    ),
  },
  sin: { nan: "through", attrs: {}, f32: at([[INF], NAN, [NAN]]) },
  cos: { nan: "through", attrs: {}, f32: at([[-INF], NAN, [NAN]]) },
  tanh: { nan: "through", attrs: {}, f32: at([[INF], 1, [0]], [[-INF], -1, [0]]) },
  sigmoid: { nan: "through", attrs: {}, f32: at([[INF], 1, [0]], [[-INF], 0, [0]]) },
  softplus: { nan: "through", attrs: {}, f32: at([[INF], INF, [1]], [[-INF], 0, [0]]) },
  erf: { nan: "through", attrs: {}, f32: at([[0], 0, [2 / Math.sqrt(Math.PI)]], [[INF], 1, [0]], [[-INF], -1, [0]], [[NAN], NAN, [NAN]]) },
  sum: { nan: "through", attrs: { axes: [0] }, f32: at([[INF, -INF], NAN, [1, 1]]), i32: [[[MOST, 1], LEAST]] },
  reduceMax: {
    nan: "through",
    attrs: { axes: [0] },
    f32: at([[NAN, 1], NAN, [NAN, NAN]], [[2, 2], 2, [0.5, 0.5]], [[-INF, -INF], -INF, [0.5, 0.5]]),
    i32: [[[LEAST, LEAST], LEAST]],
  },
  argmax: { nan: "answered", attrs: { axis: 0 }, f32: at([[1, NAN, NAN], 1], [[-INF, -INF], 0]), i32: [[[LEAST, MOST, MOST], 1]] },
  reshape: { nan: "moved" },
  transpose: { nan: "moved" },
  broadcast: { nan: "moved" },
  slice: { nan: "moved" },
  pad: { nan: "moved" },
  concat: { nan: "moved" },
  reverse: { nan: "moved" },
  matmul: { nan: "through" },
  conv2d: { nan: "through" },
  conv2dInputGrad: { nan: "through" },
  conv2dWeightGrad: { nan: "through" },
  unfold: { nan: "moved" },
  fold: { nan: "through" },
  winogradTransform: { nan: "through" },
  winogradInverse: { nan: "through" },
  maxPoolIndex: { nan: "answered" },
  poolGather: { nan: "moved" },
  maxUnpool: { nan: "through" },
  gather: { nan: "moved" },
  scatterAdd: { nan: "through" },
};

function at(...points: Special[]): readonly Special[] {
  return points;
}
