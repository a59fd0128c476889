/** The gradient transform: subgradients, replaced rules, what is unreachable, depth. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.ts";

const values = (node: g.Node, feeds: g.NodeValues = new Map()): number[] => [...g.evaluate([node], feeds)[0].data];
/** d sum(f(x)) / dx at the points. */
const slopes = (f: (x: g.Node) => g.Node, points: readonly number[]): number[] => {
  const x = g.input("x", [points.length]);
  return values(g.grad(g.sum(f(x)), [x])[0], new Map([["x", points]]));
};
const close = (found: readonly number[], expected: readonly number[], tolerance = 1e-12): void =>
  expected.forEach((value, i) => {
    assert.ok(Math.abs(found[i] - value) <= tolerance * Math.max(1, Math.abs(value)), `${found} is not ${expected}`);
  });

test("subgradients at kinks follow PyTorch", () => {
  assert.equal(slopes(g.abs, [-2, 0, 2]), [-1, 0, 1]);
  assert.equal(slopes(g.relu, [-1, 0, 1]), [0, 0, 1]);
  assert.equal(
    slopes((x) => g.relu(x, { max: 6 }), [-1, 0, 3, 6, 7]),
    [0, 0, 1, 0, 0],
  );
  assert.equal(
    slopes((x) => g.clamp(x, -1, 1), [-2, -1, 0, 1, 2]),
    [0, 1, 1, 1, 0],
  );
  assert.equal(
    slopes((x) => g.leakyRelu(x, 0.5), [-1, 0, 1]),
    [0.5, 0.5, 1],
  );
  assert.equal(
    slopes((x) => g.maximum(x, 1), [0, 1, 2]),
    [0, 0.5, 1],
  );
  assert.equal(
    slopes((x) => g.minimum(x, 1), [0, 1, 2]),
    [1, 0.5, 0],
  );
  assert.equal(slopes(g.reduceMax, [3, 1, 3]), [0.5, 0, 0.5]);
  assert.equal(slopes(g.reduceMin, [3, 1, 1]), [0, 0.5, 0.5]);
});

test("square roots and norms have the gradient 0 at 0, at every order", () => {
  close(slopes(g.sqrt, [0, 4]), [0, 0.25]);
  assert.equal(
    slopes((x) => g.norm(x), [0, 0, 0]),
    [0, 0, 0],
  );
  close(
    slopes((x) => g.norm(x), [3, 4]),
    [0.6, 0.8],
  );
  const twice = slopes((x) => g.square(g.grad(g.sum(g.norm(x)), [x])[0]), [0, 0]);
  assert.equal(twice, [0, 0]);
});

test("hard functions keep finite gradients far out and exact ones near 0", () => {
  close(slopes(g.tanh, [-500, 0, 500]), [0, 1, 0]);
  close(slopes(g.sigmoid, [-500, 0, 500]), [0, 0.25, 0]);
  close(slopes(g.softplus, [-500, 0, 500]), [0, 0.5, 1]);
  close(slopes(g.log1p, [0, 1e-12]), [1, 1 - 1e-12]);
  close(slopes(g.expm1, [0, 1]), [1, Math.E]);
  for (const x of [-40, -80, -700]) assert.ok(Math.abs(slopes(g.expm1, [x])[0] / Math.exp(x) - 1) < 1e-14, `expm1'(${x})`);
  close(
    slopes((x) => g.logSumExp(x), [1000, 1000]),
    [0.5, 0.5],
  );
  close(
    slopes((x) => g.logSumExp(x), [-1000, 1000]),
    [0, 1],
  );
});

test("logSumExp and softmax at the extremes", () => {
  const x = g.input("x", [2, 2]);
  const far = new Map([["x", [1000, 999, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]]]);
  const [first, second] = values(g.logSumExp(x, 1), far);
  close([first], [1000 + Math.log1p(Math.exp(-1))]);
  assert.is(second, Number.NEGATIVE_INFINITY);
  close(values(g.logSoftmax(x, 1), new Map([["x", [1e4, 0, 0, 1e4]]])), [0, -1e4, -1e4, 0]);
  close(values(g.sum(g.softmax(x, 0), 0), new Map([["x", [1e4, 0, 0, 1e4]]])), [1, 1]);
});

test("rules replace an op's own: guided backpropagation and DeconvNet", () => {
  const x = g.input("x", [4]);
  const y = g.sum(g.mul(g.relu(x), g.constant([1, -1, 1, -1])));
  const feeds = new Map([["x", [1, 1, -1, -1]]]);
  const guided: Partial<g.Rules> = { relu: ([input], _, dy) => [g.mul(g.relu(dy), g.cast(g.less(0, input), "f32"))] };
  const deconv: Partial<g.Rules> = { relu: (_, __, dy) => [g.relu(dy)] };
  assert.equal(values(g.grad(y, [x])[0], feeds), [1, -1, 0, -0]);
  assert.equal(values(g.grad(y, [x], { rules: guided })[0], feeds), [1, 0, 0, 0]);
  assert.equal(values(g.grad(y, [x], { rules: deconv })[0], feeds), [1, 0, 1, 0]);
});

