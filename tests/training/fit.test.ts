/** `fit`: two moons learnt by a small network; the best weights kept, the same bits after an interruption, averages, groups, parts. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRandom, crop, dataSet, decodeSafetensors, type DataSet, flip, fromArrays, fromTensors } from "../../src/data/index.ts";
import { constant, mean, type Node, relu, reshape } from "../../src/graph/index.ts";
import { adam, crossEntropy, nn, type Params, sgd, type Training } from "../../src/models/index.ts";
import {
  accuracy,
  fit,
  type FitOptions,
  inTurn,
  Interrupted,
  memoryFiles,
  supervised,
  type TrainingTask,
} from "../../src/training/index.ts";

const device = await openDevice();
test.after(() => device.close());

/** Two half circles that reach into each other. */
function moons(count: number, seed: number): DataSet {
  const random = createRandom(seed, "moons");
  const points = Array.from({ length: count }, (_, i) => {
    const [angle, label] = [Math.PI * random.next(), i % 2];
    const noise = (): number => 0.1 * (random.next() - 0.5);
    const [x, y] = label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.4 - Math.sin(angle)];
    return { at: [x + noise(), y + noise()], label };
  });
  return fromArrays({ x: points.map(({ at }) => at), label: Int32Array.from(points, ({ label }) => label) });
}

const [train, validation] = [moons(200, 1), moons(90, 2)];

function network(p: Params, x: Node, training: Training): Node {
  const hidden = relu(nn.batchNorm(p.at("bn"), nn.linear(p.at("hidden"), x, { out: 24 }), { training }));
  return nn.linear(p.at("out"), nn.dropout(p.at("dropout"), hidden, { rate: 0.1, training }), { out: 2 });
}

const spec = {
  model: (p: Params, { x }: Readonly<Record<string, Node>>, training: Training) => network(p, x, training),
  loss: (logits: Node, { label }: Readonly<Record<string, Node>>) => crossEntropy(logits, label, { reduction: "none" }),
  metrics: { accuracy: (logits: Node, { label }: Readonly<Record<string, Node>>) => accuracy(logits, label) },
};
const task = supervised({ ...spec, optimizer: adam({ lr: 0.02 }) });
const options: FitOptions = { epochs: 12, batch: 32, validation, seed: 3 };

test("a small network learns, and the best round's weights are kept", async () => {
  const run = await fit(device, task, train, options);
  assert.is(run.metrics.length, 12);
  const best = Math.min(...run.metrics.map((record) => record["validation loss"]));
  const { loss, accuracy: share } = await run.evaluate(validation);
  assert.ok(share > 0.97, `accuracy ${share}`);
  assert.ok(Math.abs(loss - best) < 1e-6 * Math.max(1, best), `${loss} is not the kept round's ${best}`);
  assert.is(run.metrics[run.kept - 1]["validation loss"], best);
  const { tensors } = decodeSafetensors(await run.weights(), "weights");
  assert.equal(Object.keys(tensors).sort(), [
    ...["bn.bias", "bn.num_batches_tracked", "bn.running_mean", "bn.running_var", "bn.weight"],
    ...["hidden.bias", "hidden.weight", "out.bias", "out.weight"],
  ]);
  const [answer] = await run.predict([{ x: Float32Array.of(1, -0.55) }]);
  assert.equal(answer.output.shape, [2]);
  assert.ok(answer.output.data[1] > answer.output.data[0]);
  run.dispose();
});

test("the mean over a last, smaller batch counts each sample once", async () => {
  const run = await fit(device, task, train, { ...options, epochs: 1 });
  const whole = await run.evaluate(validation);
  const answers = await run.predict(validation);
  const labels = validation.labels("label");
  const losses = answers.map(({ output: { data } }, i) => Math.log(Math.exp(data[0]) + Math.exp(data[1])) - data[labels[i]]);
  const mean = losses.reduce((a, b) => a + b) / losses.length;
  assert.is(answers.length, 90);
  assert.ok(Math.abs(mean - whole.loss) < 1e-5, `${mean} and ${whole.loss}`);
  run.dispose();
});

