/** The simplifier: what becomes less, what must stay, and that its time is bounded. Pure. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  broadcastTo,
  cast,
  constant,
  div,
  equal,
  evaluate,
  exp,
  grad,
  input,
  matmul,
  mul,
  neg,
  type Node,
  pad,
  pow,
  reduceMax,
  reshape,
  select,
  slice,
  stopGradient,
  sub,
  sum,
  swapAxes,
  type Tensor,
  transpose,
  uniform,
  variable,
} from "../../../src/graph/index.ts";
import { topological } from "../../../src/kernels/common/order.ts";
import { simplify } from "../../../src/kernels/rewrite/simplify.ts";
import { programOf, recipes } from "../programs/random-programs.ts";

const x = input("x", [2, 3]);
const one = (node: Node): Node => simplify([node])[0];
const ops = (...nodes: readonly Node[]): string[] => topological(simplify(nodes)).map((node) => node.op);

test("neutral elements and movements that move nothing vanish", () => {
  for (const node of [add(x, 0), add(0, x), sub(x, 0), mul(x, 1), mul(1, x), div(x, 1), neg(neg(x)), stopGradient(x), cast(x, "f32")])
    assert.is(one(node), x, node.op);
  for (const node of [
    reshape(x, [2, 3]),
    reshape(reshape(x, [6]), [2, 3]),
    transpose(x, [0, 1]),
    transpose(transpose(x)),
    slice(x, [0, 0], [2, 3]),
  ])
    assert.is(one(node), x, node.op);
  assert.is(one(pad(x, [0, 0], [0, 0])), x);
  assert.is(one(sum(x, [])), x);
});

test("what is not neutral stays", () => {
  assert.is(one(mul(x, 0)).op, "mul", "0 times infinity is no zero");
  assert.is(one(sub(0, x)).op, "sub");
  assert.is(one(slice(x, [0, 0], [2, 3], [1, 2])).op, "slice");
  assert.is(one(div(1, x)).op, "div");
});

test("a known choice is made, and small whole exponents are products", () => {
  const [a, b] = [input("a", [3]), input("b", [3])];
  assert.is(one(select(constant(1, [], "i32"), a, b)), a);
  assert.is(one(select(constant(0, [], "i32"), a, b)), b);
  assert.equal(ops(pow(x, 2)), ["input", "mul"]);
  assert.equal(ops(pow(x, 3)), ["input", "mul", "mul"]);
  assert.is(one(pow(x, 1)), x);
  assert.is(one(pow(x, 2.5)).op, "pow");
  const [slope] = grad(sum(pow(x, 2)), [x]);
  assert.equal([...new Set(ops(slope))].sort(), ["broadcast", "constant", "input", "mul"], "the slope of x^2 is 2 x");
});

test("constants are folded as f32 holds them", () => {
  const value = (node: Node): number => {
    const folded = topological([one(node)]).find(({ op }) => op === "constant") as Node;
    return evaluate([folded])[0].data[0];
  };
  assert.is(value(equal(constant(1e-40), 0)), 1, "subnormal");
  assert.is(one(mul(constant(1e39), 1e-39)).op, "mul", "infinity times 0 is left to the device");
  assert.is(value(equal(constant(0.1), Math.fround(0.1))), 1);
});

test("moving, spreading or reducing axes of extent 1 is a reshape", () => {
  const row = input("row", [1, 4]);
  assert.is(one(transpose(row)).op, "reshape");
  assert.is(one(sum(row, 0)).op, "reshape");
  assert.is(one(reduceMax(row, 0)).op, "reshape");
  assert.is(one(broadcastTo(row, [1, 1, 4])).op, "reshape");
});

test("equal nodes become one, but not those that differ in shape, in a sign or in a stream", () => {
  assert.equal(ops(add(exp(x), exp(x))), ["input", "exp", "add"]);
  const key = constant([1, 2], [2], "i32");
  assert.is(ops(uniform(key, [3]), uniform(key, [3])).filter((op) => op === "random").length, 2);
  assert.is(ops(uniform(key, [3], { stream: 5 }), uniform(key, [3], { stream: 5 })).filter((op) => op === "random").length, 1);
  assert.is.not(...(simplify([constant(0), constant(-0)]) as [Node, Node]));
  const padded = (value: number): Node => pad(x, [1, 0], [0, 0], { value });
  const [high, low, zero, minus] = simplify([padded(Infinity), padded(-Infinity), padded(0), padded(-0)]);
  assert.is(new Set([high, low, zero, minus]).size, 4);
  const [vector, matrix] = simplify([variable("w", [4]), variable("w", [2, 2])]);
  assert.is.not(vector, matrix);
});

test("elementwise ops of constants are computed once, rounded as f32", () => {
  const found = topological([one(add(x, div(constant(1), constant(3))))]);
  assert.not.ok(found.some(({ op }) => op === "div"));
  const folded = found.find(({ op }) => op === "constant") as Node;
  assert.is(evaluate([folded])[0].data[0], Math.fround(1 / 3));
  const endless = one(div(constant(1), constant(0)));
  assert.is(endless.op, "div", "a result that is not finite is left to the device");
});

test("a product reads transposed operands in place", () => {
  const product = one(matmul(swapAxes(x, 0, 1), transpose(input("y", [4, 2]))));
  assert.equal([product.op, product.attrs], ["matmul", { transposeA: true, transposeB: true }]);
  assert.is(product.inputs[0], x);
});

test("shared sums take no exponential time", () => {
  let doubled: Node = x;
  for (let i = 0; i < 60; i++) doubled = add(doubled, doubled);
  let [a, b]: Node[] = [x, input("y", [2, 3])];
  for (let i = 0; i < 60; i++) [a, b] = [b, add(a, b)];
  const nodes = new Set(simplify([doubled, b]));
  for (const node of nodes) for (const before of node.inputs) nodes.add(before);
  assert.ok(nodes.size < 200, `${nodes.size} nodes`);
});

test("a graph means the same afterwards", () => {
  const property = fc.property(recipes(1, 25), (recipe) => {
    const { spec, feeds, initial } = programOf(recipe);
    const roots = Object.values(spec.outputs);
    const values = new Map<Node | string, Tensor | ArrayLike<number>>([...Object.entries(feeds), ...initial]);
    const simple = simplify(roots);
    simple.forEach((node, i) => assert.equal([node.shape, node.dtype], [roots[i].shape, roots[i].dtype]));
    const before = evaluate(roots, values);
    // The reference goes by ids, and what the simplifier made anew may have a later one than its readers.
    for (const node of topological(simple)) values.set(node, evaluate([{ ...node, id: Number.MAX_SAFE_INTEGER }], values)[0]);
    simple.forEach((node, i) => assert.equal((values.get(node) as Tensor).data.map(plus), before[i].data.map(plus)));
  });
  fc.assert(property, { numRuns: 100 });
});

/** -0 and 0 are one number here. */
const plus = (value: number): number => value + 0;

test.run();
