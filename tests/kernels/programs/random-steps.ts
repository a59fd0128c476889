/** Steps out of which random graphs are made. */
import {
  abs,
  add,
  argmax,
  broadcastTo,
  cast,
  concat,
  constant,
  conv2d,
  conv2dInputGrad,
  conv2dWeightGrad,
  floor,
  gather,
  iota,
  less,
  matmul,
  maximum,
  maxPool2d,
  minimum,
  mul,
  neg,
  type Node,
  pad,
  reduceMax,
  relu,
  reshape,
  reverse,
  scatterAdd,
  select,
  sizeOf,
  slice,
  sub,
  sum,
  tanh,
  transpose,
  uniform,
} from "../../../src/graph/index.ts";
import { fit, type Graph } from "./random-graph.ts";

/** A step takes what it needs from its numbers; missing ones are 0. */
export interface Step {
  readonly kind: keyof typeof KINDS;
  /** Which earlier nodes it uses, counted back from the latest. */
  readonly of: readonly number[];
  readonly numbers: readonly number[];
}

const cap = (x: Node, axis: number, most: number): Node =>
  x.shape[axis] <= most
    ? x
    : slice(
        x,
        x.shape.map(() => 0),
        x.shape.map((extent, i) => (i === axis ? most : extent)),
      );

type Make = (x: Node, y: Node, n: (i: number) => number, graph: Graph) => Node;

const axisOf = (x: Node, n: number): number => n % x.shape.length;
const withAxis = (x: Node): Node => (x.shape.length === 0 ? reshape(x, [1]) : x);
/** [batch, channels, height, width] of moderate extents out of anything. */
const picture = (x: Node, n: (i: number) => number): Node => fit(x, [1 + (n(0) % 2), 2 + (n(1) % 3), 3 + (n(2) % 4), 3 + (n(3) % 3)]);
const indices = (x: Node, size: number): Node =>
  cast(sub(cast(fit(x, x.shape), "f32"), mul(floor(mul(x, 1 / (size + 1))), size + 1)), "i32");

const window = (n: (i: number) => number) => ({ stride: 1 + (n(4) % 2), padding: n(5) % 2, dilation: 1 });

