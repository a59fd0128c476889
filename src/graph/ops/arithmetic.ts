/** Elementwise arithmetic. Integers wrap to 32 bits. */
import type { Node } from "../node.ts";
import { binaryAny, mapped, unaryAny, unaryFloat, zipped } from "./common/checks.ts";
import { binary, unary, type Binary, type Unary } from "./common/elementwise.ts";
import { equal, less, select } from "./comparison.ts";

const WIDE = { low: -100, high: 100 };
const STEP = { low: -100, high: 100, kinks: [0] };

export const neg: Unary<"neg"> = unary({
  name: "neg",
  kind: "elementwise",
  infer: unaryAny,
  reference: mapped((x) => -x),
  vjp: (_, __, dy) => [neg(dy)],
  wgsl: ([x]) => `(-${x})`,
  domain: [WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** Subgradient 0 at 0. */
export const abs: Unary<"abs"> = unary({
  name: "abs",
  kind: "elementwise",
  infer: unaryAny,
  reference: mapped(Math.abs),
  vjp: ([x], _, dy) => [mul(dy, sign(x))],
  wgsl: ([x]) => `abs(${x})`,
  domain: [STEP],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** -1, 0 or 1; NaN for NaN. */
export const sign: Unary<"sign"> = unary({
  name: "sign",
  kind: "elementwise",
  infer: unaryAny,
  reference: mapped(Math.sign),
  vjp: null,
  wgsl: ([x], _, [dtype]) => (dtype === "i32" ? `sign(${x})` : `sign_(${x})`),
  domain: [STEP],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

export const floor: Unary<"floor"> = unary({
  name: "floor",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped(Math.floor),
  vjp: null,
  wgsl: ([x]) => `floor(${x})`,
  domain: [WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

export const add: Binary<"add"> = binary({
  name: "add",
  kind: "elementwise",
  infer: binaryAny,
  reference: zipped((a, b) => a + b),
  vjp: (_, __, dy) => [dy, dy],
  wgsl: ([a, b]) => `(${a} + ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 1,
});

export const sub: Binary<"sub"> = binary({
  name: "sub",
  kind: "elementwise",
  infer: binaryAny,
  reference: zipped((a, b) => a - b),
  vjp: (_, __, dy) => [dy, neg(dy)],
  wgsl: ([a, b]) => `(${a} - ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 1,
});

export const mul: Binary<"mul"> = binary({
  name: "mul",
  kind: "elementwise",
  infer: binaryAny,
  reference: zipped((a, b) => a * b, Math.imul),
  vjp: ([a, b], _, dy) => [mul(dy, b), mul(dy, a)],
  wgsl: ([a, b]) => `(${a} * ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 1,
});

/** Integers divide towards zero; x / 0 = x for them, as in WGSL. */
export const div: Binary<"div"> = binary({
  name: "div",
  kind: "elementwise",
  infer: binaryAny,
  reference: zipped(
    (a, b) => a / b,
    (a, b) => (b === 0 ? a : (a / b) | 0),
  ),
  vjp: ([, b], y, dy) => {
    const da = div(dy, b);
    return [da, neg(mul(da, y))];
  },
  wgsl: ([a, b]) => `(${a} / ${b})`,
  domain: [WIDE, { low: 0.1, high: 100 }],
  tolerance: 1e-6,
  keepsFinite: false,
  cost: 3,
});

/** NaN where one is NaN. Where the inputs tie, each gets half of the gradient; where one is NaN, each gets all of it, as in PyTorch. */
export const maximum: Binary<"maximum"> = binary({
  name: "maximum",
  kind: "elementwise",
  infer: binaryAny,
  reference: zipped(Math.max),
  vjp: ([a, b], _, dy) => [winner(b, a, dy), winner(a, b, dy)],
  wgsl: ([a, b], _, [dtype]) => (dtype === "i32" ? `max(${a}, ${b})` : `larger_(${a}, ${b})`),
  domain: [WIDE, WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** NaN where one is NaN. Where the inputs tie, each gets half of the gradient; where one is NaN, each gets all of it, as in PyTorch. */
export const minimum: Binary<"minimum"> = binary({
  name: "minimum",
  kind: "elementwise",
  infer: binaryAny,
  reference: zipped(Math.min),
  vjp: ([a, b], _, dy) => [winner(a, b, dy), winner(b, a, dy)],
  wgsl: ([a, b], _, [dtype]) => (dtype === "i32" ? `min(${a}, ${b})` : `smaller_(${a}, ${b})`),
  domain: [WIDE, WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** 0 where high < low, dy / 2 where they tie, else dy: the share of `high` in a maximum, or of `low` in a minimum. */
const winner = (low: Node, high: Node, dy: Node): Node => select(less(high, low), 0, select(equal(low, high), mul(dy, 0.5), dy));
