/** What ops and functions give at NaN, infinities, zeros and numbers of all sizes, with their gradients: as PyTorch in f64, but for what is listed here. */
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as graph from "../../src/graph/index.ts";
import { evaluate, grad, input, type Node, OPS, type OpName, sum, tensor, type Value } from "../../src/graph/index.ts";
import { SPECIAL } from "../../src/graph/ops/special.ts";
import { arbitraries } from "./arbitraries.ts";
import { differenceFrom, specialCases } from "./special-cases.ts";

type Text = number | string;
interface Golden {
  readonly points: readonly Text[];
  readonly unary: readonly { readonly name: string; readonly y: readonly Text[]; readonly dx: readonly Text[] }[];
  readonly binary: readonly {
    readonly name: string;
    readonly y: readonly Text[];
    readonly da: readonly Text[];
    readonly db: readonly Text[];
  }[];
  readonly powers: readonly {
    readonly exponent: Text;
    readonly y: readonly Text[];
    readonly first: readonly Text[];
    readonly second: readonly Text[];
  }[];
}
const golden = JSON.parse(readFileSync("tests/golden/special.json", "utf8")) as Golden;

const numberOf = (text: Text): number =>
  text === "inf" ? Number.POSITIVE_INFINITY : text === "-inf" ? Number.NEGATIVE_INFINITY : Number(text);
const points = golden.points.map(numberOf);

/** Where intarsia differs from PyTorch on purpose: name and output, and the x at which the value is taken as given here. */
const DIFFERENT: Readonly<Record<string, (x: number) => number | null>> = {
  // sign(NaN) is NaN here, 0 in PyTorch.
  "abs dx": (x) => (Number.isNaN(x) ? Number.NaN : null),
  // An exponent that is no whole number follows IEEE 754; PyTorch's x^0.5 is sqrt(x), NaN at -infinity.
  "derivative 1 of x^1.5": (x) => (x === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : null),
  "derivative 2 of x^1.5": (x) => (x === Number.NEGATIVE_INFINITY ? 0 : null),
  // The subgradient of the norm of a zero vector.
  "sqrt dx": (x) => (x === 0 ? 0 : null),
  // PyTorch's exp(x) - 1 is 0 near 0.
  elu: (x) => (x === -1e-30 ? -0.75e-30 : null),
  // PyTorch's slope is 1 + expm1(x), which ends below the digits of 1.
  "expm1 dx": (x) => (x === -100 ? Math.exp(x) : null),
  // The limits at infinity, where PyTorch has 0 * infinity = NaN.
  ...Object.fromEntries(
    ["gelu", "geluTanh", "silu"].flatMap((name) => [
      [name, valueAtInfinity],
      [`${name} dx`, slopeAtInfinity],
    ]),
  ),
};

function valueAtInfinity(x: number): number | null {
  return x === Number.NEGATIVE_INFINITY ? 0 : null;
}

function slopeAtInfinity(x: number): number | null {
  return Math.abs(x) === Number.POSITIVE_INFINITY ? Number(x > 0) : null;
}

const FUNCTIONS: Readonly<Record<string, (x: Node) => Node>> = {
  relu6: (x) => graph.relu(x, { max: 6 }),
  clamp: (x) => graph.clamp(x, -2, 3),
  leakyRelu: (x) => graph.leakyRelu(x, 0.25),
  geluTanh: (x) => graph.gelu(x, { approximate: "tanh" }),
  elu: (x) => graph.elu(x, { alpha: 0.75 }),
};
const functionOf = (name: string): ((...args: Value[]) => Node) =>
  (FUNCTIONS[name] ?? (graph as unknown as Record<string, unknown>)[name]) as (...args: Value[]) => Node;

function compare(what: string, found: ArrayLike<number>, wanted: readonly Text[], at: readonly number[]): void {
  wanted.map(numberOf).forEach((value, i) => {
    const expected = DIFFERENT[what]?.(at[i]) ?? value;
    const near = Math.abs(found[i] - expected) <= 1e-12 * Math.abs(expected);
    assert.ok(near || Object.is(found[i], expected), `${what} at ${at[i]}: ${found[i]}, not ${expected}`);
  });
}

