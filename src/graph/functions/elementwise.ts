/** Elementwise functions. They broadcast as NumPy does and take numbers for constants. */
import type { DType, Node, OpBuilder, OpName, OpAttrs } from "../node.ts";
import * as arithmetic from "../ops/arithmetic.ts";
import * as transcendental from "../ops/transcendental.ts";
import { asNode, isNode, mistake, together, type Value } from "./values.ts";

type Plain = { [K in OpName]: Record<string, never> extends OpAttrs[K] ? K : never }[OpName];

const unary =
  <K extends Plain>(op: OpBuilder<K>) =>
  (x: Value): Node =>
    op([asNode(x)], {} as OpAttrs[K]);

const binary =
  <K extends Plain>(op: OpBuilder<K>) =>
  (a: Value, b: Value): Node =>
    op(together(op.def.name, [a, b]), {} as OpAttrs[K]);

export const neg = unary(arithmetic.neg);
/** Subgradient 0 at 0. */
export const abs = unary(arithmetic.abs);
export const sign = unary(arithmetic.sign);
export const floor = unary(arithmetic.floor);
export const stopGradient = unary(arithmetic.stopGradient);
/** i32: 1 where finite, else 0. */
export const isFinite = unary(arithmetic.isFinite);
export const exp = unary(transcendental.exp);
export const log = unary(transcendental.log);
export const expm1 = unary(transcendental.expm1);
export const log1p = unary(transcendental.log1p);
/** Subgradient 0 at 0. */
export const sqrt = unary(transcendental.sqrt);
export const rsqrt = unary(transcendental.rsqrt);
export const sin = unary(transcendental.sin);
export const cos = unary(transcendental.cos);
export const tanh = unary(transcendental.tanh);
export const sigmoid = unary(transcendental.sigmoid);
export const softplus = unary(transcendental.softplus);
/** 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x. */
export const erf = unary(transcendental.erf);

export const add = binary(arithmetic.add);
export const sub = binary(arithmetic.sub);
export const mul = binary(arithmetic.mul);
export const div = binary(arithmetic.div);
/** Where a and b tie, each gets half of the gradient. */
export const maximum = binary(arithmetic.maximum);
export const minimum = binary(arithmetic.minimum);
/**
 * a^b by IEEE 754: NaN where a < 0 and b is no whole number; 1 where b = 0. The gradient by a is 0 where b = 0, and that by b is 0 where a = 0 <= b.
 * A known b of 1, 2, 3 or -1 is computed as products.
 */
export const pow = binary(transcendental.pow);

/** Comparisons give i32, 1 or 0. */
export const less = binary(arithmetic.less);
export const lessEqual = binary(arithmetic.lessEqual);
export const equal = binary(arithmetic.equal);
export const greater = (a: Value, b: Value): Node => less(b, a);
export const greaterEqual = (a: Value, b: Value): Node => lessEqual(b, a);
export const notEqual = (a: Value, b: Value): Node => sub(1, equal(a, b));

/** a where `condition` (i32) is not 0, else b. */
export function select(condition: Node, a: Value, b: Value): Node {
  if (!isNode(condition) || condition.dtype !== "i32") mistake("select", "expected an i32 condition");
  const dtype = [a, b].find(isNode)?.dtype ?? "f32";
  return arithmetic.select(together("select", [condition, asNode(a, dtype), asNode(b, dtype)]), {});
}

export const cast = (x: Node, dtype: DType): Node => (x.dtype === dtype ? x : arithmetic.cast([x], { dtype }));

export const square = (x: Node): Node => mul(x, x);
export const reciprocal = (x: Value): Node => div(1, x);

/** min(max(x, 0), max); max: 6 is ReLU6. The gradient passes where 0 < x < max. */
export const relu = (x: Value, { max = null }: { readonly max?: number | null } = {}): Node => arithmetic.relu([asNode(x)], { max });

/** x above 0, slope * x elsewhere. */
export const leakyRelu = (x: Node, slope: number): Node => select(less(0, x), x, mul(x, slope));

/** min(max(x, low), high); NaN stays NaN. The gradient passes where low <= x <= high, as in PyTorch. */
export const clamp = (x: Node, low: Value, high: Value): Node => {
  const inside = mul(lessEqual(low, x), lessEqual(x, high));
  return select(inside, x, select(less(x, low), low, select(less(high, x), high, stopGradient(x))));
};
