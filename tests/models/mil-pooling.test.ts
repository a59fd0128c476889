/** Poolings over sets: no order, no padding, and no trouble with a set that is empty. Their golden values are in set-cases.ts. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate, grad, input, initialValue, type Node, sum, square } from "../../src/graph/index.ts";
import {
  createParams,
  deepSets,
  dynamicPooling,
  logSumExpOverInstances,
  maxOverInstances,
  meanOverInstances,
  mutualInformation,
  type Params,
  setTransformer,
  sumOverInstances,
} from "../../src/models/index.ts";

type Pool = (p: Params, instances: Node, mask: Node) => Node;
const POOLS: Readonly<Record<string, Pool>> = {
  sum: (_, x, mask) => sumOverInstances(x, mask),
  mean: (_, x, mask) => meanOverInstances(x, mask),
  largest: (_, x, mask) => maxOverInstances(x, mask),
  "log-sum-exp": (_, x, mask) => logSumExpOverInstances(x, mask, { r: 3 }),
  "dynamic pooling": (_, x, mask) => dynamicPooling(x, mask).code,
  "deep sets": (p, x, mask) => deepSets(p, x, mask, { width: 4 }),
  "set transformer": (p, x, mask) => setTransformer(p, x, mask, { width: 4, heads: 2 }).code,
  "induced set transformer": (p, x, mask) => setTransformer(p, x, mask, { width: 4, heads: 2, inducing: 2, layerNorm: true }).code,
};
const F = 3;

/** The code of one set whose places hold `rows`, those with a number only, and the gradient of its square at the instances. */
function codeOf(pool: Pool, rows: readonly (readonly number[] | null)[], filler = 7): { code: number[]; slope: number[] } {
  const L = rows.length;
  const [x, mask] = [input("x", [1, L, F]), input("mask", [1, L], "i32")];
  const p = createParams();
  const code = pool(p, x, mask);
  const slope = grad(sum(square(code)), [x])[0];
  const state = p.all().map(({ attrs: { path, init, shape } }) => [path, initialValue(init, shape, 1, path)] as const);
  const feeds = { x: rows.flatMap((row) => row ?? Array<number>(F).fill(filler)), mask: rows.map((row) => (row ? 1 : 0)) };
  const [found, felt] = evaluate([code, slope], new Map<string, ArrayLike<number>>([...state, ...Object.entries(feeds)]));
  return { code: [...found.data], slope: [...felt.data] };
}

const close = (a: readonly number[], b: readonly number[]): void =>
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) <= 1e-9 * Math.max(1, Math.abs(value)), `${a} is not ${b}`));

const rowOf = fc.array(fc.integer({ min: -40, max: 40 }), { minLength: F, maxLength: F }).map((row) => row.map((value) => value / 16));

for (const [name, pool] of Object.entries(POOLS)) {
  test(`${name}: neither order nor places without an instance matter`, () => {
    fc.assert(
      fc.property(fc.array(rowOf, { minLength: 1, maxLength: 5 }), fc.integer({ min: 0, max: 3 }), (rows, holes) => {
        const { code } = codeOf(pool, rows);
        const spread: (number[] | null)[] = [...rows].reverse();
        for (let hole = 0; hole < holes; hole++) spread.splice((2 * hole) % (spread.length + 1), 0, null);
        const other = codeOf(pool, spread, -1e3);
        close(code, other.code);
        spread.forEach((row, l) => row ?? close([0, 0, 0], other.slope.slice(l * F, (l + 1) * F)));
      }),
      { numRuns: 15 },
    );
  });
  test(`${name}: an empty set has a finite code and slope`, () => {
    const { code, slope } = codeOf(pool, [null, null]);
    assert.ok([...code, ...slope].every(Number.isFinite), `${code}; ${slope}`);
  });
}

test("all zeros, as of a dead ReLU, have a finite slope", () => {
  for (const [name, pool] of Object.entries(POOLS)) {
    const { slope } = codeOf(pool, [
      [0, 0, 0],
      [0, 0, 0],
    ]);
    assert.ok(slope.every(Number.isFinite), name);
  }
});

test("inputs of the mutual information that do not fit are named", () => {
  const node = (key: string, ...shape: number[]): Node => input(key, shape);
  const inputs = {
    ...{ map: node("map", 4, 2, 3, 3), code: node("code", 4, 5), prior: node("prior", 4, 5), weight: node("weight", 4) },
    other: input("other", [4], "i32"),
  };
  const refused = (changed: object, what: RegExp): void =>
    void assert.throws(() => mutualInformation(createParams(), { ...inputs, ...changed }, { mode: "published" }), what);
  refused({ map: node("m", 3, 2, 3, 3) }, /mutualInformation at : expected map f32 \[4, C, h, w\], got f32 \[3, 2, 3, 3\]/);
  refused({ other: node("o", 4) }, /expected other i32 \[4\], got f32 \[4\]/);
  refused({ prior: node("q", 4, 6) }, /expected prior f32 \[4, 5\], got f32 \[4, 6\]/);
});

test.run();