test("interrupted and resumed, a run ends in the same bits", async () => {
  const whole = await fit(device, task, train, { ...options, epochs: 3 });
  const expected = await whole.weights();
  whole.dispose();
  for (const stop of [1, 5, 9, 17]) {
    const files = memoryFiles();
    const abort = new AbortController();
    let steps = 0;
    const progress = (): void => {
      if (++steps >= stop) abort.abort();
    };
    try {
      (await fit(device, task, train, { ...options, epochs: 3, host: { files, signal: abort.signal, progress } })).dispose();
    } catch (error) {
      assert.instance(error, Interrupted);
    }
    const rest = await fit(device, task, train, { ...options, epochs: 3, host: { files }, resume: true });
    assert.equal(await rest.weights(), expected, `stopped at ${stop}`);
    assert.equal(
      rest.metrics.map(({ epoch }) => epoch),
      [1, 2, 3],
    );
    rest.dispose();
  }
});

test("a checkpoint of other settings is refused", async () => {
  const files = memoryFiles();
  (await fit(device, task, train, { ...options, epochs: 1, host: { files } })).dispose();
  try {
    await fit(device, task, train, { ...options, epochs: 2, batch: 16, host: { files }, resume: true });
    assert.unreachable();
  } catch (error) {
    assert.match(
      (error as Error).message,
      /cannot resume checkpoint.safetensors: it was made with batch 32 \(not 16\), epochs 1 \(not 2\)/,
    );
  }
});

test("a checkpoint of another rate, optimizer or network is refused, even of a finished run", async () => {
  const files = memoryFiles();
  (await fit(device, task, train, { ...options, epochs: 1, host: { files } })).dispose();
  const wide = (p: Params, { x }: Readonly<Record<string, Node>>): Node => nn.linear(p.at("out"), x, { out: 2 });
  for (const [other, what] of [
    [supervised({ ...spec, optimizer: adam({ lr: 0.03 }) }), /rates 0\.02 0\.02 0\.02 \(not 0\.03 0\.03 0\.03\)$/],
    [supervised({ ...spec, optimizer: adam({ lr: 0.02, betas: [0.5, 0.9] }) }), /networks [0-9a-f]{8} \(not [0-9a-f]{8}\)$/],
    [supervised({ ...spec, model: wide, optimizer: adam({ lr: 0.02 }) }), /networks [0-9a-f]{8} \(not [0-9a-f]{8}\)$/],
  ] as const)
    try {
      await fit(device, other, train, { ...options, epochs: 1, host: { files }, resume: true });
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, what);
    }
});

