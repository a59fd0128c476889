/** Programs that share variables, and pipelines that serve every batch size and bag length. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, concat, exp, input, matmul, mul, neg, softmax, sub, sum, tanh, transpose, variable } from "../../../src/graph/index.ts";
import { compile, createStore, pipelineCount, type ProgramSpec } from "../../../src/kernels/index.ts";
import { convolutions, perceptron, recurrence } from "../programs/training-steps.ts";

const device = await openDevice();

test("two programs see one variable, and each sees what the other did", async () => {
  const store = createStore(device);
  const w = variable("w", [3], { init: { kind: "constant", value: 1 } });
  const train = await compile(device, { name: "train", outputs: { before: w }, updates: [[w, add(w, input("by", [3]))]], store });
  const judge = await compile(device, { name: "judge", outputs: { y: mul(w, 10) }, store });
  assert.equal(Array.from((await train.call({ by: [1, 2, 3] })).before), [1, 1, 1]);
  assert.equal(Array.from((await judge.call()).y), [20, 30, 40]);
  store.write("w", [5, 6, 7]);
  assert.equal(Array.from((await judge.call()).y), [50, 60, 70]);
  train.dispose();
  assert.equal(Array.from((await judge.call()).y), [50, 60, 70], "a disposed program leaves the variables");
  judge.dispose();
  store.dispose();
});

test("first values come from seed and path alone, whatever else there is", async () => {
  const init = { kind: "normal", mean: 0, std: 1 } as const;
  const values = async (seed: number, others: readonly string[]): Promise<number[]> => {
    const store = createStore(device, { seed });
    const outputs = Object.fromEntries([...others, "w"].map((path) => [path, exp(variable(path, [4], { init }))]));
    const program = await compile(device, { name: "init", outputs, store });
    program.dispose();
    const found = Array.from(await store.read("w"));
    store.dispose();
    return found;
  };
  const first = await values(1, []);
  assert.equal(await values(1, ["a", "b"]), first);
  assert.not.equal(await values(2, []), first);
});

test("what is in the store: paths, shapes, roles, bytes, i32 numbers", async () => {
  const store = createStore(device);
  const count = variable("count", [2], { dtype: "i32", role: "buffer" });
  const outputs = { y: add(sum(variable("w", [2, 3])), sum(variable("m", [4], { role: "slot" }))), count };
  const program = await compile(device, { name: "store", outputs, updates: [[count, add(count, 1)]], store });
  assert.equal(
    [...store.entries()].sort((a, b) => (a.path < b.path ? -1 : 1)),
    [
      { path: "count", shape: [2], dtype: "i32", role: "buffer" },
      { path: "m", shape: [4], dtype: "f32", role: "slot" },
      { path: "w", shape: [2, 3], dtype: "f32", role: "parameter" },
    ],
  );
  assert.equal(store.bytes(), { parameter: 24, slot: 16, buffer: 8 });
  store.write("count", [-7, 2 ** 31 - 1]);
  await program.run();
  assert.equal(await store.read("count"), Int32Array.of(-6, -(2 ** 31)));
  program.dispose();
  store.dispose();
});

function elementwise(batch: number): ProgramSpec {
  const x = input("x", [batch, 6]);
  const y = input("y", [6]);
  return {
    name: "elementwise",
    outputs: {
      a: exp(add(x, y)),
      b: sum(mul(x, y), 1),
      c: softmax(x, 1),
      d: transpose(tanh(x)),
      e: concat([x, neg(x)], 0),
      f: sum(sub(x, y), 0),
    },
  };
}

const products = (batch: number): ProgramSpec => ({
  name: "products",
  outputs: {
    y: matmul(input("x", [batch, 12]), variable("w", [12, 9])),
    z: matmul(input("x", [batch, 12]), input("x", [batch, 12]), { transposeB: true }),
  },
});

/** Compiles each size in turn; gives how many pipelines each one added. */
async function added(build: (size: number) => ProgramSpec, sizes: readonly number[]): Promise<number[]> {
  const counts: number[] = [];
  for (const size of sizes) {
    const before = pipelineCount(device);
    (await compile(device, build(size))).dispose();
    counts.push(pipelineCount(device) - before);
  }
  return counts;
}

/** Tiles, alignments and long sums have a few forms each. `first` sizes meet them all, with at most `most` pipelines beyond those of the first. */
async function settles(
  build: (size: number) => ProgramSpec,
  first: readonly number[],
  then: readonly number[],
  most: number,
): Promise<void> {
  const [all, ...more] = await added(build, first);
  const { name } = build(first[0]);
  assert.ok(all > 0);
  assert.ok(more.reduce((total, count) => total + count, 0) <= most, `${name}: ${more}`);
  assert.equal(
    await added(build, then),
    then.map(() => 0),
    `${name} of ${then}`,
  );
}

test("another batch size compiles nothing", async () => {
  for (const build of [elementwise, products, perceptron, convolutions]) await settles(build, [9, 12, 17, 32], [10, 11, 13, 20, 23, 28], 3);
});

test("another bag length compiles nothing", () => settles(recurrence, [9, 12, 17, 24], [10, 11, 13, 14, 19, 23], 8));

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
