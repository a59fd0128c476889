/** Losses as PyTorch defines them, on logits where a logarithm would otherwise lose digits. Scalars [] unless `reduction` is "none". */
import {
  abs,
  add,
  GraphError,
  less,
  logSumExp,
  mean,
  mul,
  neg,
  oneHot,
  select,
  softplus,
  square,
  sub,
  sum,
  transpose,
  type Node,
  type Value,
} from "../graph/index.ts";

export interface LossOptions {
  /** Over all elements. Default: "mean". */
  readonly reduction?: "mean" | "sum" | "none";
}

function reduce(loss: Node, { reduction = "mean" }: LossOptions): Node {
  switch (reduction) {
    case "mean":
      return mean(loss);
    case "sum":
      return sum(loss);
    case "none":
      return loss;
    default:
      return reduction satisfies never;
  }
}

/** The difference of equal shapes: a loss that broadcasts hides a mistake. */
function difference(loss: string, x: Node, target: Node): Node {
  if (x.shape.join() !== target.shape.join())
    throw new GraphError(`${loss}: expected a target of [${x.shape.join(", ")}], got [${target.shape.join(", ")}]`);
  return sub(x, target);
}

/** (x - t)^2 */
export const mse = (x: Node, target: Node, options: LossOptions = {}): Node => reduce(square(difference("mse", x, target)), options);

/** |x - t| */
export const l1 = (x: Node, target: Node, options: LossOptions = {}): Node => reduce(abs(difference("l1", x, target)), options);

/** d^2 / 2 for |d| < delta, else delta (|d| - delta / 2). (Huber, 1964.) */
export function huber(x: Node, target: Node, { delta = 1, ...options }: LossOptions & { readonly delta?: number } = {}): Node {
  const d = difference("huber", x, target);
  return reduce(select(less(abs(d), delta), mul(square(d), 0.5), mul(sub(abs(d), delta / 2), delta)), options);
}

/** huber / beta. */
export const smoothL1 = (x: Node, target: Node, { beta = 1, ...options }: LossOptions & { readonly beta?: number } = {}): Node =>
  mul(huber(x, target, { delta: beta, ...options }), 1 / beta);

/**
 * -(w t log s(x) + (1 - t) log(1 - s(x))), s the sigmoid, w = posWeight; t in [0, 1], any shape (that of x).
 * Computed as (1 - t) x + (1 + (w - 1) t) softplus(-x), which stays finite for every x.
 */
export function bceWithLogits(x: Node, target: Node, { posWeight, ...options }: LossOptions & { readonly posWeight?: Value } = {}): Node {
  difference("bceWithLogits", x, target);
  if (posWeight === undefined) return reduce(sub(softplus(x), mul(x, target)), options);
  const weight = add(mul(sub(posWeight, 1), target), 1);
  return reduce(add(mul(sub(1, target), x), mul(weight, softplus(neg(x)))), options);
}

/**
 * -log softmax(x)[label]: logits [N, C, ...], labels [N, ...] i32 in 0..C-1 -> per element [N, ...].
 * labelSmoothing e mixes the label with the uniform distribution: (1 - e) on the label, e / C on every class.
 */
export function crossEntropy(
  x: Node,
  labels: Node,
  { labelSmoothing = 0, ...options }: LossOptions & { readonly labelSmoothing?: number } = {},
): Node {
  const [batch, classes, ...rest] = x.shape;
  const fit = [batch, ...rest].join(", ");
  if (x.shape.length < 2 || labels.shape.join(", ") !== fit)
    throw new GraphError(
      `crossEntropy: expected labels of [${fit}] for logits of [${x.shape.join(", ")}], got [${labels.shape.join(", ")}]`,
    );
  const hot = oneHot(labels, classes);
  const last = hot.shape.length - 1;
  const chosen = last === 1 ? hot : transpose(hot, [0, last, ...Array.from({ length: last - 1 }, (_, i) => i + 1)]);
  const target = labelSmoothing === 0 ? chosen : add(mul(chosen, 1 - labelSmoothing), labelSmoothing / classes);
  return reduce(sub(logSumExp(x, [1]), sum(mul(target, x), [1])), options);
}
