/** Optimizers on the device where f32 ends: gradients of 0, 1e-30 and 1e18, squares that overflow, steps beyond 2^24, averages over thousands of steps. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { input, mul, type Node, type Update, variable } from "../../src/graph/index.ts";
import { accumulate, accumulated, adam, adamw, ema, type GradientPair, pathOf, rmsprop, sgd } from "../../src/models/index.ts";
import type { Device } from "../../src/runtime/index.ts";
import { deviceEngine } from "./device-engine.ts";
import { type Engine, referenceEngine } from "./golden.ts";

let opened: Promise<Device> | undefined;
const device = (): Promise<Device> => (opened ??= openDevice());

const GRADIENTS = [0, 1e-30, -1e-20, 1e-12, -1e-8, 1e-3, -1, 1e5, -1e10, 1e18];
const weight = variable("w", [GRADIENTS.length]);
const gradient = input("g", [GRADIENTS.length]);

/** The weights after `steps` steps of one gradient, from 0. */
async function descend(make: (pairs: readonly GradientPair[]) => Update[], engine: Engine, gradients: readonly number[], steps: number) {
  const run = await engine.program({ outputs: {}, updates: make([[weight, gradient]]) });
  engine.write("w", new Float32Array(GRADIENTS.length));
  for (let step = 0; step < steps; step++) await run({ g: gradients.map((value) => value * (1 + step / 4)) });
  const { data } = await engine.read(weight);
  return Array.from(data);
}

const lr = 1e-3;
const accumulating = (pairs: readonly GradientPair[]): Update[] => accumulate(pairs, { weight: 3 });
const OPTIMIZERS: Readonly<Record<string, (pairs: readonly GradientPair[]) => Update[]>> = {
  sgd: (pairs) => sgd(pairs, { lr }),
  momentum: (pairs) => sgd(pairs, { lr, momentum: 0.9, weightDecay: 0.01 }),
  nesterov: (pairs) => sgd(pairs, { lr, momentum: 0.9, nesterov: true }),
  rmsprop: (pairs) => rmsprop(pairs, { lr }),
  "rmsprop, centered": (pairs) => rmsprop(pairs, { lr, centered: true, momentum: 0.5 }),
  adam: (pairs) => adam(pairs, { lr }),
  "adam without memory": (pairs) => adam(pairs, { lr, betas: [0, 0.9] }),
  adamw: (pairs) => adamw(pairs, { lr }),
};

for (const [name, make] of Object.entries(OPTIMIZERS))
  test(`${name}: gradients from 0 to 1e18 move each weight as in f64`, async () => {
    const engine = deviceEngine(await device(), name);
    const found = await descend(make, engine, GRADIENTS, 4);
    engine.close();
    const expected = await descend(make, referenceEngine(), GRADIENTS, 4);
    expected.forEach((value, i) => {
      assert.ok(Math.abs(found[i] - value) <= 2e-6 * Math.abs(value), `gradient ${GRADIENTS[i]}: ${found[i]}, in f64 ${value}`);
    });
  });

test("a square beyond f32 stops its weight, as in PyTorch's f32, and makes no NaN", async () => {
  for (const make of [OPTIMIZERS.adam, OPTIMIZERS.rmsprop]) {
    const engine = deviceEngine(await device(), "overflow");
    const found = await descend(make, engine, [...GRADIENTS.slice(0, 9), 1e20], 3);
    engine.close();
    assert.is(Math.abs(found[9]), 0);
  }
});

test("Adam's bias correction is right at every step, also beyond 2^24", async () => {
  const engine = deviceEngine(await device(), "steps");
  for (const betas of [
    [0.9, 0.999],
    [0.99, 0.99999],
  ] as const) {
    const updates = adam([[weight, gradient]], { lr: 1, betas, name: `adam${betas[1]}` });
    const [step] = updates[updates.length - 1];
    const run = await engine.program({ outputs: {}, updates });
    for (const t of [1, 2, 3, 10, 100, 1000, 10_000, 100_000, 2 ** 24 + 1, 2 ** 31 - 2]) {
      for (const path of ["w", "w/exp_avg", "w/exp_avg_sq"]) engine.write(path, new Float32Array(GRADIENTS.length));
      engine.write(pathOf(step), Int32Array.of(t - 1));
      await run({ g: new Float32Array(GRADIENTS.length).fill(1) });
      const [share1, share2] = betas.map((beta) => (1 - beta) / -Math.expm1(t * Math.log(beta)));
      const expected = -share1 / (Math.sqrt(share2) + 1e-8);
      const found = (await engine.read(weight)).data[0];
      assert.ok(Math.abs(found / expected - 1) < 1e-6, `betas ${betas}, step ${t}: ${found}, in f64 ${expected}`);
      assert.is((await engine.read(step)).data[0], t);
    }
  }
  engine.close();
});

test("a moving average of what does not move stays there for thousands of steps", async () => {
  const engine = deviceEngine(await device(), "ema");
  const kept = variable("kept", [5]);
  const updates: Update[] = [[kept, mul(kept, input("one", []))]];
  const averages = ema(updates, { decay: 0.99999 });
  const run = await engine.program({ outputs: {}, updates: [...updates, ...averages] });
  const values = Float32Array.of(1, 1.3, -1.9, 1e-3, 777);
  engine.write("kept", values);
  for (let step = 0; step < 3000; step++) await run({ one: [1] });
  assert.equal(Array.from((await engine.read(averages[0][0])).data), Array.from(values));
  engine.close();
});

test("an average comes to rest at its target, and not beside it", async () => {
  const engine = deviceEngine(await device(), "rest");
  const decay = 0.9999;
  const updates: Update[] = [[variable("kept", [1]), input("next", [1])]];
  const [[average], [started]] = ema(updates, { decay });
  const run = await engine.program({ outputs: {}, updates: [...updates, ...ema(updates, { decay })] });
  engine.write(pathOf(average), [0]);
  engine.write(pathOf(started), Int32Array.of(1));
  for (let step = 0; step < 4000; step++) await run({ next: [1] });
  const expected = 1 - decay ** 4000;
  const found = (await engine.read(average)).data[0];
  assert.ok(Math.abs(found / expected - 1) < 2e-5, `${found}, in f64 ${expected}`);
  engine.close();
});

test("accumulated gradients of 1e-30 and 1e18 keep their digits", async () => {
  const engine = deviceEngine(await device(), "accumulate");
  const part = await engine.program({ outputs: {}, updates: accumulating([[weight, gradient]]) });
  const { pairs, clear } = accumulated([weight]);
  const whole = await engine.program({ outputs: { mean: pairs[0][1] as Node }, updates: clear });
  await part({ g: GRADIENTS });
  await part({ g: GRADIENTS });
  const { mean } = await whole({});
  GRADIENTS.forEach((value, i) => {
    assert.ok(Math.abs(mean.data[i] - value) <= 4e-7 * Math.abs(value), `${mean.data[i]} for ${value}`);
  });
  engine.close();
});

test("the device closes", async () => (await device()).close());

test.run();