test("a checkpoint of other augmentations, or of another weight of the last class, is refused", async () => {
  const data = Float32Array.from({ length: 16 * 64 }, (_, i) => (i % 7) / 7);
  const label = { dtype: "I32", shape: [16], data: Int32Array.from({ length: 16 }, (_, i) => i % 8) } as const;
  const pictures = fromTensors(
    { x: { dtype: "F32", shape: [16, 1, 8, 8], data }, label },
    { pictures: { x: { mean: 0, std: 1 } } },
    "dots",
  );
  const weighted = (last: number) =>
    supervised({
      model: (p, { x }) => nn.linear(p.at("out"), reshape(x, [x.shape[0], 64]), { out: 8 }),
      loss: (logits, batch) => crossEntropy(logits, batch.label, { weight: constant([1, 1, 1, 1, 1, 1, 1, last]) }),
      optimizer: sgd({ lr: 0.1 }),
    });
  const files = memoryFiles();
  const same: FitOptions = { epochs: 1, batch: 8, augment: [crop(1), flip()], host: { files } };
  (await fit(device, weighted(1), pictures, same)).dispose();
  for (const [last, augment, what] of [
    [2, same.augment, /networks [0-9a-f]{8} \(not [0-9a-f]{8}\)$/],
    [1, [crop(2), flip()], /augment crop \{"pad":1,"fill":0\}, flip horizontal \{"probability":0\.5\} \(not crop \{"pad":2/],
  ] as const)
    try {
      await fit(device, weighted(last), pictures, { ...same, augment, resume: true });
      assert.unreachable();
    } catch (error) {
      assert.match((error as Error).message, what);
    }
});

test("patience ends a run early", async () => {
  const still = supervised({ ...spec, optimizer: sgd({ lr: 0 }) });
  const run = await fit(device, still, train, { ...options, patience: 3 });
  assert.ok(run.metrics.length < 12, `${run.metrics.length} rounds`);
  run.dispose();
});

test("frozen groups keep their weights, and others move", async () => {
  const frozen = supervised({
    ...spec,
    optimizer: adam({ lr: 0.02, weightDecay: 0.1 }),
    groups: [
      { match: /^hidden\./g, rate: 0 },
      { match: /bias$/, weightDecay: 0 },
    ],
  });
  let before = new Float32Array();
  const run = await fit(device, frozen, train, {
    ...options,
    epochs: 1,
    begin: async ({ store }) => {
      before = (await store.read("hidden.weight")) as Float32Array<ArrayBuffer>;
    },
  });
  assert.equal(await run.store.read("hidden.weight"), before);
  assert.not.equal(await run.store.read("out.weight"), before);
  run.dispose();
});

test("moving averages are what is judged, kept and asked", async () => {
  const averaging = supervised({ ...spec, optimizer: adam({ lr: 0.02 }), ema: 0.9 });
  const run = await fit(device, averaging, train, { ...options, epochs: 4 });
  const [{ "validation loss": last }] = run.metrics.slice(run.kept - 1);
  const { loss } = await run.evaluate(validation);
  assert.ok(Math.abs(loss - last) < 1e-6, `${loss} and ${last}`);
  assert.not.ok(Object.keys(decodeSafetensors(await run.weights(), "weights").tensors).some((key) => key.startsWith("averaged")));
  run.dispose();
});

test("samples are read for the programs alone that look at them", async () => {
  let read = 0;
  const counted = dataSet({
    size: 64,
    fields: { x: { shape: [2], dtype: "f32" } },
    get: (i) => {
      read++;
      return { x: Float32Array.of(i, 1) };
    },
  });
  const score = (p: Params, x: Node): Node => nn.linear(p, x, { out: 1 });
  const two: TrainingTask = {
    study: {
      networks: { critic: { optimizer: sgd({ lr: 0.001 }) }, maker: { optimizer: sgd({ lr: 0.001 }) } },
      programs: {
        critic: ({ networks, batch }) => ({ minimise: { critic: mean(score(networks.critic, batch.x)) } }),
        maker: ({ networks }) => ({ minimise: { maker: mean(score(networks.maker, constant([1, 2, 3, 4], [2, 2]))) } }),
      },
      turn: inTurn({ critic: 1, maker: 1 }),
    },
    answer: ({ networks, batch }) => ({ score: score(networks.critic, batch.x) }),
    judge: ({ networks, batch }) => ({ score: reshape(score(networks.critic, batch.x), [batch.x.shape[0]]) }),
  };
  const run = await fit(device, two, counted, { iterations: 8, every: 8, batch: 8, seed: 1 });
  // Four steps of the critic, and at most the batches that were made ahead of the end.
  assert.ok(read >= 32 && read <= 48, `${read} samples`);
  assert.is(run.metrics.length, 1);
  run.dispose();
});

test("gradients of parts make one step: four of 8 as one of 32", async () => {
  const plain = supervised({
    loss: spec.loss,
    model: (p: Params, { x }: Readonly<Record<string, Node>>) =>
      nn.linear(p.at("out"), relu(nn.linear(p.at("hidden"), x, { out: 8 })), { out: 2 }),
    optimizer: sgd({ lr: 0.1, momentum: 0.9 }),
  });
  const whole = await fit(device, plain, train.subset(Int32Array.from({ length: 192 }, (_, i) => i)), { epochs: 1, batch: 32, seed: 3 });
  const parts = await fit(device, plain, train.subset(Int32Array.from({ length: 192 }, (_, i) => i)), {
    epochs: 1,
    batch: 8,
    seed: 3,
    accumulate: 4,
  });
  const [a, b] = [await whole.store.read("out.weight"), await parts.store.read("out.weight")];
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) < 1e-6, `${value} and ${b[i]}`));
  whole.dispose();
  parts.dispose();
});

test.run();
