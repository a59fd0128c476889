/** Reductions over `axes` (all by default), and what is composed of them. */
import { mistake, type Node } from "../node.ts";
import { sum as sumOp } from "../ops/broadcast.ts";
import * as ops from "../ops/reduce.ts";
import { abs, add, div, isFinite, less, mul, neg, select, sqrt, square, stopGradient, sub } from "./elementwise.ts";
import { reshape, slice, squeeze } from "./movement.ts";
import { axesOf, axisOf, floats } from "./values.ts";

export type Axes = number | readonly number[];

export interface ReduceOptions {
  /** Leaves the reduced axes in place, with extent 1. */
  readonly keepDims?: boolean;
}

type Reduction = (x: Node, axes?: Axes, options?: ReduceOptions) => Node;

export const sum: Reduction = (x, axes, options) => reduce("sum", x, axes, options, (list) => sumOp(x, { axes: list }));

/** The largest element; elements that tie share the gradient evenly. */
export const reduceMax: Reduction = (x, axes, options) => reduce("reduceMax", x, axes, options, (list) => ops.reduceMax(x, { axes: list }));

/** The smallest element, by the largest of -x. For integers it is -1 - x, which does not overflow at the least of them. */
export const reduceMin: Reduction = (x, axes, options) => {
  const reversed = (node: Node): Node => (node.dtype === "i32" ? sub(-1, node) : neg(node));
  const y = reversed(x);
  return reversed(reduce("reduceMin", y, axes, options, (list) => ops.reduceMax(y, { axes: list })));
};

export const mean: Reduction = (x, axes, options) => meanOf("mean", x, axes, options);

export interface Moments {
  /** The reduced axes stay, with extent 1. */
  readonly mean: Node;
  /** Mean squared distance from the mean. */
  readonly variance: Node;
  /** x - mean, of x's shape. */
  readonly centred: Node;
  /** Elements that a mean is taken over. */
  readonly count: number;
}

/**
 * Mean and variance over `axes`, in two passes. All of it is of distances from the slice's first element a, mean = a + mean(x - a), so
 * that a constant slice has the mean a and the variance 0 exactly, and a slice far from 0 keeps its digits.
 */
export const moments = (x: Node, axes?: Axes): Moments => momentsOf("moments", x, axes);

/** Mean squared distance from the mean; `unbiased` divides by n - 1. */
export function variance(x: Node, axes?: Axes, options: ReduceOptions & { readonly unbiased?: boolean } = {}): Node {
  const { unbiased = false, keepDims } = options;
  const { centred, count } = momentsOf("variance", x, axes);
  if (unbiased && count < 2) mistake("variance", "an unbiased variance needs at least two elements");
  return mul(sum(square(centred), axes, { keepDims }), 1 / (unbiased ? count - 1 : count));
}

/** i32 index of the first largest element along `axis`, which is removed. */
export const argmax = (x: Node, axis: number): Node => ops.argmax(x, { axis: axisOf("argmax", axis, x.shape.length) });

/**
 * Euclidean norm; its subgradient at 0 is 0. Computed as s |x / s| with s the largest magnitude, so that no square leaves f32:
 * norms from 1e-30 to 1e30 are right. The result does not depend on s, which is therefore a constant of the gradient.
 */
export const norm: Reduction = (x, axes, options) => {
  floats("norm", x);
  const list = axesOf("norm", axes, x.shape.length);
  const largest = stopGradient(reduceMax(abs(x), list, { keepDims: true }));
  const scale = select(mul(isFinite(largest), less(0, largest)), largest, 1);
  const length = mul(sqrt(sum(square(div(x, scale)), list, { keepDims: true })), scale);
  return options?.keepDims ? length : squeeze(length, list);
};

function reduce(
  name: string,
  x: Node,
  axes: Axes | undefined,
  { keepDims = false }: ReduceOptions = {},
  build: (axes: readonly number[]) => Node,
): Node {
  const list = axesOf(name, axes, x.shape.length);
  const reduced = list.length === 0 ? x : build(list);
  return keepDims
    ? reshape(
        reduced,
        x.shape.map((extent, axis) => (list.includes(axis) ? 1 : extent)),
      )
    : reduced;
}

function meanOf(name: string, x: Node, axes: Axes | undefined, options?: ReduceOptions): Node {
  floats(name, x);
  const list = axesOf(name, axes, x.shape.length);
  return mul(sum(x, list, options), 1 / countOf(x, list));
}

function momentsOf(name: string, x: Node, axes: Axes | undefined): Moments {
  floats(name, x);
  const list = axesOf(name, axes, x.shape.length);
  const ends = x.shape.map((extent, axis) => (list.includes(axis) ? 1 : extent));
  const first = stopGradient(
    slice(
      x,
      ends.map(() => 0),
      ends,
    ),
  );
  const shifted = sub(x, first);
  const rest = meanOf(name, shifted, list, { keepDims: true });
  const centred = sub(shifted, rest);
  return { mean: add(first, rest), variance: meanOf(name, square(centred), list, { keepDims: true }), centred, count: countOf(x, list) };
}

const countOf = (x: Node, axes: readonly number[]): number => axes.reduce((count, axis) => count * x.shape[axis], 1);
