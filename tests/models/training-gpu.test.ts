/** What a training step keeps, on the GPU: the same random numbers as the reference, and a bad step that leaves no trace. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { grad, input, type Node } from "../../src/graph/index.ts";
import { adam, createParams, createTraining, globalNorm, guardFinite, mse, nn, pairs, pathOf } from "../../src/models/index.ts";
import { deviceEngine } from "./device-engine.ts";
import { fill, referenceEngine, type Engine } from "./golden.ts";

/** Linear, batch norm, dropout, linear; a guard around Adam and everything else. */
async function train(engine: Engine, steps: readonly number[]) {
  const p = createParams();
  const training = createTraining({ seed: 7 });
  const hidden = nn.batchNorm(p.at("bn"), nn.linear(p.at("first"), input("x", [8, 3]), { out: 5 }), { training });
  const dropped = nn.dropout(p.at("dropout"), hidden, { rate: 0.4, training });
  const loss = mse(nn.linear(p.at("last"), dropped, { out: 1 }), input("t", [8, 1]));
  const weights = p.trainable();
  const gradients = grad(loss, weights);
  const updates = [...training.updates, ...adam(pairs(weights, gradients), { lr: 0.05 })];
  const guard = guardFinite(updates, [loss, globalNorm(gradients)]);
  const run = await engine.program({ outputs: { loss, ok: guard.ok, dropped }, updates: guard.updates });
  const state = async (): Promise<Record<string, number[]>> =>
    Object.fromEntries(
      await Promise.all(
        updates.map(async ([target]: readonly [Node, Node]) => [pathOf(target), Array.from((await engine.read(target)).data)]),
      ),
    );
  const history = [];
  for (const scale of steps) {
    const found = await run({ x: fill("x", [8, 3], scale), t: fill("t", [8, 1]) });
    history.push({
      ok: found.ok.data[0],
      loss: found.loss.data[0],
      mask: Array.from(found.dropped.data, (value) => value === 0),
      state: await state(),
    });
  }
  engine.close();
  return history;
}

const good = 1;
/** The batch's variance is beyond f32. Its reciprocal is 0, so the loss and the gradients stay finite: the running variance does not. */
const bad = 2 ** 100;

test("a step that overflows changes nothing, bit for bit, and the next one goes on as if it had not been", async () => {
  const device = await openDevice();
  const [one, two, three, four] = await train(deviceEngine(device, "guard"), [good, bad, good, good]);
  assert.equal([one.ok, two.ok, three.ok, four.ok], [1, 0, 1, 1]);
  assert.equal(two.state, one.state);
  const plain = await train(deviceEngine(device, "no bad step"), [good, good, good]);
  assert.equal(
    plain.map(({ state }) => state),
    [one.state, three.state, four.state],
  );
  assert.equal(four.state.random, [0, 3]);
  assert.equal(four.state["bn.num_batches_tracked"], [3]);
  device.close();
});

test("the GPU draws the masks of the reference, and learns what it learns", async () => {
  const device = await openDevice();
  const ours = await train(deviceEngine(device, "dropout"), [good, good, good, good]);
  const reference = await train(referenceEngine(), [good, good, good, good]);
  ours.forEach(({ mask, loss }, step) => {
    assert.equal(mask, reference[step].mask, `mask of step ${step}`);
    assert.ok(Math.abs(loss - reference[step].loss) < 1e-5, `loss of step ${step}: ${loss}, reference ${reference[step].loss}`);
  });
  assert.is(new Set(ours.map(({ mask }) => mask.join())).size, 4);
  device.close();
});

test.run();
