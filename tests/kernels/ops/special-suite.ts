/**
 * Special values through every op of the registry, forward and backward: NaN, infinities, zeros, subnormal and the largest finite numbers, the
 * least and the largest integers. The device is held to the reference rounded to f32 (tests/graph/rounded.ts). Pure.
 */
import fc from "fast-check";
import {
  broadcastTo,
  constant,
  grad,
  mul,
  notEqual,
  reshape,
  type Node,
  OPS,
  pow,
  type OpName,
  sizeOf,
  sum,
  type Tensor,
  variable,
} from "../../../src/graph/index.ts";
import { applyOp, type OpDef } from "../../../src/graph/op.ts";
import { compile, createStore } from "../../../src/kernels/index.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { arbitraries, type OpCase } from "../../graph/arbitraries.ts";
import { evaluateRounded } from "../../graph/rounded.ts";
import { isSum } from "../../graph/scale.ts";
import { generator } from "../../graph/values.ts";

const { POSITIVE_INFINITY: INF, NaN: NAN } = Number;
const LARGEST = (2 - 2 ** -23) * 2 ** 127;
/** Beside them: where casts, exponentials and logistic functions saturate. */
export const SPECIAL_FLOATS = [
  ...[NAN, INF, -INF, 0, -0, LARGEST, -LARGEST, 1e-40, -1e-40, 2 ** -126, 1e30, -1e30, 1e-30, -1e-30],
  ...[1, -1, 0.5, 2, -2, 3, -3, 2 ** 24 + 2, 2 ** 31, -(2 ** 31), -(2 ** 31) - 256, 2 ** 31 - 128, 88.5, 89, -88, -104],
].map(Math.fround);
export const SPECIAL_INTEGERS = [-(2 ** 31), 2 ** 31 - 1, -(2 ** 31) + 1, -1, 0, 1, 2 ** 24 + 1, 2 ** 16];

export interface SpecialResult {
  cases: number;
  gradients: number;
  /** Cases left out because the order of a sum matters. */
  exempt: number;
  readonly failures: string[];
}

export async function runSpecialValues(device: Device, op: OpName, seed: number, runs: number): Promise<SpecialResult> {
  const result: SpecialResult = { cases: 0, gradients: 0, exempt: 0, failures: [] };
  const grids = new Set<string>();
  for (const [i, { node, feeds }] of fc.sample(arbitraries("near")[op], { seed, numRuns: runs }).entries()) {
    await holdBoth(device, result, node, op === "input" ? feeds : injected(feeds, seed + i), seed + i);
    const kind = JSON.stringify([node.attrs, ...node.inputs.map(({ dtype }) => dtype)]);
    if (OPS[op].wgsl === undefined || grids.has(kind)) continue;
    grids.add(kind);
    await holdBoth(device, result, node, grid(node), seed);
  }
  return result;
}

/** The op itself and its gradient, by all inputs that have one. */
async function holdBoth(device: Device, result: SpecialResult, made: Node, values: Values, seed: number): Promise<void> {
  const { node, inputs } = kept(made, values);
  const { op } = node;
  result.cases++;
  await attempt(result, op, () => hold(device, result, { y: node }, values, OPS[op].tolerance));
  const wrt = node.dtype === "f32" && OPS[op].vjp ? inputs.filter(({ dtype }) => dtype === "f32") : [];
  if (wrt.length === 0) return;
  result.gradients++;
  const feeds = new Map([...values, ["weights", integersLike(node, seed)]]);
  const slopes = grad(sum(mul(node, variable("weights", node.shape))), wrt);
  const outputs = Object.fromEntries(slopes.map((slope, k) => [`d${k}`, slope]));
  await attempt(result, `gradient of ${op}`, () => hold(device, result, outputs, feeds, GRADIENT_TOLERANCE));
}

type Values = ReadonlyMap<string, Tensor>;

