/** Activations that are composed of other functions. `relu`, `leakyRelu`, `sigmoid` and `tanh` are in elementwise.ts. */
import { mistake, type Node } from "../node.ts";
import { add, erf, expm1, less, mul, select, sigmoid, tanh } from "./elementwise.ts";
import { floats } from "./values.ts";

export interface GeluOptions {
  /** "tanh" approximates the distribution function, as GPT-2 and BERT's first code do. Default: "none". */
  readonly approximate?: "none" | "tanh";
}

/**
 * Gaussian error linear unit (Hendrycks and Gimpel, arXiv:1606.08415): x P(Z <= x) for a standard normal Z. Any shape.
 *   none: x (1 + erf(x / sqrt(2))) / 2;  tanh: x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
 */
export function gelu(x: Node, { approximate = "none" }: GeluOptions = {}): Node {
  floats("gelu", x);
  if (approximate === "none") return gated(x, 40, (near) => mul(add(erf(mul(near, Math.SQRT1_2)), 1), 0.5));
  if (approximate !== "tanh") mistake("gelu", `expected "none" or "tanh" for approximate, got ${JSON.stringify(approximate)}`);
  const inner = (near: Node): Node => mul(mul(near, add(mul(mul(near, near), 0.044715), 1)), Math.sqrt(2 / Math.PI));
  return gated(x, 40, (near) => mul(add(tanh(inner(near)), 1), 0.5));
}

/** Sigmoid linear unit, also called Swish (Elfwing et al., arXiv:1702.03118): x sigmoid(x). Any shape. */
export function silu(x: Node): Node {
  floats("silu", x);
  return gated(x, 800, sigmoid);
}

export interface EluOptions {
  /** What -infinity gives, negated; finite. Default: 1. */
  readonly alpha?: number;
}

/** Exponential linear unit (Clevert et al., arXiv:1511.07289): x above 0, alpha (exp(x) - 1) elsewhere. Any shape. */
export function elu(x: Node, { alpha = 1 }: EluOptions = {}): Node {
  floats("elu", x);
  if (!Number.isFinite(alpha)) mistake("elu", `expected a finite number for alpha, got ${alpha}`);
  const isPositive = less(0, x);
  return select(isPositive, x, mul(expm1(select(isPositive, 0, x)), alpha));
}

/**
 * x gate(x), where the gate is 1 above `far` and 0 below -far to the last digit of f64. Beyond them nothing is multiplied, so that no
 * square overflows in f32, and infinities give the limits: infinity with the slope 1, and 0 with the slope 0.
 */
function gated(x: Node, far: number, gate: (near: Node) => Node): Node {
  const isAbove = less(far, x);
  // Not clamp, whose gradient at NaN is 0.
  const near = select(isAbove, far, select(less(x, -far), -far, x));
  return select(isAbove, x, mul(near, gate(near)));
}
