/** Networks that were learnt: loaded again, asked about pictures; and what data, labels and losses do not suit is one clear line. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRandom, crop, type DataSet, encodeSafetensors, fromArrays, fromTensors, UserError } from "../../src/data/index.ts";
import { GraphError, globalAveragePool, type Node } from "../../src/graph/index.ts";
import { crossEntropy, mse, nn, type Params, sgd } from "../../src/models/index.ts";
import { type BatchNodes, fit, loadTrained, memoryFiles, MODEL_FILE, supervised } from "../../src/training/index.ts";

const device = await openDevice();
test.after(() => device.close());

/** Pictures that are red or blue, of a height and width. */
function colours(count: number, height = 4, width = 4): DataSet {
  const random = createRandom(1, "colours");
  const labels = Int32Array.from({ length: count }, (_, i) => i % 2);
  const data = Uint8Array.from({ length: count * 3 * height * width }, (_, at) => {
    const [i, channel] = [Math.floor(at / (3 * height * width)), Math.floor(at / (height * width)) % 3];
    return channel === 2 * labels[i] ? 200 + random.int(56) : random.int(56);
  });
  const x = { dtype: "U8", shape: [count, 3, height, width], data } as const;
  const y = { dtype: "I32", shape: [count], data: labels } as const;
  return fromTensors({ x, y }, { pictures: { x: { mean: 0.5, std: 0.25 } }, classes: { y: ["red", "blue"] } }, "colours");
}

const data = colours(32);
const model = (p: Params, { x }: BatchNodes): Node => nn.linear(p.at("head"), globalAveragePool(x), { out: 2 });
const loss = (logits: Node, { y }: BatchNodes): Node => crossEntropy(logits, y, { reduction: "none" });
const optimizer = sgd({ lr: 0.5 });
const task = supervised({ model, loss, optimizer });

/** The error's one line. */
async function lineOf(work: Promise<unknown>, kind: typeof UserError | typeof GraphError = UserError): Promise<string> {
  const error = await work.then(
    () => assert.unreachable("was not refused"),
    (thrown: unknown) => thrown,
  );
  assert.instance(error, kind, String(error));
  assert.not.match((error as Error).message, "\n");
  return (error as Error).message;
}

test("a network is loaded from its weights, or from its run, and answers with the same bits", async () => {
  const files = memoryFiles();
  const run = await fit(device, task, data, { epochs: 4, batch: 8, host: { files } });
  const expected = await run.predict(data);
  const weights = await run.weights();
  run.dispose();
  for (const file of [weights, files.content.get(MODEL_FILE)!]) {
    const network = await loadTrained(device, task, file, { batch: 8 });
    assert.equal(await network.predict(data), expected);
    assert.equal(network.classes, ["red", "blue"]);
    assert.equal(network.fields, data.fields);
    assert.equal(await network.weights(), weights);
    network.dispose();
  }
  const bare = encodeSafetensors({ a: { dtype: "F32", shape: [1], data: Float32Array.of(1) } });
  assert.is(
    await lineOf(loadTrained(device, task, bare, { where: "bare.safetensors" })),
    "bare.safetensors: these weights do not say what they were learnt from; name the fields",
  );
  const other = supervised({ model: (p, { x }) => nn.linear(p.at("head"), globalAveragePool(x), { out: 3 }), loss, optimizer });
  assert.match(
    await lineOf(loadTrained(device, other, weights, { where: "w" })),
    /^w: these weights are not of this model: .*head\.weight/,
  );
});

test("a network that learnt from smaller pictures than the data set's asks for the augmentations that made them so", async () => {
  const augment = [crop({ size: 2 })];
  const run = await fit(device, task, data, { epochs: 1, batch: 8, augment });
  const [weights, expected] = [await run.weights(), await run.predict(data)];
  run.dispose();
  assert.is(
    await lineOf(loadTrained(device, task, weights, { where: "w" })),
    'w: these networks learnt from pictures {"x":[3,2,2]}, and here they are {"x":[3,4,4]}; give the augmentations of training: crop {"size":2,"pad":0,"fill":0}',
  );
  const network = await loadTrained(device, task, weights, { batch: 8, augment });
  assert.equal(await network.predict(data), expected);
  network.dispose();
});

test("labels that the answer has no place for are named, also where only the validation has them", async () => {
  const wrong = fromTensors(
    {
      x: { dtype: "F32", shape: [3, 3, 4, 4], data: new Float32Array(144) },
      y: { dtype: "I32", shape: [3], data: Int32Array.of(0, 1, 7) },
    },
    { pictures: { x: { mean: 0.5, std: 0.25 } }, classes: { y: ["a", "b", "c", "d", "e", "f", "g", "h"] } },
    "wrong",
  );
  assert.is(
    await lineOf(fit(device, task, data, { epochs: 1, batch: 8, validation: wrong })),
    "evaluate: samples 0 to 2: y holds labels from 0 to 7, and the largest answer has places for 0 to 1",
  );
});

