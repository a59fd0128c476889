/** The table of special values (src/graph/ops/special.ts) as graphs with variables, so that the reference and devices can be held to it. */
import { type DType, grad, type Node, type OpDef, OPS, type OpName, sum, type Tensor, variable } from "../../src/graph/index.ts";
import { applyOp } from "../../src/graph/op.ts";
import { SPECIAL, type Special } from "../../src/graph/ops/special.ts";

export interface SpecialCase {
  readonly what: string;
  /** The value, and its slopes where the table has them. */
  readonly outputs: Readonly<Record<string, Node>>;
  readonly values: ReadonlyMap<string, Tensor>;
  readonly wanted: Readonly<Record<string, readonly number[]>>;
}

/** Ops that take their numbers along one axis, not one from each input. */
const reduces = (op: OpName): boolean => OPS[op].kind === "heavy";

export function specialCases(op: OpName): SpecialCase[] {
  const { f32 = [], i32 = [] } = SPECIAL[op];
  return [...f32.map((special) => caseOf(op, "f32", special)), ...i32.map((special) => caseOf(op, "i32", special))];
}

function caseOf(op: OpName, dtype: DType, [at, y, slopes]: Special): SpecialCase {
  const parts = reduces(op) ? [at] : at.map((value) => [value]);
  const inputs = parts.map((part, i) => variable(`x${i}`, [part.length], { dtype: op === "select" && i === 0 ? "i32" : dtype }));
  const node = applyOp(OPS[op] as unknown as OpDef<OpName>, inputs, SPECIAL[op].attrs as never);
  const values = new Map(
    inputs.map((input, i) => [`x${i}`, { shape: input.shape, dtype: input.dtype, data: Float64Array.from(parts[i]) }]),
  );
  const what = `${op}(${at.join(", ")}) of ${dtype}`;
  if (!slopes) return { what, outputs: { y: node }, values, wanted: { y: [y] } };
  const wrt = inputs.filter((input) => input.dtype === "f32");
  const found = grad(sum(node), wrt);
  const bySlope = found.map((_, i) => (reduces(op) ? slopes : [slopes[i]]));
  return {
    what,
    outputs: { y: node, ...Object.fromEntries(found.map((slope, i) => [`slope${i}`, slope])) },
    values,
    wanted: { y: [y], ...Object.fromEntries(bySlope.map((list, i) => [`slope${i}`, list])) },
  };
}

/** Where one differs, in words; 0 and -0 are one number. */
export function differenceFrom({ what, wanted }: SpecialCase, found: Readonly<Record<string, ArrayLike<number>>>): string | null {
  for (const [name, list] of Object.entries(wanted))
    for (const [i, value] of list.entries()) {
      const near = Math.abs(found[name][i] - value) <= 1e-6 * Math.abs(value);
      if (!near && !Object.is(found[name][i], value)) return `${name} of ${what} is ${found[name][i]}, not ${value}`;
    }
  return null;
}
