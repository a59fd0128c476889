/**
 * Elementwise transcendental functions. WGSL's own are not good enough on real drivers (tanh(100) = NaN, log 4e-4 off),
 * so the expressions call shaders/lib/math.wgsl.
 */
import { defineOp, type OpBuilder } from "../node.ts";
import { add, div, equal, lessEqual, mul, neg, select, sub } from "./arithmetic.ts";
import { filled } from "./broadcast.ts";
import { binaryFloat, mapped, unaryFloat, zipped } from "./common.ts";

export const exp: OpBuilder<"exp"> = defineOp({
  name: "exp",
  infer: unaryFloat,
  reference: mapped(Math.exp),
  vjp: (_, y, dy) => [mul([dy, y], {})],
  wgsl: ([x]) => `exp_(${x})`,
  domain: [{ low: -87, high: 88 }],
  tolerance: 1e-6,
});

/** log 0 = -infinity, log of a negative number is NaN. */
export const log: OpBuilder<"log"> = defineOp({
  name: "log",
  infer: unaryFloat,
  reference: mapped(Math.log),
  vjp: ([x], _, dy) => [div([dy, x], {})],
  wgsl: ([x]) => `log_(${x})`,
  domain: [{ low: 1e-3, high: 1e30 }],
  tolerance: 1e-6,
});

/** exp(x) - 1, without cancellation near 0. */
export const expm1: OpBuilder<"expm1"> = defineOp({
  name: "expm1",
  infer: unaryFloat,
  reference: mapped(Math.expm1),
  vjp: (_, y, dy) => [mul([dy, add([y, filled(y.shape, 1)], {})], {})],
  wgsl: ([x]) => `expm1_(${x})`,
  domain: [{ low: -87, high: 88 }],
  tolerance: 1e-6,
});

/** log(1 + x), without cancellation near 0. */
export const log1p: OpBuilder<"log1p"> = defineOp({
  name: "log1p",
  infer: unaryFloat,
  reference: mapped(Math.log1p),
  vjp: ([x], _, dy) => [div([dy, add([x, filled(x.shape, 1)], {})], {})],
  wgsl: ([x]) => `log1p_(${x})`,
  domain: [{ low: -0.99, high: 1e30 }],
  tolerance: 1e-6,
});

/** Subgradient 0 at 0, so that the norm of a zero vector has one too. */
export const sqrt: OpBuilder<"sqrt"> = defineOp({
  name: "sqrt",
  infer: unaryFloat,
  reference: mapped(Math.sqrt),
  vjp: (_, y, dy) => {
    const zero = filled(y.shape, 0);
    const atZero = equal([y, zero], {});
    const safe = select([atZero, filled(y.shape, 1), y], {});
    const slope = div([mul([dy, filled(y.shape, 0.5)], {}), safe], {});
    return [select([atZero, zero, slope], {})];
  },
  wgsl: ([x]) => `sqrt_(${x})`,
  domain: [{ low: 0, high: 1e30, kinks: [0] }],
  tolerance: 1e-6,
});

/** 1 / sqrt(x), x > 0. */
export const rsqrt: OpBuilder<"rsqrt"> = defineOp({
  name: "rsqrt",
  infer: unaryFloat,
  reference: mapped((x) => 1 / Math.sqrt(x)),
  vjp: (_, y, dy) => [mul([mul([dy, filled(y.shape, -0.5)], {}), mul([y, mul([y, y], {})], {})], {})],
  wgsl: ([x]) => `rsqrt_(${x})`,
  domain: [{ low: 1e-3, high: 1e30 }],
  tolerance: 1e-6,
});

/**
 * a^b by IEEE 754: negative bases have integral exponents, and 1^b = a^0 = 1 also for NaN. The gradient is PyTorch's: 0 by a where b = 0, and
 * 0 by b where a = 0 <= b, so that no 0 * infinity comes in between.
 */
