/** Threefry and what is drawn with it. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.ts";

const hex = (words: readonly number[]): string => words.map((word) => word.toString(16)).join(" ");

test("Threefry-2x32 gives the published words", () => {
  // Known answers of Random123 (kat_vectors, threefry2x32, 20 rounds).
  assert.is(hex(g.threefry2x32(0, 0, 0, 0)), "6b200159 99ba4efe");
  assert.is(hex(g.threefry2x32(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff)), "1cb996fc bb002be7");
  assert.is(hex(g.threefry2x32(0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3)), "c4923a9c 483df7a0");
});

const draw = (node: g.Node, key: readonly number[]): Float64Array => g.evaluate([node], new Map([["key", key]]))[0].data;
const key = (): g.Node => g.input("key", [2], "i32");
const moments = (data: ArrayLike<number>): { mean: number; deviation: number } => {
  const list = Array.from(data);
  const mean = list.reduce((sum, value) => sum + value, 0) / list.length;
  return { mean, deviation: Math.sqrt(list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / list.length) };
};

test("uniform and normal numbers have their moments", () => {
  const uniform = draw(g.uniform(key(), [20_000]), [1, 2]);
  assert.ok(uniform.every((value) => value >= 0 && value < 1));
  assert.ok(Math.abs(moments(uniform).mean - 0.5) < 0.01 && Math.abs(moments(uniform).deviation - Math.sqrt(1 / 12)) < 0.01);
  const normal = moments(draw(g.normal(key(), [20_000]), [1, 2]));
  assert.ok(Math.abs(normal.mean) < 0.03 && Math.abs(normal.deviation - 1) < 0.03);
});

test("numbers depend on seed, step and stream; a graph built again draws the same", () => {
  const build = () => {
    const own = key();
    const first = g.scope("drop", () => g.uniform(own, [4]));
    const second = g.scope("drop", () => g.uniform(own, [4]));
    return { first, second, other: g.scope("other", () => g.uniform(own, [4])), said: g.uniform(own, [4], { stream: 7 }) };
  };
  const [one, two] = [build(), build()];
  assert.equal(draw(one.first, [1, 1]), draw(two.first, [1, 1]));
  assert.equal(draw(one.second, [1, 1]), draw(two.second, [1, 1]));
  const drawn = [
    draw(one.first, [1, 1]),
    draw(one.first, [1, 2]),
    draw(one.first, [2, 1]),
    draw(one.second, [1, 1]),
    draw(one.other, [1, 1]),
    draw(one.said, [1, 1]),
  ];
  assert.is(new Set(drawn.map((data) => data.join())).size, drawn.length);
});

test("an element's number does not depend on the shape", () => {
  const long = draw(g.uniform(key(), [3, 4], { stream: 1 }), [5, 6]);
  const short = draw(g.uniform(key(), [5], { stream: 1 }), [5, 6]);
  assert.equal([...short], [...long.slice(0, 5)]);
});

test("initial values come from seed and path", () => {
  const init = { kind: "uniform", low: -2, high: 3 } as const;
  const values = g.initialValue(init, [5000], 1, "conv1.weight");
  assert.ok(values.every((value) => value >= -2 && value <= 3));
  assert.ok(Math.abs(moments(values).mean - 0.5) < 0.1);
  assert.equal(values, g.initialValue(init, [5000], 1, "conv1.weight"));
  assert.not.equal(values, g.initialValue(init, [5000], 2, "conv1.weight"));
  assert.not.equal(values, g.initialValue(init, [5000], 1, "conv2.weight"));
  const normal = moments(g.initialValue({ kind: "normal", mean: 1, std: 0.1 }, [5000], 1, "w"));
  assert.ok(Math.abs(normal.mean - 1) < 0.01 && Math.abs(normal.deviation - 0.1) < 0.01);
  assert.equal([...g.initialValue({ kind: "constant", value: 2 }, [2], 1, "b")], [2, 2]);
  const w = g.variable("w", [3], { init });
  assert.equal([...g.evaluate([w], new Map(), { seed: 4 })[0].data], [...g.initialValue(init, [3], 4, "w")]);
});

test("paths are hashed to 32 bits", () => {
  const hashes = ["", "a", "b", "layer1.0", "layer1.1", "é"].map(g.hashPath);
  assert.is(new Set(hashes).size, hashes.length);
  assert.ok(hashes.every((hash) => hash === hash >>> 0));
});

test.run();