test("a picture of another size is brought to the data set's, and normalised", async () => {
  const run = await fit(device, task, data, { epochs: 8, batch: 8 });
  const red = { width: 9, height: 6, data: Uint8Array.from({ length: 4 * 54 }, (_, i) => (i % 4 === 0 || i % 4 === 3 ? 230 : 20)) };
  const opaque = { ...red, data: red.data.map((value, i) => (i % 4 === 3 ? 255 : value)) };
  const { output } = await run.predict(opaque);
  assert.ok(output.data[0] > output.data[1] + 1, String(output.data));
  const x = new Float32Array(48).map((_, i) => (i < 16 ? 230 : 20) / 255);
  assert.equal(await run.predict([opaque, { x }]), [{ output }, { output }]);
  assert.equal(await run.predict([]), []);
  run.dispose();
});

test("a picture alone is refused where the networks look at more", async () => {
  const both = supervised({
    model: (p, { x, y }) => nn.linear(p.at("head"), globalAveragePool(x), { out: y.shape.length + 1 }),
    loss,
    optimizer,
    metrics: {},
  });
  const points = fromArrays({
    x: [
      [1, 2],
      [3, 4],
    ],
    y: Int32Array.of(0, 1),
  });
  const flat = supervised({ model: (p, { x }) => nn.linear(p.at("head"), x, { out: 2 }), loss, optimizer });
  const run = await fit(device, flat, points, { epochs: 1, batch: 2 });
  assert.is(
    await lineOf(run.predict({ width: 1, height: 1, data: new Uint8Array(4) })),
    "predict: a picture alone does not answer for x; give samples with these fields",
  );
  run.dispose();
  (await fit(device, both, data, { epochs: 1, batch: 8 })).dispose();
});

test("wrong names, losses and lengths are told before anything runs", async () => {
  const options = { epochs: 1, batch: 8 };
  const wrongName = supervised({ model, loss: (logits, { label }) => crossEntropy(logits, label), optimizer });
  assert.is(await lineOf(fit(device, wrongName, data, options), GraphError), 'there is no field "label"; there are x, y');
  const wrongLoss = supervised({ model, loss: (logits) => mse(logits, logits, { reduction: "none" }), optimizer });
  assert.is(
    await lineOf(fit(device, wrongLoss, data, options), GraphError),
    'the loss of model: expected f32 [8] (one number per sample; reduction "none") or [], got f32 [8, 2]',
  );
  assert.is(await lineOf(fit(device, task, data, { batch: 8 })), "fit: give epochs or iterations, one of the two");
  assert.is(await lineOf(fit(device, task, data, { epochs: 0, batch: 8 })), "fit: epochs must be a whole number of at least 1, got 0");
});

test("another data set than was learnt from is refused by field", async () => {
  const flat = supervised({ model: (p, { x }) => nn.linear(p.at("head"), globalAveragePool(x), { out: 2 }), loss, optimizer });
  const options = { epochs: 1, batch: 8 };
  const other = colours(8, 6, 5);
  assert.is(
    await lineOf(fit(device, flat, data, { ...options, validation: other })),
    "validation: x is f32 [3, 6, 5], but the networks take f32 [3, 4, 4]",
  );
  const run = await fit(device, flat, data, options);
  assert.is(await lineOf(run.predict(other)), "predict: x is f32 [3, 6, 5], but the networks take f32 [3, 4, 4]");
  const bare = fromArrays({ y: Int32Array.of(1) });
  assert.is(await lineOf(run.evaluate(bare)), "evaluate: there is no field x (f32 [3, 4, 4]); there are y");
  run.dispose();
});

test("labels without a place are named when the loss is not finite", async () => {
  const points = fromArrays({ x: [[1], [2], [3], [4]], y: Int32Array.of(0, 1, 2, 5) });
  const flat = supervised({ model: (p, { x }) => nn.linear(p.at("head"), x, { out: 3 }), loss, optimizer });
  const told = await lineOf(fit(device, flat, points, { epochs: 1, batch: 4 }));
  assert.match(
    told,
    /^training stopped: the loss or a gradient is not finite in step 1 .*; y holds labels from 0 to 5, and the largest answer has places for 0 to 2; the last good state is saved in checkpoint\.safetensors$/,
  );
});

test.run();
