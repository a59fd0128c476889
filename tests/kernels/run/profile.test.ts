/** A profile has a row for every kernel, and its runs are runs. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { add, input, matmul, relu, sum, variable } from "../../../src/graph/index.ts";
import { compile, createStore } from "../../../src/kernels/index.ts";

const device = await openDevice();

test("one row per kernel, in order, with its work and its time", async () => {
  const x = input("x", [96, 96]);
  const y = sum(relu(matmul(matmul(x, x), x)), [1]);
  const program = await compile(device, { name: "profiled", outputs: { y } });
  const feeds = { x: Float32Array.from({ length: 96 * 96 }, (_, i) => Math.sin(i)) };
  const before = (await program.call(feeds)).y;
  const rows = await program.profile(3);
  assert.is(rows.length, program.prepared.kernels.length);
  assert.equal(
    rows.map((row) => row.index),
    [...rows.keys()],
  );
  const [first] = rows;
  assert.is(first.flops, 2 * 96 ** 3);
  assert.ok(rows.some((row) => row.milliseconds > 0) && rows.every((row) => Number.isFinite(row.milliseconds) && row.milliseconds >= 0));
  assert.ok(Math.abs(first.gflops * first.milliseconds * 1e6 - first.flops) < 1e-3 * first.flops || first.milliseconds === 0);
  assert.equal(await program.read("y"), before);
  program.dispose();
});

test("updates happen in every run of a profile", async () => {
  const store = createStore(device);
  const count = variable("count", []);
  const program = await compile(device, { name: "counting", outputs: {}, updates: [[count, add(count, 1)]], store });
  await program.profile(4);
  assert.equal([...(await store.read("count"))], [4]);
  program.dispose();
});

test.after(() => device.close());
test.run();
