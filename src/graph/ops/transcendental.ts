/**
 * Elementwise transcendental functions. WGSL's own are not good enough on real drivers (tanh(100) = NaN, log 4e-4 off),
 * so the expressions call shaders/lib/math.wgsl.
 */
import { add, div, mul, neg, sub } from "./arithmetic.ts";
import { binaryFloat, mapped, unaryFloat, zipped } from "./common/checks.ts";
import { binary, unary, type Binary, type Unary } from "./common/elementwise.ts";
import { equal, lessEqual, select } from "./comparison.ts";

export const exp: Unary<"exp"> = unary({
  name: "exp",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.exp),
  vjp: (_, y, dy) => [mul(dy, y)],
  wgsl: ([x]) => `exp_(${x})`,
  domain: [{ low: -87, high: 88 }],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 6,
});

/** log 0 = -infinity, log of a negative number is NaN. */
export const log: Unary<"log"> = unary({
  name: "log",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.log),
  vjp: ([x], _, dy) => [div(dy, x)],
  wgsl: ([x]) => `log_(${x})`,
  domain: [{ low: 1e-3, high: 1e30 }],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 8,
});

/** exp(x) - 1, without cancellation near 0. The slope is not y + 1, which is 0 below -17 in f32 and -37 in f64. */
export const expm1: Unary<"expm1"> = unary({
  name: "expm1",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.expm1),
  vjp: ([x], _, dy) => [mul(dy, exp(x))],
  wgsl: ([x]) => `expm1_(${x})`,
  domain: [{ low: -87, high: 88 }],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 8,
});

/** log(1 + x), without cancellation near 0. */
export const log1p: Unary<"log1p"> = unary({
  name: "log1p",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.log1p),
  vjp: ([x], _, dy) => [div(dy, add(x, 1))],
  wgsl: ([x]) => `log1p_(${x})`,
  domain: [{ low: -0.99, high: 1e30 }],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 8,
});

/** Subgradient 0 at 0, so that the norm of a zero vector has one too. */
export const sqrt: Unary<"sqrt"> = unary({
  name: "sqrt",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.sqrt),
  vjp: (_, y, dy) => {
    const atZero = equal(y, 0);
    const safe = select(atZero, 1, y);
    return [select(atZero, 0, div(mul(dy, 0.5), safe))];
  },
  wgsl: ([x]) => `sqrt_(${x})`,
  domain: [{ low: 0, high: 1e30, kinks: [0] }],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 3,
});

/** 1 / sqrt(x), x > 0. */
export const rsqrt: Unary<"rsqrt"> = unary({
  name: "rsqrt",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped((x) => 1 / Math.sqrt(x)),
  vjp: (_, y, dy) => [mul(mul(dy, -0.5), mul(y, mul(y, y)))],
  wgsl: ([x]) => `rsqrt_(${x})`,
  domain: [{ low: 1e-3, high: 1e30 }],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 3,
});

/**
 * a^b by IEEE 754: negative bases have integral exponents, and 1^b = a^0 = 1 also for NaN. The gradient is PyTorch's: 0 by a where b = 0, and
 * 0 by b where a = 0 <= b, so that no 0 * infinity comes in between. A known b of 1, 2, 3 or -1 is computed as products.
 */
export const pow: Binary<"pow"> = binary({
  name: "pow",
  kind: "elementwise",
  infer: binaryFloat,
  reference: zipped(power),
  // What a selection leaves out is made harmless too: its own gradient would be 0 * NaN.
  vjp: ([a, b], y, dy) => {
    const isFlat = equal(b, 0);
    const exponent = select(isFlat, 1, b);
    const slope = mul(exponent, pow(a, sub(exponent, 1)));
    const vanishes = mul(equal(a, 0), lessEqual(0, b));
    const logarithm = log(select(vanishes, 1, a));
    return [select(isFlat, 0, mul(dy, slope)), select(vanishes, 0, mul(dy, mul(y, logarithm)))];
  },
  wgsl: ([a, b]) => `pow_(${a}, ${b})`,
  domain: [
    { low: 1e-3, high: 1e3 },
    { low: -4, high: 4 },
  ],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 16,
});

export const sin: Unary<"sin"> = unary({
  name: "sin",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.sin),
  vjp: ([x], _, dy) => [mul(dy, cos(x))],
  wgsl: ([x]) => `sin_(${x})`,
  domain: [{ low: -3.4e38, high: 3.4e38 }],
  tolerance: 1e-6,
  keepsFinite: true,
  cost: 8,
});

export const cos: Unary<"cos"> = unary({
  name: "cos",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.cos),
  vjp: ([x], _, dy) => [neg(mul(dy, sin(x)))],
  wgsl: ([x]) => `cos_(${x})`,
  domain: [{ low: -3.4e38, high: 3.4e38 }],
  tolerance: 1e-6,
  keepsFinite: true,
  cost: 8,
});

export const tanh: Unary<"tanh"> = unary({
  name: "tanh",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.tanh),
  vjp: (_, y, dy) => [mul(dy, sub(1, mul(y, y)))],
  wgsl: ([x]) => `tanh_(${x})`,
  domain: [{ low: -200, high: 200 }],
  tolerance: 1e-6,
  keepsFinite: true,
  cost: 8,
});

/** JavaScript's power gives NaN for 1^NaN, 1^infinity and (-1)^infinity, where IEEE 754 has 1. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) ? 1 : a ** b;
}

/** 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export const erf: Unary<"erf"> = unary({
  name: "erf",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(errorFunction),
  vjp: ([x], _, dy) => [mul(dy, mul(2 / Math.sqrt(Math.PI), exp(neg(mul(x, x)))))],
  wgsl: ([x]) => `erf_(${x})`,
  domain: [{ low: -10, high: 10 }],
  tolerance: 1e-6,
  keepsFinite: true,
  cost: 12,
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
