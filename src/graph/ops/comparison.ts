/** Comparison, choice, and change of type. Comparisons give i32, 1 or 0. */
import type { DType, Node } from "../node.ts";
import {
  binaryAny,
  checkArity,
  checkDType,
  comparison,
  fail,
  sameShape,
  shapeText,
  unaryAny,
  unaryFloat,
  zipped,
} from "./common/checks.ts";
import {
  asNode,
  binary,
  elementwise,
  isNode,
  together,
  unary,
  type Binary,
  type Elementwise,
  type Unary,
  type Value,
} from "./common/elementwise.ts";

const WIDE = { low: -100, high: 100 };

/** a < b, as i32 1 or 0. */
export const less: Binary<"less"> = binary({
  name: "less",
  kind: "elementwise",
  infer: comparison,
  reference: zipped((a, b) => Number(a < b)),
  vjp: null,
  wgsl: ([a, b]) => `select(0, 1, ${a} < ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** a <= b, as i32 1 or 0. */
export const lessEqual: Binary<"lessEqual"> = binary({
  name: "lessEqual",
  kind: "elementwise",
  infer: comparison,
  reference: zipped((a, b) => Number(a <= b)),
  vjp: null,
  wgsl: ([a, b]) => `select(0, 1, ${a} <= ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** a = b, as i32 1 or 0. */
export const equal: Binary<"equal"> = binary({
  name: "equal",
  kind: "elementwise",
  infer: comparison,
  reference: zipped((a, b) => Number(a === b)),
  vjp: null,
  wgsl: ([a, b]) => `select(0, 1, ${a} == ${b})`,
  domain: [WIDE, WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** i32 1 for a finite f32, else 0; by exponent bits, which no shader optimisation assumes away. */
export const isFinite: Unary<"isFinite"> = unary({
  name: "isFinite",
  kind: "elementwise",
  infer: (inputs) => ({ shape: unaryFloat(inputs).shape, dtype: "i32" }),
  reference: ([x]) => x.data.map((value) => Number(Number.isFinite(Math.fround(value)))),
  vjp: null,
  wgsl: ([x]) => `is_finite_(${x})`,
  domain: [WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** condition (i32), a, b -> a where the condition is not 0, else b. The other side's infinities and NaNs do not get through. */
export const select: Elementwise<"select", (condition: Node, a: Value, b: Value) => Node> = elementwise(
  {
    name: "select",
    kind: "elementwise",
    infer: (inputs) => {
      checkArity(inputs, 3);
      const [condition, ...sides] = inputs;
      checkDType(condition, "i32", "condition");
      const { shape, dtype } = binaryAny(sides);
      if (!sameShape(condition.shape, shape)) fail(`the condition is ${shapeText(condition.shape)}, the values are ${shapeText(shape)}`);
      return { shape, dtype };
    },
    reference: ([condition, a, b]) => condition.data.map((choice, i) => (choice !== 0 ? a.data[i] : b.data[i])),
    vjp: ([condition], _, dy) => [null, select(condition, dy, 0), select(condition, 0, dy)],
    wgsl: ([condition, a, b]) => `select(${b}, ${a}, ${condition} != 0)`,
    domain: [{ low: 0, high: 1 }, WIDE, WIDE],
    tolerance: 0,
    keepsFinite: true,
    cost: 1,
  },
  (build) => (condition, a, b) => {
    const dtype = [a, b].find(isNode)?.dtype ?? "f32";
    return build(together("select", [condition, asNode(a, dtype), asNode(b, dtype)]), {});
  },
);

/** f32 to i32 cuts towards zero and saturates; NaN becomes 0. */
export const cast: Elementwise<"cast", (x: Node, dtype: DType) => Node> = elementwise(
  {
    name: "cast",
    kind: "elementwise",
    infer: (inputs, { dtype }) => {
      checkArity(inputs, 1);
      return { shape: inputs[0].shape, dtype };
    },
    reference: ([x], { dtype }) => (dtype === "i32" ? x.data.map(toInteger) : x.data),
    vjp: ([x], y, dy) => [x.dtype === "f32" && y.dtype === "f32" ? dy : null],
    wgsl: ([x], { dtype }, [from]) => (dtype === "i32" && from === "f32" ? `truncated_(${x})` : `${dtype}(${x})`),
    domain: [WIDE],
    tolerance: 1e-7,
    keepsFinite: true,
    cost: 0,
  },
  (build) => (x, dtype) => (x.dtype === dtype ? x : build([x], { dtype })),
);

/** The identity, through which no gradient flows. */
export const stopGradient: Unary<"stopGradient"> = unary({
  name: "stopGradient",
  kind: "elementwise",
  infer: unaryAny,
  reference: ([x]) => x.data,
  vjp: null,
  wgsl: ([x]) => x,
  domain: [WIDE],
  tolerance: 0,
  keepsFinite: true,
  cost: 0,
});

/** A finite double as an i32: cut towards zero, saturated; NaN becomes 0. */
const toInteger = (value: number): number => Math.trunc(Math.min(Math.max(value, -(2 ** 31)), 2 ** 31 - 1)) || 0;
