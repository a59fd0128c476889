/** Softmax and its logarithms. A row of nothing but -infinity, as of a mask that leaves nothing, has no softmax: NaN, as in PyTorch. */
import type { Node } from "../node.ts";
import { add, div, equal, exp, isFinite, log, log1p, neg, select, stopGradient, sub } from "./elementwise.ts";
import { gather } from "./indexing.ts";
import { broadcastTo, squeeze, unsqueeze } from "./movement.ts";
import { argmax, reduceMax, sum, type Axes, type ReduceOptions } from "./reduce.ts";
import { iota } from "./sources.ts";
import { axesOf, axisOf, floats } from "./values.ts";

/** log(sum(exp(x))), shifted by the maximum: no overflow, and -infinity for a slice of nothing but -infinity. */
export function logSumExp(x: Node, axes?: Axes, options: ReduceOptions = {}): Node {
  floats("logSumExp", x);
  const list = axesOf("logSumExp", axes, x.shape.length);
  const largest = stopGradient(reduceMax(x, list, { keepDims: true }));
  const shift = select(isFinite(largest), largest, 0);
  const kept = add(log(sum(exp(sub(x, shift)), list, { keepDims: true })), shift);
  return options.keepDims ? kept : squeeze(kept, list);
}

/** exp(x) / sum(exp(x)) along `axis`; -infinity gives 0. */
export function softmax(x: Node, axis: number): Node {
  floats("softmax", x);
  const own = axisOf("softmax", axis, x.shape.length);
  const weights = exp(sub(x, stopGradient(reduceMax(x, own, { keepDims: true }))));
  return div(weights, sum(weights, own, { keepDims: true }));
}

/**
 * log(softmax(x)) along `axis`, with all of its digits however close to 0 or far below it lies, and so has its gradient. With a the place
 * of the maximum, e_j = exp(x_j - x_a) and rest = sum of the other e_j:
 *   -log softmax(x)_c = (x_a - x_c) + log(1 + rest), a sum of what is not negative;  -log softmax(x)_a = log(1 + rest / e_a).
 * e_a is 1, and x_a a constant of the gradient; but rest / e_a gives 1 - softmax(x)_a without a difference.
 */
export function logSoftmax(x: Node, axis: number): Node {
  floats("logSoftmax", x);
  const own = axisOf("logSoftmax", axis, x.shape.length);
  const place = unsqueeze(argmax(x, own), own);
  const largest = stopGradient(gather(x, place, own));
  const isLargest = equal(place, iota(x.shape, own));
  const powers = exp(sub(x, largest));
  // 0 at the maximum, whose gradient is that of e_a.
  const others = select(isLargest, sub(powers, 1), powers);
  const rest = broadcastTo(sum(others, own, { keepDims: true }), x.shape);
  const ratio = select(isLargest, div(sub(rest, others), select(isLargest, powers, 1)), rest);
  return neg(add(sub(largest, select(isLargest, stopGradient(x), x)), log1p(ratio)));
}