export const KINDS = {
  add: (x, y) => add(x, fit(y, x.shape)),
  sub: (x, y) => sub(fit(y, x.shape), x),
  mul: (x, y) => mul(x, fit(y, x.shape)),
  maximum: (x, y) => maximum(x, fit(y, x.shape)),
  minimum: (x, y) => minimum(x, fit(y, x.shape)),
  square: (x) => mul(x, x),
  twice: (x) => add(x, x),
  less: (x, y) => less(x, fit(y, x.shape)),
  select: (x, y, _, graph) => select(less(x, 3), fit(y, x.shape), fit(graph.pick(3), x.shape)),
  neg: (x) => neg(x),
  abs: (x) => abs(x),
  relu: (x, _, n) => relu(x, { max: n(0) % 2 ? 6 : null }),
  costly: (x) => add(x, tanh(mul(x, 0))),
  integer: (x) => add(cast(floor(mul(x, 0.5)), "i32"), cast(x, "i32")),
  reshape: (x, _, n) => reshape(x, n(0) % 2 ? [-1] : [1, ...[...x.shape].reverse(), 1]),
  transpose: (x, _, n) => transpose(x, rotate([...x.shape.keys()], n(0))),
  swap: (x, _, n) => (x.shape.length < 2 ? neg(x) : transpose(x, rotate([...x.shape.keys()].reverse(), n(0)))),
  broadcast: (x, _, n) => broadcastTo(x, [1 + (n(0) % 3), ...x.shape]),
  slice: (x, _, n) => {
    const start = x.shape.map((extent, i) => n(i) % extent);
    return slice(
      x,
      start,
      x.shape,
      x.shape.map((__, i) => 1 + (n(i + 1) % 2)),
    );
  },
  pad: (x, _, n) =>
    pad(
      x,
      x.shape.map((__, i) => n(i) % 2),
      x.shape.map((__, i) => n(i + 1) % 3),
      { value: n(0) % 3, interior: x.shape.map((__, i) => n(i + 2) % 2) },
    ),
  zeroPad: (x, _, n) =>
    pad(
      withAxis(x),
      withAxis(x).shape.map((__, i) => (i === 0 ? n(0) % 4 : 0)),
      withAxis(x).shape.map((__, i) => (i === 0 ? n(1) % 4 : 0)),
    ),
  reverse: (x, _, n) =>
    reverse(
      x,
      [...x.shape.keys()].filter((i) => n(i) % 2 === 0),
    ),
  concat: (x, y, n, graph) => {
    const parts = [x, y, graph.pick(n(2)), x].slice(0, 1 + (n(0) % 4)).map((part) => fit(part, withAxis(x).shape));
    return concat(parts, n(1) % 2 ? 0 : axisOf(withAxis(x), n(1)));
  },
  stack: (x, y, n) => concat([reshape(x, [-1]), reshape(y, [-1]), reshape(cap(withAxis(x), 0, 1 + (n(0) % 3)), [-1])], 0),
  sum: (x, _, n) => sum(x, subset(x, n), { keepDims: n(3) % 2 === 0 }),
  reduceMax: (x, _, n) => reduceMax(x, subset(x, n), { keepDims: n(3) % 2 === 0 }),
  argmax: (x, _, n) => argmax(withAxis(x), axisOf(withAxis(x), n(0))),
  matmul: (x, y, n) => {
    const [M, K, N] = [1 + (n(0) % 9), 1 + (n(1) % 10), 1 + (n(2) % 13)];
    const [transposeA, transposeB] = [n(3) % 2 === 1, n(4) % 2 === 1];
    const batch = n(5) % 3 === 0 ? [2] : [];
    const shared = n(5) % 2 === 0 ? [] : batch;
    const a = fit(x, [...batch, ...(transposeA ? [K, M] : [M, K])]);
    return matmul(a, fit(y, [...shared, ...(transposeB ? [N, K] : [K, N])]), { transposeA, transposeB });
  },
  residual: (x, y, n) => {
    const [a, b] = [matmul(fit(x, [3, 4]), fit(y, [4, 5])), matmul(fit(y, [3, 2]), fit(x, [2, 5]))];
    return n(0) % 2 ? add(relu(a), mul(b, 2)) : maximum(a, sum(reshape(mul(b, fit(x, b.shape)), [3, 5, 1]), 2));
  },
  conv2d: (x, y, n) => {
    const image = picture(x, n);
    return conv2d(image, fit(y, [1 + (n(4) % 9), image.shape[1], 1 + (n(0) % 3), 2]), window(n));
  },
  conv2dInputGrad: (x, y, n) => {
    const [small, w] = [fit(x, [1, 2, 2, 3]), fit(y, [2, 1 + (n(1) % 3), 3, 2])];
    const { stride, padding } = window(n);
    const size = (extent: number, kernel: number): number => (extent - 1) * stride + kernel - 2 * padding + (stride > 1 ? n(2) % 2 : 0);
    return conv2dInputGrad(small, w, { stride, padding, inputSize: [size(2, 3), size(3, 2)] });
  },
  conv2dWeightGrad: (x, y, n) => {
    const image = picture(x, n);
    const { stride, padding } = window(n);
    const kernel = [1 + (n(0) % 3), 1 + (n(1) % 3)] as const;
    const size = (extent: number, taps: number): number => Math.floor((extent + 2 * padding - taps) / stride) + 1;
    const dy = fit(y, [image.shape[0], 1 + (n(2) % 3), size(image.shape[2], kernel[0]), size(image.shape[3], kernel[1])]);
    return conv2dWeightGrad(image, dy, { stride, padding, kernelSize: kernel });
  },
  maxPool: (x, _, n) => maxPool2d(picture(x, n), { kernelSize: 2 + (n(0) % 2), stride: 1 + (n(4) % 2), padding: n(5) % 2 }),
  gather: (x, y, n) => {
    const own = withAxis(x);
    const axis = axisOf(own, n(0));
    const shape = own.shape.map((extent, i) => (i === axis ? 1 + (n(1) % 4) : extent));
    return gather(own, indices(fit(y, shape), own.shape[axis]), axis);
  },
  scatterAdd: (x, y, n) => {
    const own = cap(withAxis(x), 0, 30);
    const axis = axisOf(own, n(0));
    return scatterAdd(own, indices(fit(y, own.shape), 1 + (n(1) % 4)), axis, 1 + (n(1) % 4));
  },
  iota: (x, _, n) => add(iota(withAxis(x).shape, axisOf(withAxis(x), n(0)), "f32"), x),
  constant: (x, _, n) =>
    mul(
      x,
      constant(
        Array.from({ length: x.shape[x.shape.length - 1] ?? 1 }, (__, i) => ((i * (1 + n(0))) % 7) - 3),
        x.shape.slice(-1),
      ),
    ),
  random: (x, _, n) => floor(mul(uniform(constant([n(0), n(1)], [2], "i32"), x.shape, { stream: n(2) % 3 }), 8)),
} satisfies Record<string, Make>;

const rotate = (axes: readonly number[], by: number): number[] => axes.map((_, i) => axes[(i + by) % axes.length]);
const subset = (x: Node, n: (i: number) => number): number[] => [...x.shape.keys()].filter((i) => n(i) % 2 === 0);

/** Adds the step's node to the graph. */
export function take(graph: Graph, { kind, of, numbers }: Step): void {
  const n = (i: number): number => numbers[i % Math.max(1, numbers.length)] ?? 0;
  const made = (KINDS[kind] as Make)(graph.pick(of[0] ?? 0), graph.pick(of[1] ?? 0), n, graph);
  if (sizeOf(made.shape) <= graph.most) graph.add(made);
}
