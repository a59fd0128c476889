/** A device that is lost in the middle of a run: `fit` says so, and another device goes on from the checkpoint to the same bits. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRandom, fromArrays } from "../../src/data/index.ts";
import { type Node, relu } from "../../src/graph/index.ts";
import { adam, crossEntropy, nn, type Params, type Training } from "../../src/models/index.ts";
import { DeviceError } from "../../src/runtime/index.ts";
import { fit, type FitOptions, type Host, memoryFiles, supervised } from "../../src/training/index.ts";

const random = createRandom(1, "points");
const points = Array.from({ length: 80 }, () => [random.next(), random.next()]);
const data = fromArrays({ x: points, label: Int32Array.from(points, ([a, b]) => Number(a > b)) });
const validation = data.subset(Int32Array.from({ length: 24 }, (_, i) => i));

const task = supervised({
  model(p: Params, { x }: Readonly<Record<string, Node>>, training: Training): Node {
    const hidden = relu(nn.batchNorm(p.at("bn"), nn.linear(p.at("hidden"), x, { out: 8 }), { training }));
    return nn.linear(p.at("out"), nn.dropout(p.at("dropout"), hidden, { rate: 0.1, training }), { out: 2 });
  },
  loss: (logits: Node, { label }) => crossEntropy(logits, label, { reduction: "none" }),
  optimizer: adam({ lr: 0.02 }),
});
const options: FitOptions = { epochs: 3, batch: 16, validation, seed: 3 };

/** Trains on a device of its own; the weights. */
async function whole(more: Partial<FitOptions> = {}): Promise<Uint8Array> {
  const device = await openDevice();
  try {
    const run = await fit(device, task, data, { ...options, ...more });
    const weights = await run.weights();
    run.dispose();
    return weights;
  } finally {
    device.close();
  }
}

/** Trains on a device that is destroyed when `host` says so; the error. */
async function losing(files: Host["files"], when: (lose: () => void) => Partial<FitOptions>): Promise<unknown> {
  const device = await openDevice();
  const { host, ...more } = when(() => device.gpu.destroy());
  const error = await fit(device, task, data, { ...options, ...more, host: { ...host, files } }).then(
    () => null,
    (reason: unknown) => reason,
  );
  device.close();
  return error;
}

const expected = await whole();

/** A clock of an hour per look: a checkpoint at every step. */
function hours(): () => number {
  let now = 0;
  return () => (now += 3_600_000);
}

for (const at of [1, 7])
  test(`lost at look ${at} of the training, saved at every step`, async () => {
    const files = memoryFiles();
    let looks = 0;
    const error = await losing(files, (lose) => ({ host: { now: hours(), progress: () => (++looks === at ? lose() : undefined) } }));
    assert.instance(error, DeviceError);
    assert.is((error as DeviceError).kind, "lost");
    assert.match((error as DeviceError).message, /the device was lost/);
    assert.equal(await whole({ host: { files }, resume: true }), expected);
  });

test("lost in the second round, while the last checkpoint is of the first", async () => {
  const files = memoryFiles();
  const error = await losing(files, (lose) => ({ host: { progress: ({ step }) => (step === 8 ? lose() : undefined) } }));
  assert.is((error as DeviceError).kind, "lost");
  assert.match((error as DeviceError).message, /; another device can resume from step 5 of 15, saved in checkpoint\.safetensors$/);
  assert.equal(await whole({ host: { files }, resume: true }), expected);
});

test("lost while it is judged, between the steps and the checkpoint", async () => {
  const files = memoryFiles();
  const error = await losing(files, (lose) => ({
    after: async ({ round }) => {
      if (round === 2) lose();
      return undefined;
    },
  }));
  assert.instance(error, DeviceError);
  assert.equal(await whole({ host: { files }, resume: true }), expected);
});

test("lost before the first checkpoint: there is nothing to resume, and the run begins again", async () => {
  const files = memoryFiles();
  const error = await losing(files, (lose) => ({ begin: async () => lose() }));
  assert.instance(error, DeviceError);
  assert.not.match((error as DeviceError).message, /checkpoint/);
  assert.equal(await whole({ host: { files }, resume: true }), expected);
});

test.run();
