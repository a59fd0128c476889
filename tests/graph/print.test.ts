/** Graphs as text and as DOT. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.ts";

const graph = (): g.Node => {
  const x = g.input("x", [2, 3]);
  const w = g.variable('a"b', [4, 3], { init: { kind: "normal", mean: 0, std: 1 } });
  return g.scope("fc", () => g.relu(g.matmul(x, w, { transposeB: true })));
};

test("text: a line per node, numbered, with settings, type and path", () => {
  assert.is(
    g.toText([graph()]),
    [
      "%0 = input() {key: x} : f32[2, 3]",
      '%1 = variable() {path: a"b, role: parameter, init: normal 0 1} : f32[4, 3]',
      "%2 = matmul(%0, %1) {transposeA: false, transposeB: true} : f32[2, 4]  # fc",
      "%3 = relu(%2) {max: null} : f32[2, 4]  # fc",
      "return %3",
    ].join("\n"),
  );
});

test("long constants are cut", () => {
  assert.match(g.toText([g.constant(new Float32Array(100))]), "data: [0, 0, 0, 0, 0, 0, … 100 in all]");
});

test("DOT: quotes are escaped, a path is a box, results are bold", () => {
  const dot = g.toDot([graph()]);
  assert.match(dot, 'path: a\\"b');
  assert.match(dot, /subgraph cluster_\d+ \{\n {4}label="fc";/);
  assert.match(dot, "n2 -> n3;");
  assert.is(dot.match(/style=bold/g)?.length, 1);
  assert.is(dot.split("{").length, dot.split("}").length);
});

test("a deep graph is printed without recursion", () => {
  let x: g.Node = g.input("x", []);
  for (let i = 0; i < 20_000; i++) x = g.neg(x);
  assert.is(g.toText([x]).split("\n").length, 20_002);
});

test("scopes nest and end, also when building throws", () => {
  assert.throws(() =>
    g.scope("a", () => {
      g.scope("a.b", () => assert.is(g.currentScope(), "a.b"));
      assert.is(g.currentScope(), "a");
      throw new Error("stop");
    }),
  );
  assert.is(g.currentScope(), "");
  assert.is(g.scope("layer", () => g.zeros([])).name, "layer");
});

test.run();