export const pow: OpBuilder<"pow"> = defineOp({
  name: "pow",
  infer: binaryFloat,
  reference: zipped(power),
  // What a selection leaves out is made harmless too: its own gradient would be 0 * NaN.
  vjp: ([a, b], y, dy) => {
    const [zero, one] = [filled(y.shape, 0), filled(y.shape, 1)];
    const isFlat = equal([b, zero], {});
    const exponent = select([isFlat, one, b], {});
    const slope = mul([exponent, pow([a, sub([exponent, one], {})], {})], {});
    const vanishes = mul([equal([a, zero], {}), lessEqual([zero, b], {})], {});
    const logarithm = log([select([vanishes, one, a], {})], {});
    return [select([isFlat, zero, mul([dy, slope], {})], {}), select([vanishes, zero, mul([dy, mul([y, logarithm], {})], {})], {})];
  },
  wgsl: ([a, b]) => `pow_(${a}, ${b})`,
  domain: [
    { low: 1e-3, high: 1e3 },
    { low: -4, high: 4 },
  ],
  tolerance: 1e-6,
});

/** JavaScript's power gives NaN for 1^NaN, 1^infinity and (-1)^infinity, where IEEE 754 has 1. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

export const sin: OpBuilder<"sin"> = defineOp({
  name: "sin",
  infer: unaryFloat,
  reference: mapped(Math.sin),
  vjp: ([x], _, dy) => [mul([dy, cos([x], {})], {})],
  wgsl: ([x]) => `sin_(${x})`,
  domain: [{ low: -3.4e38, high: 3.4e38 }],
  tolerance: 1e-6,
});

export const cos: OpBuilder<"cos"> = defineOp({
  name: "cos",
  infer: unaryFloat,
  reference: mapped(Math.cos),
  vjp: ([x], _, dy) => [neg([mul([dy, sin([x], {})], {})], {})],
  wgsl: ([x]) => `cos_(${x})`,
  domain: [{ low: -3.4e38, high: 3.4e38 }],
  tolerance: 1e-6,
});

export const tanh: OpBuilder<"tanh"> = defineOp({
  name: "tanh",
  infer: unaryFloat,
  reference: mapped(Math.tanh),
  vjp: (_, y, dy) => [mul([dy, sub([filled(y.shape, 1), mul([y, y], {})], {})], {})],
  wgsl: ([x]) => `tanh_(${x})`,
  domain: [{ low: -200, high: 200 }],
  tolerance: 1e-6,
});

/** 1 / (1 + exp(-x)). */
export const sigmoid: OpBuilder<"sigmoid"> = defineOp({
  name: "sigmoid",
  infer: unaryFloat,
  reference: mapped((x) => 1 / (1 + Math.exp(-x))),
  vjp: (_, y, dy) => [mul([dy, mul([y, sub([filled(y.shape, 1), y], {})], {})], {})],
  wgsl: ([x]) => `sigmoid_(${x})`,
  domain: [{ low: -200, high: 200 }],
  tolerance: 1e-6,
});

/** log(1 + exp(x)), without overflow. */
export const softplus: OpBuilder<"softplus"> = defineOp({
  name: "softplus",
  infer: unaryFloat,
  reference: mapped((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  vjp: ([x], _, dy) => [mul([dy, sigmoid([x], {})], {})],
  wgsl: ([x]) => `softplus_(${x})`,
  domain: [{ low: -200, high: 200 }],
  tolerance: 1e-6,
});

/** 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export const erf: OpBuilder<"erf"> = defineOp({
  name: "erf",
  infer: unaryFloat,
  reference: mapped(errorFunction),
  vjp: ([x], _, dy) => [mul([dy, mul([filled(x.shape, 2 / Math.sqrt(Math.PI)), exp([neg([mul([x, x], {})], {})], {})], {})], {})],
  wgsl: ([x]) => `erf_(${x})`,
  domain: [{ low: -10, high: 10 }],
  tolerance: 1e-6,
});

/** 2 / sqrt(pi) exp(-x^2) times the sum of 2^n x^(2n + 1) / (1 3 5 ... (2n + 1)), whose terms have one sign: no cancellation. 1 in f64 from 5.93 on. */
function errorFunction(x: number): number {
  if (Number.isNaN(x) || Math.abs(x) > 6) return Math.sign(x);
  let [term, total] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}