for (const { name, y, dx } of golden.unary) {
  test(`${name} and its gradient at special values`, () => {
    const x = input("x", [points.length]);
    const value = functionOf(name)(x);
    const found = evaluate([value, ...grad(sum(value), [x])], new Map([["x", tensor(points)]]));
    compare(name, found[0].data, y, points);
    compare(`${name} dx`, found[1].data, dx, points);
  });
}

for (const { name, y, da, db } of golden.binary) {
  test(`${name} and its gradients at pairs of special values`, () => {
    const [first, second] = [points.flatMap((a) => points.map(() => a)), points.flatMap(() => points)];
    const [a, b] = ["a", "b"].map((key) => input(key, [first.length]));
    const value = functionOf(name)(a, b);
    const feeds = new Map([
      ["a", tensor(first)],
      ["b", tensor(second)],
    ]);
    const found = evaluate([value, ...grad(sum(value), [a, b])], feeds);
    [y, da, db].forEach((wanted, k) =>
      wanted.map(numberOf).forEach((expected, i) => {
        const near = Math.abs(found[k].data[i] - expected) <= 1e-12 * Math.abs(expected);
        const what = `${["y", "da", "db"][k]} of ${name}(${first[i]}, ${second[i]})`;
        assert.ok(near || Object.is(found[k].data[i], expected), `${what}: ${found[k].data[i]}, not ${expected}`);
      }),
    );
  });
}

for (const { exponent, y, first, second } of golden.powers) {
  test(`x^${exponent} with its two derivatives`, () => {
    const x = input("x", [points.length]);
    const value = graph.pow(x, numberOf(exponent));
    const [slope] = grad(sum(value), [x]);
    const [bend] = grad(sum(slope), [x], { unreachable: "zeros" });
    const found = evaluate([value, slope, bend], new Map([["x", tensor(points)]]));
    [y, first, second].forEach((wanted, k) => compare(`derivative ${k} of x^${exponent}`, found[k].data, wanted, points));
  });
}

for (const op of Object.keys(OPS) as OpName[]) {
  test(`${op}: the table of special values is that of the reference`, () => {
    for (const listed of specialCases(op)) {
      const found = evaluate(Object.values(listed.outputs), listed.values);
      assert.is(differenceFrom(listed, Object.fromEntries(Object.keys(listed.outputs).map((name, i) => [name, found[i].data]))), null);
    }
  });

  test(`${op}: NaN is ${SPECIAL[op].nan}`, () => {
    let seen = 0;
    for (const { node, feeds } of fc.sample(arbitraries("near")[op], { seed: 1, numRuns: 20 })) {
      const spoilt = new Map([...feeds].map(([key, x]) => [key, x.dtype === "f32" ? { ...x, data: x.data.map(() => Number.NaN) } : x]));
      if (SPECIAL[op].nan === "answered" && node.dtype === "f32") continue;
      if (![...spoilt.values()].some(({ dtype }) => dtype === "f32")) continue;
      const [{ data }] = evaluate([node], spoilt);
      seen += data.filter(Number.isNaN).length;
      HOLDS[SPECIAL[op].nan](node, data);
    }
    assert.is(seen > 0, ["through", "moved"].includes(SPECIAL[op].nan));
  });
}

/** Of an op whose numbers are all NaN. Where nothing is summed up or nothing was moved to, there is the number that the op puts there. */
const HOLDS: Readonly<Record<string, (node: Node, data: Float64Array) => void>> = {
  through: ({ op }, data) => assert.ok(data.every((value) => Number.isNaN(value) || (value === 0 && OPS[op].wgsl === undefined))),
  moved: (node, data) => assert.ok(data.every((value) => Number.isNaN(value) || value === (node.op === "pad" ? node.attrs.value : 0))),
  answered: (_, data) => assert.ok(data.every(Number.isInteger)),
  none: () => assert.unreachable("f32 numbers went in"),
};

test.run();
