/**
 * Losses of each element on its own, as PyTorch defines them; binary cross entropy takes logits, so that no logarithm loses digits.
 * Scalars [] unless `reduction` is "none". Each is a sum of terms that are not negative: a small loss and its gradient have all of their digits.
 */
import {
  abs,
  add,
  broadcastTo,
  GraphError,
  mean,
  minimum,
  mul,
  neg,
  softplus,
  square,
  sub,
  sum,
  type Node,
  type Value,
} from "../../graph/index.ts";
import { checkRange, describe, NOT_NEGATIVE, POSITIVE, shapeText } from "../ranges.ts";

export interface LossOptions {
  /** Over all elements. Default: "mean". */
  readonly reduction?: "mean" | "sum" | "none";
}

/** (x - t)^2 */
export const mse = (x: Node, target: Node, options: LossOptions = {}): Node => reduce("mse", square(difference("mse", x, target)), options);

/** |x - t| */
export const l1 = (x: Node, target: Node, options: LossOptions = {}): Node => reduce("l1", abs(difference("l1", x, target)), options);

/** d^2 / 2 for |d| < delta, else delta (|d| - delta / 2); delta > 0. (Huber, 1964.) */
export function huber(x: Node, target: Node, { delta = 1, ...options }: LossOptions & { readonly delta?: number } = {}): Node {
  checkRange("huber", POSITIVE, { delta });
  const distance = abs(difference("huber", x, target));
  return reduce("huber", rounded(distance, minimum(distance, delta)), options);
}

/** d^2 / (2 beta) for |d| < beta, else |d| - beta / 2; beta >= 0, and `l1` for 0. */
export function smoothL1(x: Node, target: Node, { beta = 1, ...options }: LossOptions & { readonly beta?: number } = {}): Node {
  checkRange("smoothL1", NOT_NEGATIVE, { beta });
  const distance = abs(difference("smoothL1", x, target));
  const loss = beta < SMALLEST ? distance : rounded(distance, minimum(distance, beta), 1 / beta);
  return reduce("smoothL1", loss, options);
}

/** The least number that f32 holds with all of its digits. */
const SMALLEST = 2 ** -126;

/** scale near (d - near / 2) with near = min(d, limit): no square of a large d, and the gradient is scale near. */
const rounded = (distance: Node, near: Node, scale = 1): Node => mul(mul(near, scale), sub(distance, mul(near, 0.5)));

export interface BceOptions extends LossOptions {
  /** Weight of the positive part, such as one per class: a number, or f32 that broadcasts to x. Default: 1. */
  readonly posWeight?: Value;
  /** Weight of each element: a number, or f32 that broadcasts to x. The mean still divides by the number of elements. Default: 1. */
  readonly weight?: Value;
}

/**
 * -weight (posWeight t log s(x) + (1 - t) log(1 - s(x))), s the sigmoid; t in [0, 1], of x's shape.
 * Computed as weight (posWeight t softplus(-x) + (1 - t) softplus(x)).
 */
export function bceWithLogits(x: Node, target: Node, { posWeight, weight, ...options }: BceOptions = {}): Node {
  difference("bceWithLogits", x, target);
  const spread = (name: string, value: Value): Value => weightOf(name, value, x);
  const positive = posWeight === undefined ? target : mul(target, spread("posWeight", posWeight));
  const loss = add(mul(positive, softplus(neg(x))), mul(sub(1, target), softplus(x)));
  return reduce("bceWithLogits", weight === undefined ? loss : mul(loss, spread("weight", weight)), options);
}

/** The weight, checked to be a number of at least 0 or to broadcast to x. */
function weightOf(name: string, value: Value, x: Node): Value {
  if (typeof value === "number") {
    checkRange("bceWithLogits", NOT_NEGATIVE, { [name]: value });
    return value;
  }
  const fits =
    value.shape.length <= x.shape.length && value.shape.every((n, i) => n === 1 || n === x.shape[i + x.shape.length - value.shape.length]);
  if (value.dtype !== "f32" || !fits)
    throw new GraphError(`bceWithLogits: expected a ${name} of f32 that broadcasts to ${shapeText(x)}, got ${describe(value)}`);
  return broadcastTo(value, x.shape);
}

function reduce(where: string, loss: Node, { reduction = "mean" }: LossOptions): Node {
  checkReduction(where, reduction);
  return reduction === "mean" ? mean(loss) : reduction === "sum" ? sum(loss) : loss;
}

export function checkReduction(where: string, reduction: string = "mean"): void {
  if (!["mean", "sum", "none"].includes(reduction))
    throw new GraphError(`${where}: expected "mean", "sum" or "none" for reduction, got ${JSON.stringify(reduction)}`);
}

/** The difference of equal shapes: a loss that broadcasts hides a mistake. */
function difference(loss: string, x: Node, target: Node): Node {
  if (x.dtype !== "f32" || target.dtype !== "f32" || shapeText(x) !== shapeText(target))
    throw new GraphError(`${loss}: expected f32 and a target of the same shape, got ${describe(x)} and a target of ${describe(target)}`);
  return sub(x, target);
}
