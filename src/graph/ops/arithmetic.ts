/** Elementwise arithmetic, comparison and choice. Inputs have one shape and one dtype; integers wrap to 32 bits. */
import { defineOp, type Node, type OpBuilder } from "../node.ts";
import { filled } from "./broadcast.ts";
import {
  binaryAny,
  checkArity,
  checkDType,
  comparison,
  fail,
  mapped,
  sameShape,
  shapeText,
  unaryAny,
  unaryFloat,
  zipped,
} from "./common.ts";

const WIDE = { low: -100, high: 100 };
const STEP = { low: -100, high: 100, kinks: [0] };

export const neg: OpBuilder<"neg"> = defineOp({
  name: "neg",
  infer: unaryAny,
  reference: mapped((x) => -x),
  vjp: (_, __, dy) => [neg([dy], {})],
  wgsl: ([x]) => `(-${x})`,
  domain: [WIDE],
  tolerance: 0,
});

/** Subgradient 0 at 0. */
export const abs: OpBuilder<"abs"> = defineOp({
  name: "abs",
  infer: unaryAny,
  reference: mapped(Math.abs),
  vjp: ([x], _, dy) => [mul([dy, sign([x], {})], {})],
  wgsl: ([x]) => `abs(${x})`,
  domain: [STEP],
  tolerance: 0,
});

/** -1, 0 or 1; NaN for NaN. */
export const sign: OpBuilder<"sign"> = defineOp({
  name: "sign",
  infer: unaryAny,
  reference: mapped(Math.sign),
  vjp: null,
  wgsl: ([x], _, [dtype]) => (dtype === "i32" ? `sign(${x})` : `sign_(${x})`),
  domain: [STEP],
  tolerance: 0,
});

export const floor: OpBuilder<"floor"> = defineOp({
  name: "floor",
  infer: unaryFloat,
  reference: mapped(Math.floor),
  vjp: null,
  wgsl: ([x]) => `floor(${x})`,
  domain: [WIDE],
  tolerance: 0,
});

