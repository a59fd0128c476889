/** Elementwise functions of neural networks. tanh is with the transcendental ones. */
import type { Node } from "../node.ts";
import { mul, sub } from "./arithmetic.ts";
import { fail, mapped, unaryFloat } from "./common/checks.ts";
import { asNode, elementwise, unary, type Elementwise, type Unary, type Value } from "./common/elementwise.ts";
import { less, lessEqual, select } from "./comparison.ts";

/** min(max(x, 0), attrs.max). The gradient passes where 0 < x < max; without a max, as in PyTorch, also where x is NaN. An op of its own, so that explanations can replace its rule. */
export const relu: Elementwise<"relu", (x: Value, options?: { readonly max?: number | null }) => Node> = elementwise(
  {
    name: "relu",
    kind: "elementwise",
    infer: (inputs, { max }) =>
      max === null || isPositive(max) ? unaryFloat(inputs) : fail(`expected a positive max, or null for none, got ${max}`),
    reference: ([x], { max }) => x.data.map((value) => (value <= 0 ? 0 : max !== null && value >= max ? max : value)),
    // 0 < x < max is 0 < y < max: the backward pass needs the output alone, not the input.
    vjp: (_, y, dy) => {
      const { max } = y.attrs;
      const passed = select(lessEqual(y, 0), 0, dy);
      return [max === null ? passed : select(less(y, max), passed, 0)];
    },
    wgsl: ([x], { max }) => (max === null ? `relu_(${x})` : `at_most_(relu_(${x}), ${wgslNumber(max)})`),
    domain: [{ low: -100, high: 100, kinks: [0] }],
    tolerance: 0,
    keepsFinite: true,
    cost: 1,
  },
  (build) =>
    (x, { max = null } = {}) =>
      build([asNode(x)], { max }),
);

/** 1 / (1 + exp(-x)). */
export const sigmoid: Unary<"sigmoid"> = unary({
  name: "sigmoid",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped((x) => 1 / (1 + Math.exp(-x))),
  vjp: (_, y, dy) => [mul(dy, mul(y, sub(1, y)))],
  wgsl: ([x]) => `sigmoid_(${x})`,
  domain: [{ low: -200, high: 200 }],
  tolerance: 1e-6,
  keepsFinite: true,
  cost: 8,
});

/** log(1 + exp(x)), without overflow. */
export const softplus: Unary<"softplus"> = unary({
  name: "softplus",
  kind: "elementwise",
  infer: unaryFloat,
  reference: mapped((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  vjp: ([x], _, dy) => [mul(dy, sigmoid(x))],
  wgsl: ([x]) => `softplus_(${x})`,
  domain: [{ low: -200, high: 200 }],
  tolerance: 1e-6,
  keepsFinite: true,
  cost: 16,
});

/** In f32, and finite. */
const isPositive = (value: number): boolean => Math.fround(value) > 0 && Number.isFinite(Math.fround(value));

/** A finite f32 literal. */
function wgslNumber(value: number): string {
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? `${text}f` : `${text}.0f`;
}