/** Elementwise ops of known numbers, of one input twice, and of both: what the simplifier and the driver's compiler may take for simpler than it is. */
export async function runKnownNumbers(device: Device, op: OpName): Promise<SpecialResult> {
  const result: SpecialResult = { cases: 0, gradients: 0, exempt: 0, failures: [] };
  const [{ node }] = fc.sample(arbitraries("smooth")[op], { seed: 1, numRuns: 1 });
  const arity = node.inputs.length;
  const values = new Map([["x", { shape: [SPECIAL_FLOATS.length], dtype: "f32", data: Float64Array.from(SPECIAL_FLOATS) } as const]]);
  const x = variable("x", [SPECIAL_FLOATS.length]);
  const apply = (...inputs: Node[]): Node => {
    const all = op === "select" ? [notEqual(x, x), ...inputs] : inputs;
    return applyOp(OPS[op] as unknown as OpDef<OpName>, all, node.attrs);
  };
  const known = SPECIAL_FLOATS.map((value) => broadcastTo(constant(value), x.shape));
  const nodes =
    arity === 1
      ? known.map((value) => apply(value))
      : [
          apply(x, x),
          apply(x, reshape(reshape(x, [2, x.shape[0] / 2]), x.shape)),
          ...known.flatMap((value) => [apply(x, value), apply(value, x)]),
        ];
  for (const [i, y] of nodes.entries()) {
    result.cases++;
    const outputs: Record<string, Node> = { y };
    if (arity > 1 && y.dtype === "f32" && OPS[op].vjp) outputs.slope = grad(sum(y), [x])[0];
    await attempt(result, `${op}, form ${i}`, () => hold(device, result, outputs, values, Math.max(OPS[op].tolerance, 1e-6)));
  }
  return result;
}

/** x ** exponent with its first and second derivative, for exponents that the graph knows. */
export async function runPowers(device: Device, exponents: readonly number[]): Promise<SpecialResult> {
  const result: SpecialResult = { cases: 0, gradients: 0, exempt: 0, failures: [] };
  const values = new Map([["x", { shape: [SPECIAL_FLOATS.length], dtype: "f32", data: Float64Array.from(SPECIAL_FLOATS) } as const]]);
  for (const exponent of exponents) {
    const x = variable("x", [SPECIAL_FLOATS.length]);
    const y = pow(x, exponent);
    const [first] = grad(sum(y), [x]);
    const [second] = grad(sum(first), [x], { unreachable: "zeros" });
    result.cases++;
    await attempt(result, `x^${exponent}`, () => hold(device, result, { y, first, second }, values, 2e-6));
  }
  return result;
}

/** Every pair of special values for an elementwise op (a condition takes turns). */
function grid({ inputs }: Node): Map<string, Tensor> {
  const count = SPECIAL_FLOATS.length;
  return new Map(
    inputs.map(({ dtype }, which) => {
      const all = dtype === "f32" ? SPECIAL_FLOATS : SPECIAL_INTEGERS;
      const data = Float64Array.from({ length: count * count }, (_, i) => {
        const turn = inputs.length - which;
        return all[(turn === 1 ? i : turn === 2 ? Math.floor(i / count) : i + Math.floor(i / count)) % all.length];
      });
      return [`x${which}`, { shape: [data.length], dtype, data }];
    }),
  );
}

/** Of gradients of one op, relative to each element. */
const GRADIENT_TOLERANCE = 1e-5;

async function attempt({ failures }: SpecialResult, what: string, run: () => Promise<string | null>): Promise<void> {
  const problem = await run().catch((error: unknown) => String(error));
  if (problem) failures.push(`${what}: ${problem}`);
}

/** The same op on variables of these values: inputs refuse what is not finite. */
function kept(node: Node, values: Values): Pick<OpCase, "node" | "inputs"> {
  if (node.inputs.length === 0) return { node, inputs: [] };
  const inputs = [...values].map(([key, { shape, dtype }]) => variable(key, shape, { dtype }));
  return { node: applyOp(OPS[node.op] as unknown as OpDef<OpName>, inputs, node.attrs), inputs };
}