export const add: OpBuilder<"add"> = defineOp({
  name: "add",
  infer: binaryAny,
  reference: zipped((a, b) => a + b),
  vjp: (_, __, dy) => [dy, dy],
  wgsl: ([a, b]) => `(${a} + ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 1e-6,
});

export const sub: OpBuilder<"sub"> = defineOp({
  name: "sub",
  infer: binaryAny,
  reference: zipped((a, b) => a - b),
  vjp: (_, __, dy) => [dy, neg([dy], {})],
  wgsl: ([a, b]) => `(${a} - ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 1e-6,
});

export const mul: OpBuilder<"mul"> = defineOp({
  name: "mul",
  infer: binaryAny,
  reference: zipped((a, b) => a * b, Math.imul),
  vjp: ([a, b], _, dy) => [mul([dy, b], {}), mul([dy, a], {})],
  wgsl: ([a, b]) => `(${a} * ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 1e-6,
});

/** Integers divide towards zero; x / 0 = x for them, as in WGSL. */
export const div: OpBuilder<"div"> = defineOp({
  name: "div",
  infer: binaryAny,
  reference: zipped(
    (a, b) => a / b,
    (a, b) => (b === 0 ? a : (a / b) | 0),
  ),
  vjp: ([, b], y, dy) => {
    const da = div([dy, b], {});
    return [da, neg([mul([da, y], {})], {})];
  },
  wgsl: ([a, b]) => `(${a} / ${b})`,
  domain: [WIDE, { low: 0.1, high: 100 }],
  tolerance: 1e-6,
});

/** NaN where one is NaN. Where the inputs tie, each gets half of the gradient; where one is NaN, each gets all of it, as in PyTorch. */
export const maximum: OpBuilder<"maximum"> = defineOp({
  name: "maximum",
  infer: binaryAny,
  reference: zipped(Math.max),
  vjp: ([a, b], _, dy) => [winner(b, a, dy), winner(a, b, dy)],
  wgsl: ([a, b], _, [dtype]) => (dtype === "i32" ? `max(${a}, ${b})` : `larger_(${a}, ${b})`),
  domain: [WIDE, WIDE],
  tolerance: 0,
});

/** NaN where one is NaN. Where the inputs tie, each gets half of the gradient; where one is NaN, each gets all of it, as in PyTorch. */
export const minimum: OpBuilder<"minimum"> = defineOp({
  name: "minimum",
  infer: binaryAny,
  reference: zipped(Math.min),
  vjp: ([a, b], _, dy) => [winner(a, b, dy), winner(b, a, dy)],
  wgsl: ([a, b], _, [dtype]) => (dtype === "i32" ? `min(${a}, ${b})` : `smaller_(${a}, ${b})`),
  domain: [WIDE, WIDE],
  tolerance: 0,
});

/** a < b, as i32 1 or 0. */
export const less: OpBuilder<"less"> = defineOp({
  name: "less",
  infer: comparison,
  reference: zipped((a, b) => Number(a < b)),
  vjp: null,
  wgsl: ([a, b]) => `select(0, 1, ${a} < ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 0,
});

/** a <= b, as i32 1 or 0. */
export const lessEqual: OpBuilder<"lessEqual"> = defineOp({
  name: "lessEqual",
  infer: comparison,
  reference: zipped((a, b) => Number(a <= b)),
  vjp: null,
  wgsl: ([a, b]) => `select(0, 1, ${a} <= ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 0,
});

/** a = b, as i32 1 or 0. */
export const equal: OpBuilder<"equal"> = defineOp({
  name: "equal",
  infer: comparison,
  reference: zipped((a, b) => Number(a === b)),
  vjp: null,
  wgsl: ([a, b]) => `select(0, 1, ${a} == ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 0,
});

/** condition (i32), a, b -> a where the condition is not 0, else b. The other side's infinities and NaNs do not get through. */
export const select: OpBuilder<"select"> = defineOp({
  name: "select",
  infer: (inputs) => {
    checkArity(inputs, 3);
    const [condition, ...sides] = inputs;
    checkDType(condition, "i32", "condition");
    const { shape, dtype } = binaryAny(sides);
    if (!sameShape(condition.shape, shape)) fail(`the condition is ${shapeText(condition.shape)}, the values are ${shapeText(shape)}`);
    return { shape, dtype };
  },
  reference: ([condition, a, b]) => condition.data.map((choice, i) => (choice !== 0 ? a.data[i] : b.data[i])),
  vjp: ([condition], _, dy) => {
    const zero = filled(dy.shape, 0);
    return [null, select([condition, dy, zero], {}), select([condition, zero, dy], {})];
  },
  wgsl: ([condition, a, b]) => `select(${b}, ${a}, ${condition} != 0)`,
  domain: [{ low: 0, high: 1 }, WIDE, WIDE],
  tolerance: 0,
});

/** f32 to i32 cuts towards zero and saturates; NaN becomes 0. */
export const cast: OpBuilder<"cast"> = defineOp({
  name: "cast",
  infer: (inputs, { dtype }) => {
    checkArity(inputs, 1);
    return { shape: inputs[0].shape, dtype };
  },
  reference: ([x], { dtype }) => (dtype === "i32" ? x.data.map(toInteger) : x.data),
  vjp: ([x], y, dy) => [x.dtype === "f32" && y.dtype === "f32" ? dy : null],
  wgsl: ([x], { dtype }, [from]) => (dtype === "i32" && from === "f32" ? `truncated_(${x})` : `${dtype}(${x})`),
  domain: [WIDE],
  tolerance: 1e-7,
});

/** The identity, through which no gradient flows. */
export const stopGradient: OpBuilder<"stopGradient"> = defineOp({
  name: "stopGradient",
  infer: unaryAny,
  reference: ([x]) => x.data,
  vjp: null,
  wgsl: ([x]) => x,
  domain: [WIDE],
  tolerance: 0,
});

/** i32 1 for a finite f32, else 0; by exponent bits, which no shader optimisation assumes away. */
export const isFinite: OpBuilder<"isFinite"> = defineOp({
  name: "isFinite",
  infer: (inputs) => ({ shape: unaryFloat(inputs).shape, dtype: "i32" }),
  reference: ([x]) => x.data.map((value) => Number(Number.isFinite(Math.fround(value)))),
  vjp: null,
  wgsl: ([x]) => `is_finite_(${x})`,
  domain: [WIDE],
  tolerance: 0,
});

/** min(max(x, 0), attrs.max). The gradient passes where 0 < x < max; without a max, as in PyTorch, also where x is NaN. An op of its own, so that explanations can replace its rule. */
export const relu: OpBuilder<"relu"> = defineOp({
  name: "relu",
  infer: (inputs, { max }) =>
    max === null || isPositive(max) ? unaryFloat(inputs) : fail(`expected a positive max, or null for none, got ${max}`),
  reference: ([x], { max }) => x.data.map((value) => (value <= 0 ? 0 : max !== null && value >= max ? max : value)),
  // 0 < x < max is 0 < y < max: the input need not be kept beside the output.
  vjp: (_, y, dy) => {
    const { max } = y.attrs;
    const zero = filled(y.shape, 0);
    const passed = select([lessEqual([y, zero], {}), zero, dy], {});
    return [max === null ? passed : select([less([y, filled(y.shape, max)], {}), passed, zero], {})];
  },
  wgsl: ([x], { max }) => (max === null ? `relu_(${x})` : `at_most_(relu_(${x}), ${wgslNumber(max)})`),
  domain: [STEP],
  tolerance: 0,
});

/** In f32, and finite. */
const isPositive = (value: number): boolean => Math.fround(value) > 0 && Number.isFinite(Math.fround(value));

/** A finite f32 literal. */
export function wgslNumber(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}

/** A finite double as an i32: cut towards zero, saturated; NaN becomes 0. */
const toInteger = (value: number): number => Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)) || 0;

/** 0 where high < low, dy / 2 where they tie, else dy: the share of `high` in a maximum, or of `low` in a minimum. */
function winner(low: Node, high: Node, dy: Node): Node {
  const zero = filled(dy.shape, 0);
  const half = mul([dy, filled(dy.shape, 0.5)], {});
  return select([less([high, low], {}), zero, select([equal([low, high], {}), half, dy], {})], {});
}
