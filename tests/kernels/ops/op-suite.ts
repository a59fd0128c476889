/**
 * Every op on a device against the f64 reference: forward, first and second derivatives. Pure, so that Node and a browser run the same cases.
 */
import fc from "fast-check";
import { add, evaluate, grad, input, mul, type Node, OPS, type OpName, sizeOf, sum, type Tensor } from "../../../src/graph/index.ts";
import { compile, createStore } from "../../../src/kernels/index.ts";
import type { Device } from "../../../src/runtime/device.ts";
import { arbitraries, type OpCase } from "../../graph/arbitraries.ts";
import { allowedErrors } from "../../graph/scale.ts";
import { floats, FORWARD_STYLES } from "../../graph/values.ts";

export interface SuiteOptions {
  readonly seed: number;
  /** Forward cases of each op and style of numbers, and cases with derivatives of each op. */
  readonly runs: number;
  readonly ops?: readonly OpName[];
}

export interface SuiteResult {
  ops: number;
  forward: number;
  first: number;
  second: number;
  /** One line per case that disagrees. */
  readonly failures: string[];
}

type Values = ReadonlyMap<string, Tensor>;

/** Of derivatives, beside the largest element: they run through several ops. */
const DERIVATIVE_TOLERANCE = 1e-5;

export async function runOpSuite(device: Device, { seed, runs, ops = Object.keys(OPS) as OpName[] }: SuiteOptions): Promise<SuiteResult> {
  const result: SuiteResult = { ops: 0, forward: 0, first: 0, second: 0, failures: [] };
  for (const op of ops) {
    result.ops++;
    for (const style of FORWARD_STYLES) {
      for (const found of fc.sample(arbitraries(style)[op], { seed, numRuns: runs })) {
        result.forward++;
        await attempt(result, `${op} (${style}, forward)`, () => forward(device, found));
      }
    }
    if (OPS[op].vjp === null) continue;
    for (const found of fc.sample(arbitraries("smooth")[op], { seed, numRuns: runs })) {
      if (differentiable(found).length === 0) continue;
      result.first++;
      result.second++;
      await attempt(result, `${op} (derivatives)`, () => derivatives(device, found));
    }
  }
  return result;
}

async function attempt({ failures }: SuiteResult, what: string, run: () => Promise<string | null>): Promise<void> {
  const problem = await run().catch((error: unknown) => String(error));
  if (problem) failures.push(`${what}: ${problem}`);
}

/** Holds the op to its own tolerance. Gives the first disagreement, or null. */
async function forward(device: Device, found: OpCase): Promise<string | null> {
  const { node, inputs, feeds } = found;
  const [expected] = evaluate([node], feeds);
  const allowed = allowedErrors(found);
  const { y } = await compute(device, { y: node }, feeds);
  return disagreement(y, expected, (i) => allowed[i], describe(node, inputs));
}

/** sum(y * weights) and its gradients, then the same of the gradients' weighted sum. */
async function derivatives(device: Device, found: OpCase): Promise<string | null> {
  const { node, inputs, feeds } = found;
  const values = new Map(feeds);
  const weigh = (slope: Node, key: string, seed: number): { total: Node; weights: Node } => {
    values.set(key, floats(slope.shape, { low: -2, high: 2 }, "near", seed));
    const weights = input(key, slope.shape);
    return { total: sum(mul(slope, weights)), weights };
  };
  const wrt = differentiable(found);
  const { total, weights } = weigh(node, "weights", 1);
  const first = grad(total, wrt);
  const bent = first.map((slope, i) => weigh(slope, `bent${i}`, 3 + i).total).reduce((a, b) => add(a, b));
  const second = grad(bent, [...wrt, weights], { unreachable: "zeros" });
  const outputs = Object.fromEntries([...first, ...second].map((slope, i) => [`${i < first.length ? "first" : "second"}${i}`, slope]));
  const expected = evaluate(Object.values(outputs), values);
  const actual = await compute(device, outputs, values);
  for (const [i, name] of Object.keys(outputs).entries()) {
    const scale = expected[i].data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30);
    const problem = disagreement(actual[name], expected[i], () => DERIVATIVE_TOLERANCE * scale, `${name} of ${describe(node, inputs)}`);
    if (problem) return problem;
  }
  return null;
}

const differentiable = ({ node, inputs }: OpCase): Node[] => (node.dtype === "f32" ? inputs.filter(({ dtype }) => dtype === "f32") : []);

/** Compiles, feeds and reads; the variable `v`, where there is one, takes its value from the feeds. */
async function compute(device: Device, outputs: Record<string, Node>, feeds: Values): Promise<Record<string, ArrayLike<number>>> {
  const used = keysOf(Object.values(outputs));
  const store = createStore(device, { seed: 0 });
  const program = await compile(device, { name: "suite", outputs, store });
  try {
    const variable = feeds.get("v");
    if (variable) await store.write("v", Float32Array.from(variable.data));
    return await program.call(Object.fromEntries([...feeds].filter(([key]) => used.has(key)).map(([key, { data }]) => [key, data])));
  } finally {
    program.dispose();
  }
}

/** The input keys on which the nodes depend. */
function keysOf(nodes: readonly Node[]): Set<string> {
  const seen = new Set<Node>(nodes);
  for (const node of seen) for (const before of node.inputs) seen.add(before);
  return new Set([...seen].flatMap((node) => (node.op === "input" ? [node.attrs.key] : [])));
}

/** Where |actual - expected| exceeds what is allowed; an infinity or NaN of the reference must be met exactly. */
function disagreement(actual: ArrayLike<number>, expected: Tensor, allowed: (i: number) => number, what: string): string | null {
  if (actual.length !== sizeOf(expected.shape)) return `${what}: ${actual.length} numbers instead of [${expected.shape.join(", ")}]`;
  for (let i = 0; i < actual.length; i++) {
    const [found, wanted] = [actual[i], expected.data[i]];
    const fits = Number.isFinite(wanted) ? Math.abs(found - wanted) <= allowed(i) : Object.is(found, wanted);
    if (!fits) return `${what}, element ${i}: ${found} instead of ${wanted}, off by ${Math.abs(found - wanted)}, allowed ${allowed(i)}`;
  }
  return null;
}

const describe = (node: Node, inputs: readonly Node[]): string =>
  `${node.op}(${inputs.map(({ shape, dtype }) => `${dtype}[${shape.join(", ")}]`).join(", ")}; ${JSON.stringify(node.attrs)?.slice(0, 300)})`;
