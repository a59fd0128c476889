/** Sums of contributions: padded pieces become a concatenation, products over steps one product. Pure. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  concat,
  evaluate,
  exp,
  grad,
  input,
  matmul,
  mul,
  type Node,
  pad,
  sliceAxis,
  split,
  sum,
  tanh,
  tensor,
  type Tensor,
  variable,
} from "../../../src/graph/index.ts";
import { topological } from "../../../src/kernels/common/order.ts";
import { simplify } from "../../../src/kernels/rewrite/simplify.ts";
import { integers } from "../../graph/values.ts";

const one = (node: Node): Node => simplify([node])[0];
const count = (node: Node, op: string): number => topological([node]).filter((found) => found.op === op).length;

/** The values of simplified nodes, in the order of their graph. */
function valueOf(node: Node, feeds: ReadonlyMap<string, Tensor>): number[] {
  const values = new Map<Node | string, Tensor>(feeds);
  for (const at of topological([node])) values.set(at, evaluate([{ ...at, id: Number.MAX_SAFE_INTEGER }], values)[0]);
  return Array.from((values.get(node) as Tensor).data, (value) => value + 0);
}

test("the gradient of a split is a concatenation", () => {
  const x = input("x", [6, 2]);
  const [a, b, c] = split(x, 0, [1, 2, 3]);
  const [slope] = grad(add(add(sum(exp(a)), sum(mul(b, b))), sum(tanh(c))), [x]);
  const simple = one(slope);
  assert.is(simple.op, "concat");
  assert.is(count(simple, "pad"), 0);
  const feeds = new Map([["x", tensor([1, -1, 2, 0, 0.5, 3, 1, 2, -2, 1, 0, 1], [6, 2])]]);
  assert.equal(valueOf(simple, feeds), Array.from(evaluate([slope], feeds)[0].data));
});

test("pieces in any order, with gaps, beside other terms", () => {
  const property = fc.property(
    fc.array(fc.tuple(fc.nat(4), fc.nat(3)), { minLength: 2, maxLength: 5 }),
    fc.nat(5),
    fc.boolean(),
    (parts, turn, other) => {
      const extents = parts.map(([gap, extent]) => [gap, extent + 1]);
      const total = extents.reduce((size, [gap, extent]) => size + gap + extent, 2);
      let at = 0;
      const pieces = extents.map(([gap, extent], i) => {
        at += gap + extent;
        return pad(input(`p${i}`, [extent, 2]), [at - extent, 0], [total - at, 0]);
      });
      const turned = [...pieces.slice(turn % pieces.length), ...pieces.slice(0, turn % pieces.length)];
      const terms = other ? [turned[0], exp(input("other", [total, 2])), ...turned.slice(1)] : turned;
      const whole = terms.reduce((left, right) => add(left, right));
      const feeds = new Map([
        ...extents.map(([, extent], i): [string, Tensor] => [`p${i}`, integers([extent, 2], -9, 9, i)]),
        ["other", integers([total, 2], -1, 1, 99)],
      ]);
      const simple = one(whole);
      assert.is(count(simple, "pad"), 0);
      assert.equal(valueOf(simple, feeds), Array.from(evaluate([whole], feeds)[0].data));
    },
  );
  fc.assert(property, { numRuns: 60 });
});

test("pieces that overlap, and pads that are not of zeros, stay a sum", () => {
  const x = input("x", [3]);
  assert.is(one(add(pad(x, [0], [2]), pad(x, [2], [0]))).op, "add", "element 2 belongs to both");
  assert.is(one(add(pad(x, [0], [3]), pad(exp(x), [3], [0], { value: 1 }))).op, "add");
  assert.is(one(add(pad(x, [0], [2], { interior: [1] }), pad(exp(x), [4], [0]))).op, "add");
  const same = pad(x, [0], [3]);
  assert.is(one(add(add(same, same), pad(exp(x), [3], [0]))).op, "add", "a piece that occurs twice");
});

test("a partial sum that somebody else reads stays", () => {
  const [x, y, z] = ["x", "y", "z"].map((key) => input(key, [2]));
  const partial = add(pad(x, [0], [4]), pad(y, [2], [2]));
  const [first, second] = simplify([partial, add(partial, pad(z, [4], [0]))]);
  assert.is(first.op, "concat");
  assert.is(second.op, "add");
  assert.is(second.inputs[0], first);
});

test("the gradient of a weight used at every step is one product", () => {
  const weight = variable("w", [3, 3]);
  const steps = 6;
  let state = input("h", [2, 3]);
  const x = input("x", [2 * steps, 3]);
  for (let t = 0; t < steps; t++) state = tanh(add(matmul(state, weight), sliceAxis(x, 0, 2 * t, 2 * t + 2)));
  const [slope] = grad(sum(mul(state, state)), [weight]);
  const simple = one(slope);
  assert.is(simple.op, "matmul");
  assert.is(simple.inputs[0].op, "concat");
  assert.is(simple.inputs[0].shape[0], 2 * steps, "all steps stand along K");
  assert.is(count(slope, "matmul") - count(simple, "matmul"), steps - 1);
  const feeds = new Map([
    ["h", integers([2, 3], -2, 2, 1)],
    ["x", integers([2 * steps, 3], -2, 2, 2)],
    ["w", { ...integers([3, 3], -9, 9, 3), data: integers([3, 3], -9, 9, 3).data.map((value) => value / 10) }],
  ]);
  const [wanted] = evaluate([slope], feeds);
  valueOf(simple, feeds).forEach((value, i) => assert.ok(Math.abs(value - wanted.data[i]) < 1e-9));
});

test("in a batch too: both directions of a recurrence give one product for all steps", () => {
  const steps = 5;
  const weight = variable("w", [2, 3, 3]);
  let state = input("h", [2, 4, 3]);
  for (let t = 0; t < steps; t++) state = tanh(matmul(state, weight));
  const [slope] = grad(sum(mul(state, state)), [weight]);
  const simple = one(slope);
  const products = topological([simple]).filter((node) => node.op === "matmul" && node.attrs.transposeA);
  assert.equal(
    products.map(({ inputs }) => inputs.map(({ shape }) => shape)),
    [
      [
        [2, 4 * steps, 3],
        [2, 4 * steps, 3],
      ],
    ],
  );
  const feeds = new Map([
    ["h", integers([2, 4, 3], -2, 2, 1)],
    ["w", { ...integers([2, 3, 3], -9, 9, 3), data: integers([2, 3, 3], -9, 9, 3).data.map((value) => value / 10) }],
  ]);
  const [wanted] = evaluate([slope], feeds);
  valueOf(simple, feeds).forEach((value, i) => assert.ok(Math.abs(value - wanted.data[i]) < 1e-9));
});

test("products of different shapes are not stacked", () => {
  const a = matmul(input("a", [4, 2]), input("b", [4, 3]), { transposeA: true });
  const b = matmul(input("c", [5, 2]), input("d", [5, 3]), { transposeA: true });
  assert.is(count(one(add(a, b)), "matmul"), 1, "other K");
  const batch = (key: string, K: number): Node => matmul(input(`${key}x`, [2, K, 3]), input(`${key}y`, [2, K, 3]), { transposeA: true });
  assert.is(count(one(add(batch("f", 4), batch("g", 5))), "matmul"), 2, "batches of other K");
  const plain = matmul(input("e", [2, 4]), input("f", [4, 3]));
  assert.is(count(one(add(a, plain)), "matmul"), 2, "not the form of a weight's gradient");
  assert.is(one(concat([a, b], 0)).op, "concat");
});

test.run();
