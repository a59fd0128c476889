/**
 * The registry-driven property test on the reference: for every op, random shapes, settings and numbers; inferred = computed shape; the gradient
 * rule against central differences in f64; the same for the gradient of the gradient. INTARSIA_SEED replaces the random seed.
 */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, evaluate, grad, input, mul, type Node, OPS, type OpName, sizeOf, sum, type Tensor } from "../../src/graph/index.ts";
import { arbitraries, type OpCase } from "./arbitraries.ts";
import { FORWARD_STYLES, floats, generator } from "./values.ts";

const FIXED_SEED = 20_240_229;
const SEED = Number(process.env.INTARSIA_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 40;
/** At most this many elements of each input are nudged. */
const PROBES = 6;
const STEP = 1e-4;
/** Of a slope, beside the largest of its tensor, and what the difference of two totals of about 1 loses to rounding. */
const TOLERANCE = 1e-5;
const ROUNDING = 1e-10;

const counts = { ops: 0, forward: 0, first: 0, second: 0 };
const names = Object.keys(OPS) as OpName[];

function check(op: OpName, property: (found: OpCase) => void, source: fc.Arbitrary<OpCase>): void {
  for (const seed of [FIXED_SEED, SEED]) {
    try {
      fc.assert(fc.property(source, property), { seed, numRuns: RUNS });
    } catch (error) {
      throw new Error(`${op} with INTARSIA_SEED=${seed}: ${(error as Error).message}`);
    }
  }
}

type Values = ReadonlyMap<string, Tensor>;

/** Compares `slopes` (gradients of the scalar `y`) with central differences at a few elements of each of `wrt`. */
function compare(y: Node, wrt: readonly Node[], slopes: readonly Node[], feeds: Values, seed: number): void {
  const random = generator(seed);
  const found = evaluate(slopes, feeds);
  const at = (key: string, element: number, step: number): number => {
    const tensor = feeds.get(key) as Tensor;
    const data = tensor.data.slice();
    data[element] += step;
    return evaluate([y], new Map([...feeds, [key, { ...tensor, data }]]))[0].data[0];
  };
  wrt.forEach((node, i) => {
    assert.equal(slopes[i].shape, node.shape);
    const key = node.op === "input" ? node.attrs.key : "";
    const largest = found[i].data.reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
    for (let probe = 0; probe < Math.min(PROBES, sizeOf(node.shape)); probe++) {
      const element = Math.floor(random() * sizeOf(node.shape));
      const [above, below] = [at(key, element, STEP), at(key, element, -STEP)];
      const difference = (above - below) / (2 * STEP);
      const error = Math.abs(found[i].data[element] - difference);
      const allowed = TOLERANCE * largest + ROUNDING * Math.max(1, Math.abs(above));
      assert.ok(error <= allowed, `d/d${key}[${element}]: rule ${found[i].data[element]}, difference ${difference}`);
    }
  });
}

/** sum(node * weights): a scalar that tells all elements apart. */
function weighted(node: Node, key: string, feeds: Map<string, Tensor>, seed: number): { total: Node; weights: Node } {
  const weights = input(key, node.shape);
  feeds.set(key, floats(node.shape, { low: -2, high: 2 }, "near", seed));
  return { total: sum(mul(node, weights)), weights };
}

function derivatives({ node, inputs, feeds }: OpCase): void {
  const wrt = inputs.filter(({ dtype }) => dtype === "f32");
  if (node.dtype !== "f32" || wrt.length === 0) return;
  const values = new Map(feeds);
  const { total, weights } = weighted(node, "weights", values, 1);
  const first = grad(total, wrt);
  compare(total, wrt, first, values, 2);
  counts.first++;
  const bent = first.map((slope, i) => weighted(slope, `bent${i}`, values, 3 + i).total).reduce((a, b) => add(a, b));
  const all = [...wrt, weights];
  compare(bent, all, grad(bent, all, { unreachable: "zeros" }), values, 4);
  counts.second++;
}

for (const op of names) {
  test(`${op}: the inferred shape is the computed one`, () => {
    counts.ops++;
    const styles = fc.oneof(...FORWARD_STYLES.map((style) => arbitraries(style)[op]));
    const property = ({ node, feeds }: OpCase): void => {
      const [value] = evaluate([node], feeds);
      counts.forward++;
      assert.is(value.data.length, sizeOf(node.shape));
      if (node.dtype === "i32") assert.ok(value.data.every((number) => number === (number | 0)));
      else assert.ok(value.data.every(Number.isFinite) || op === "pow");
    };
    check(op, property, styles);
  });
  if (OPS[op].vjp === null) continue;
  test(`${op}: first and second derivative`, () => check(op, derivatives, arbitraries("smooth")[op]));
}

test("every op was tried", () => {
  assert.is(counts.ops, names.length);
  console.log(
    `# graph: ${counts.ops} ops, ${counts.forward} forward cases, ${counts.first} first and ${counts.second} second derivatives, seeds ${FIXED_SEED} and ${SEED}`,
  );
});

test.run();
