/** Elementwise functions: the ops of that kind, which broadcast as NumPy does and take numbers for constants, and what is composed of them. */
import type { Node } from "../node.ts";
import { div, mul, sub } from "../ops/arithmetic.ts";
import type { Value } from "../ops/common/elementwise.ts";
import { equal, less, lessEqual, select, stopGradient } from "../ops/comparison.ts";

export * from "../ops/activation.ts";
export * from "../ops/arithmetic.ts";
export * from "../ops/comparison.ts";
export * from "../ops/transcendental.ts";

export const greater = (a: Value, b: Value): Node => less(b, a);
export const greaterEqual = (a: Value, b: Value): Node => lessEqual(b, a);
export const notEqual = (a: Value, b: Value): Node => sub(1, equal(a, b));

export const square = (x: Node): Node => mul(x, x);
export const reciprocal = (x: Value): Node => div(1, x);

/** x above 0, slope * x elsewhere. */
export const leakyRelu = (x: Node, slope: number): Node => select(less(0, x), x, mul(x, slope));

/** min(max(x, low), high); NaN stays NaN. The gradient passes where low <= x <= high, as in PyTorch. */
export const clamp = (x: Node, low: Value, high: Value): Node => {
  const inside = mul(lessEqual(low, x), lessEqual(x, high));
  return select(inside, x, select(less(x, low), low, select(less(high, x), high, stopGradient(x))));
};
