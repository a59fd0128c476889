/** Reductions over `axes` (all by default), and what is composed of them. */
import type { Node } from "../node.ts";
import { sum as sumOp } from "../ops/broadcast.ts";
import * as ops from "../ops/reduce.ts";
import { add, div, exp, isFinite, log, mul, neg, select, sqrt, square, stopGradient, sub } from "./elementwise.ts";
import { reshape } from "./movement.ts";
import { axesOf, axisOf, mistake } from "./values.ts";

export type Axes = number | readonly number[];

export interface ReduceOptions {
  /** Leaves the reduced axes in place, with extent 1. */
  readonly keepDims?: boolean;
}

type Reduction = (x: Node, axes?: Axes, options?: ReduceOptions) => Node;

export const sum: Reduction = (x, axes, options) => reduce("sum", x, axes, options, (list) => sumOp([x], { axes: list }));

/** The largest element; elements that tie share the gradient evenly. */
export const reduceMax: Reduction = (x, axes, options) =>
  reduce("reduceMax", x, axes, options, (list) => ops.reduceMax([x], { axes: list }));

export const reduceMin: Reduction = (x, axes, options) => neg(reduceMax(neg(x), axes, options));

export const mean: Reduction = (x, axes, options) => mul(sum(x, axes, options), 1 / countOf(x, axes));

/** Mean squared distance from the mean; `unbiased` divides by n - 1. */
export function variance(x: Node, axes?: Axes, options: ReduceOptions & { readonly unbiased?: boolean } = {}): Node {
  const { unbiased = false, ...rest } = options;
  const count = countOf(x, axes);
  if (unbiased && count < 2) mistake("variance", "an unbiased variance needs at least two elements");
  const distance = sub(x, mean(x, axes, { keepDims: true }));
  return mul(sum(square(distance), axes, rest), 1 / (unbiased ? count - 1 : count));
}

/** i32 index of the first largest element along `axis`, which is removed. */
export const argmax = (x: Node, axis: number): Node => ops.argmax([x], { axis: axisOf("argmax", axis, x.shape.length) });

/** log(sum(exp(x))), shifted by the maximum: no overflow, and -infinity for a slice of nothing but -infinity. */
export function logSumExp(x: Node, axes?: Axes, options: ReduceOptions = {}): Node {
  const shift = shiftOf(x, axes);
  const total = log(sum(exp(sub(x, shift)), axes, { keepDims: true }));
  const kept = add(total, shift);
  return options.keepDims ? kept : reduce("logSumExp", kept, axes, options, (list) => dropAxes(kept, list));
}

export function softmax(x: Node, axis: number): Node {
  const weights = exp(sub(x, shiftOf(x, axis)));
  return div(weights, sum(weights, axis, { keepDims: true }));
}

/** log(softmax(x)), without its underflow. */
export function logSoftmax(x: Node, axis: number): Node {
  const shifted = sub(x, shiftOf(x, axis));
  return sub(shifted, log(sum(exp(shifted), axis, { keepDims: true })));
}

/** Euclidean norm; its subgradient at 0 is 0. */
export const norm: Reduction = (x, axes, options) => sqrt(sum(square(x), axes, options));

/** The maximum as a constant of the gradient (it cancels), and 0 where it is not finite. */
function shiftOf(x: Node, axes: Axes | undefined): Node {
  const largest = stopGradient(reduceMax(x, axes, { keepDims: true }));
  return select(isFinite(largest), largest, 0);
}

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

const dropAxes = (x: Node, axes: readonly number[]): Node =>
  reshape(
    x,
    x.shape.filter((_, axis) => !axes.includes(axis)),
  );

function countOf(x: Node, axes: Axes | undefined): number {
  return axesOf("mean", axes, x.shape.length).reduce((count, axis) => count * x.shape[axis], 1);
}
