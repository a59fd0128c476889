/** Running sums of many steps: what a long epoch adds up keeps its digits, and a step that does not count adds nothing. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { constant, input, stack } from "../../src/graph/index.ts";
import { compile, createStore } from "../../src/kernels/index.ts";
import { guardStep, runningSums, SUMS, totals } from "../../src/training/guard.ts";

const device = await openDevice();
test.after(() => device.close());

test("4000 equal losses", async () => {
  const loss = input("loss", []);
  const sums = runningSums(stack([loss, constant(1)], 0));
  const { updates, alive, good } = guardStep([sums.update], { loss, gradients: [] });
  const store = createStore(device);
  const step = await compile(device, { name: "step", outputs: { sums: sums.value(alive), good }, updates, store });
  const [value, steps] = [Math.fround(0.7), 4000];
  const feeds = (i: number) => ({ loss: Float32Array.of(value), step: Int32Array.of(i) });
  for (let i = 0; i < steps - 1; i++) await step.run(feeds(i));
  const last = await step.call(feeds(steps - 1));
  const ignored = await step.call(feeds(7));
  assert.equal([...ignored.sums], [...last.sums], "a step that does not follow adds nothing");
  const found = totals(await store.read(SUMS));
  step.dispose();
  store.dispose();
  assert.is(last.good[0], steps);
  for (const [total, count] of [last.sums, found]) {
    assert.is(count, steps);
    assert.ok(Math.abs(total - steps * value) < 1e-6 * steps * value, `${total} for ${steps * value}`);
  }
});

test.run();
