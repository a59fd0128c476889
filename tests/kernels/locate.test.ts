/** The replay that names the node that went bad first. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, grad, input, log, mean, mul, scope, sqrt, square, sub, sum, variable } from "../../src/graph/index.ts";
import { createStore, firstNonFinite } from "../../src/kernels/index.ts";
import type { Device } from "../../src/runtime/device.ts";

const device: Device = await openDevice();

/** A layer that takes the logarithm of x - shift, between two harmless ones. */
function network() {
  const x = input("x", [8]);
  const weight = variable("first.weight", [8], { init: { kind: "constant", value: 1 } });
  const before = scope("first", () => mul(x, weight));
  const logarithm = scope("x", () => log(sub(before, 2)));
  const loss = scope("last", () => mean(square(add(logarithm, 1))));
  const [slope] = grad(loss, [weight]);
  return { weight, loss, updates: [[weight, sub(weight, mul(slope, 0.1))]] as const };
}

test("log of a negative number is found in its layer", async () => {
  const { loss, updates } = network();
  const store = createStore(device);
  const spec = { name: "step", outputs: { loss }, updates };
  assert.is(await firstNonFinite(device, spec, store, { x: [3, 4, 5, 6, 7, 8, 9, 10] }), null);
  const found = await firstNonFinite(device, spec, store, { x: [3, 4, 5, 6, 7, 8, 9, 1] });
  assert.is(found?.op, "log");
  assert.is(found?.path, "x");
  assert.equal(Array.from(await store.read("first.weight")), Array(8).fill(1), "a replay updates nothing");
});

test("a variable that is bad already is named by its path", async () => {
  const { loss, updates } = network();
  const store = createStore(device);
  const spec = { name: "step", outputs: { loss }, updates };
  await firstNonFinite(device, spec, store, { x: [3, 3, 3, 3, 3, 3, 3, 3] });
  store.write("first.weight", [1, 1, 1, Number.NaN, 1, 1, 1, 1]);
  const found = await firstNonFinite(device, spec, store, { x: [3, 4, 5, 6, 7, 8, 9, 10] });
  assert.is(found?.op, "variable");
  assert.is(found?.path, "first.weight");
});

test("an overflow deep in a chain is found, however small the batches", async () => {
  const x = input("x", [4]);
  let y = x;
  for (let i = 0; i < 90; i++) y = scope(`layer${i}`, () => mul(y, 2.75));
  const outputs = { y: sum(sqrt(y)) };
  const found = await firstNonFinite(device, { name: "chain", outputs }, createStore(device), { x: [1, 1, 1, 2] }, { budget: 4096 });
  assert.is(found?.op, "mul");
  assert.is(found?.path, `layer${Math.ceil(Math.log(2 ** 128 / 2) / Math.log(2.75)) - 1}`);
});

test("every device is closed", () => device.close());

test.run();