test("a rule sees its node, and is held to its shapes", () => {
  const x = g.input("x", [2, 3]);
  const y = g.sum(g.scope("block", () => g.relu(x, { max: 6 })));
  const [scaled] = g.grad(y, [x], { rules: { relu: (_, node, dy) => [g.mul(dy, node.attrs.max ?? 1)] } });
  assert.equal(values(scaled, new Map([["x", [-1, 0, 1, 2, 3, 9]]])), [6, 6, 6, 6, 6, 6]);
  assert.throws(
    () => g.grad(y, [x], { rules: { relu: (_, __, dy) => [g.sum(dy)] } }),
    /grad of relu at block: .* \[\] for an input of \[2, 3\]/,
  );
});

test("a wrt that y does not depend on is an error, or zeros", () => {
  const [x, z] = [g.input("x", [2]), g.variable("z", [3])];
  assert.throws(() => g.grad(g.sum(x), [z]), /sum does not depend on variable "z"/);
  assert.throws(() => g.grad(g.sum(g.stopGradient(x)), [x]), /does not depend on input "x"/);
  assert.equal(values(g.grad(g.sum(x), [z], { unreachable: "zeros" })[0]), [0, 0, 0]);
  assert.equal(values(g.grad(g.sum(g.floor(x)), [x])[0]), [0, 0], "piecewise constant: zero, and no error");
});

test("y needs a seed unless it is a scalar; the seed is y's shape", () => {
  const x = g.input("x", [2]);
  assert.throws(() => g.grad(g.exp(x), [x]), /exp of \[2\] is not a scalar: it needs a seed/);
  assert.throws(() => g.grad(g.exp(x), [x], { seed: g.ones([3]) }), /expected a seed of f32 \[2\], got f32 \[3\]/);
  assert.throws(() => g.grad(g.argmax(x, 0), [x]), /i32 and has no gradient/);
  assert.equal(values(g.grad(g.mul(x, 3), [x], { seed: g.constant([1, 10]) })[0], new Map([["x", [5, 5]]])), [3, 30]);
});

test("gradients by intermediate nodes, by y itself, by several at once", () => {
  const x = g.input("x", []);
  const middle = g.square(x);
  const y = g.square(middle);
  const found = g.grad(y, [x, middle, y]);
  assert.equal(
    found.map((node) => values(node, new Map([["x", 3]]))[0]),
    [108, 18, 1],
  );
});

test("two nodes of one path are one variable", () => {
  const make = () => g.variable("w", [1], { init: { kind: "constant", value: 3 } });
  const y = g.sum(g.mul(make(), make()));
  assert.equal(values(g.grad(y, [make()])[0]), [6]);
});

test("contributions to a shared weight are one left-to-right chain, last use first", () => {
  const w = g.variable("w", [2, 2]);
  let h: g.Node = g.input("h", [3, 2]);
  for (let step = 0; step < 4; step++) h = g.matmul(h, w);
  let node = g.grad(g.sum(h), [w])[0];
  const terms: g.Node[] = [];
  for (; node.op === "add"; node = node.inputs[0]) terms.push(node.inputs[1]);
  terms.push(node);
  assert.equal(
    terms.map((term) => term.op === "matmul" && term.attrs.transposeA),
    [true, true, true, true],
  );
  assert.ok(terms.every((term, i) => i === 0 || term.id < terms[i - 1].id));
});

test("gradient nodes carry the path of the layer that they belong to", () => {
  const x = g.input("x", [2]);
  const y = g.scope("head", () => g.sum(g.tanh(x)));
  const names = new Set<string>();
  const visit = (node: g.Node): void => {
    names.add(node.name);
    node.inputs.forEach(visit);
  };
  visit(g.grad(y, [x])[0]);
  assert.ok(names.has("head"));
});

test("third derivatives", () => {
  const x = g.input("x", []);
  let y = g.mul(g.sin(x), g.exp(x));
  for (let order = 0; order < 3; order++) y = g.grad(y, [x])[0];
  close(values(y, new Map([["x", 0.7]])), [2 * Math.exp(0.7) * (Math.cos(0.7) - Math.sin(0.7))], 1e-12);
});

/** Nodes made while `work` runs: ids count upwards. */
function nodesMade(work: () => void): number {
  const before = g.full([], 0).id;
  work();
  return g.full([], 0).id - before;
}

test("the gradient of a graph of 50,000 nodes is as large as the graph, however deep", () => {
  const x = g.variable("x", [4]);
  let y: g.Node = x;
  const half = g.full([4], 0.5);
  for (let step = 0; step < 25_000; step++) y = g.mul(g.add(y, half), half);
  y = g.sum(y);
  const made = nodesMade(() => assert.is(g.grad(y, [x])[0].shape.length, 1));
  assert.ok(made > 25_000 && made < 4 * 50_000, `${made} nodes`);
});

test("building with large shapes costs no more than with small ones", () => {
  /** Nodes, and numbers that they hold. */
  const cost = (images: number, size: number): readonly [number, number] => {
    let slopes: readonly g.Node[] = [];
    const made = nodesMade(() => {
      let x: g.Node = g.input("x", [images, 3, size, size]);
      const weights: g.Node[] = [];
      for (let layer = 0; layer < 50; layer++) {
        weights.push(g.variable(`w${layer}`, [images, x.shape[1], 3, 3]));
        x = g.relu(g.conv2d(x, weights[layer], { padding: 1 }));
      }
      slopes = g.grad(g.mean(x), weights);
    });
    const nodes = new Set(slopes);
    for (const node of nodes) for (const before of node.inputs) nodes.add(before);
    return [made, [...nodes].reduce((held, node) => held + (node.op === "constant" ? node.attrs.data.length : 0), 0)];
  };
  assert.equal(cost(64, 224), cost(2, 4));
});

test.run();