/** A few kinds of special values, often or rarely, in every input that holds numbers. */
function injected(feeds: OpCase["feeds"], seed: number): Map<string, Tensor> {
  const random = generator(seed);
  const pick = (list: readonly number[]): number => list[Math.floor(random() * list.length)];
  const often = pick([0.15, 0.5, 1]);
  return new Map(
    [...feeds].map(([key, tensor]) => {
      const all = tensor.dtype === "f32" ? SPECIAL_FLOATS : SPECIAL_INTEGERS;
      const kinds = Array.from({ length: pick([1, 2, 6]) }, () => pick(all));
      return [key, { ...tensor, data: tensor.data.map((value) => (random() < often ? pick(kinds) : value)) }];
    }),
  );
}

/** Factors that round nothing. */
function integersLike({ shape }: Node, seed: number): Tensor {
  const random = generator(seed + 1);
  return { shape, dtype: "f32", data: new Float64Array(sizeOf(shape)).map(() => [1, -1, 2][Math.floor(random() * 3)]) };
}

/** The first disagreement between device and reference, or null. */
async function hold(
  device: Device,
  result: SpecialResult,
  outputs: Record<string, Node>,
  feeds: Values,
  tolerance: number,
): Promise<string | null> {
  const nodes = Object.values(outputs);
  const [kept, flushed] = [false, true].map((flush) => evaluateRounded(nodes, feeds, { flush }));
  if (kept.orderMatters || flushed.orderMatters) {
    result.exempt++;
    return null;
  }
  const actual = await compute(device, outputs, feeds);
  const fits = (node: Node, found: number, wanted: number, allowed: number): boolean =>
    near(node, found, wanted, allowed) || (kept.paddingMatters && Number.isNaN(found));
  for (const [k, name] of Object.keys(outputs).entries()) {
    for (let i = 0; i < actual[name].length; i++) {
      const [found, exact, other] = [actual[name][i], kept.values[k].data[i], flushed.values[k].data[i]];
      const allowed = Math.max(isSum(nodes[k]) ? 64 * LEAST_NORMAL : LEAST_NORMAL, tolerance * kept.scales[k].data[i]);
      if (!fits(nodes[k], found, exact, allowed) && !fits(nodes[k], found, other, allowed))
        return `${name}[${i}] is ${found}, not ${exact}${Object.is(exact, other) ? "" : ` or ${other}`}; ${describe(nodes[k], feeds, i)}`;
    }
  }
  return null;
}

const LEAST_NORMAL = 2 ** -126;

/** Equal, or apart by what rounding explains. Minimal filtering spoils at most the tile that its definition spoils; its zeros may leave out some. */
function near({ op }: Node, found: number, wanted: number, allowed: number): boolean {
  if (Number.isFinite(wanted)) return Math.abs(found - wanted) <= allowed;
  return op === "winogradTransform" || op === "winogradInverse" || Object.is(found, wanted);
}

/** Variables of these values, one call, the outputs. */
export async function compute(device: Device, outputs: Record<string, Node>, feeds: Values): Promise<Record<string, ArrayLike<number>>> {
  const store = createStore(device, { seed: 0 });
  const program = await compile(device, { name: "special", outputs, store });
  try {
    for (const path of store.paths()) store.write(path, (feeds.get(path) as Tensor).data);
    return await program.call(
      Object.fromEntries(program.prepared.inputs.map(({ attrs: { key } }) => [key, (feeds.get(key) as Tensor).data])),
    );
  } finally {
    program.dispose();
    store.dispose();
  }
}

const describe = ({ attrs }: Node, feeds: Values, i: number): string =>
  `${JSON.stringify(attrs)} of ${[...feeds].map(([key, { shape, data }]) => `${key}[${shape}] = ${data.length > 12 ? `... ${data[i]} ...` : data.join()}`).join("; ")}`;
