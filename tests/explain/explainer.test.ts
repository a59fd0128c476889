/** Questions to a network on the device: batches, classes, filters, reasons, faithfulness, in one submission each. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { UserError } from "../../src/data/errors.ts";
import { constant, evaluate, mul, type Node } from "../../src/graph/index.ts";
import { createStore } from "../../src/kernels/index.ts";
import type { Device } from "../../src/runtime/device.ts";
import { createExplainer, type ExplainerOptions, highestScores, METHOD_NAMES, ranked, topClasses } from "../../src/explain/index.ts";
import type { Network } from "../../src/networks/index.ts";
import { rejects } from "../kernels/run/spy.ts";
import { fill } from "../models/golden.ts";
import { tiny } from "./networks.ts";

let opened: Promise<Device> | undefined;

const SHAPE = [3, 12, 12] as const;
const picture = (name: string): Float32Array => Float32Array.from(fill(name, SHAPE));

async function explainer(more: Partial<ExplainerOptions> = {}) {
  opened ??= openDevice();
  const device = await opened;
  const store = createStore(device, { seed: 3 });
  return { device, store, own: await createExplainer(device, { build: tiny, store, shape: SHAPE, methods: ["grad-cam"], ...more }) };
}

test("every method for two classes of two pictures is one submission", async () => {
  const { device, own } = await explainer({ methods: METHOD_NAMES, targets: 2, batch: 2 });
  let computed = 0;
  // A submission is one compute pass; reading back is a copy.
  const compute = device.gpu.createCommandEncoder;
  device.gpu.createCommandEncoder = (descriptor) => {
    const encoder = compute.call(device.gpu, descriptor);
    const begin = encoder.beginComputePass;
    encoder.beginComputePass = (pass) => {
      computed++;
      return begin.call(encoder, pass);
    };
    return encoder;
  };
  const answers = await own.explain([picture("a"), picture("b")], [ranked(0), ranked(1)]);
  device.gpu.createCommandEncoder = compute;
  assert.is(computed, 1);
  assert.is(answers.length, 2);
  for (const { maps, logits, probabilities } of answers) {
    assert.is(maps.length, 2 * METHOD_NAMES.length);
    const order = Array.from(logits, (_, i) => i).sort((a, b) => logits[b] - logits[a]);
    for (const { target, class: index } of maps) assert.is(index, order[target]);
    assert.ok(Math.abs(probabilities.reduce((sum, value) => sum + value, 0) - 1) < 1e-5);
  }
  own.dispose();
});

test("a batch that is not full, and each picture its own class", async () => {
  const { own } = await explainer({ batch: 4 });
  const answers = await own.explain([picture("a"), picture("b")], [[3], [ranked(0)]]);
  assert.is(answers.length, 2);
  assert.is(answers[0].maps[0].class, 3);
  const alone = await own.explain([picture("b")], [ranked(0)]);
  assert.equal(alone[0].maps[0].map, answers[1].maps[0].map);
  own.dispose();
});

test("what cannot be asked is refused", async () => {
  const { own } = await explainer({ targets: 2 });
  await rejects(() => own.explain([picture("a")], [0, 5]), /tiny has no class 5: there are 5, counted from 0/, UserError);
  await rejects(() => own.explain([picture("a")], [0, ranked(2)]), /no class/, UserError);
  await rejects(() => own.explain([picture("a")], [0]), /expected 2 classes/, RangeError);
  await rejects(() => own.explain([picture("a"), picture("b")], [0, 1]), /1 to 1 pictures, got 2/, RangeError);
  await rejects(() => own.explain([new Float32Array(5)], [0, 1]), /got 5 numbers/, RangeError);
  own.dispose();
});

/** Whose scores do not depend on the picture. */
function deaf(image: Node): Network {
  const net = tiny(image);
  return { ...net, logits: mul(net.logits, constant(new Float32Array(5), [5])) };
}

test("an empty map comes with its reason, in the class' name", async () => {
  const { own } = await explainer({ build: deaf, methods: ["grad-cam", "input-gradient", "cam"], className: (i) => `thing ${i}` });
  const [{ maps }] = await own.explain([picture("a")], [2]);
  assert.match(maps.find(({ method }) => method === "grad-cam")?.note ?? "", /"thing 2" does not depend on them/);
  assert.match(maps.find(({ method }) => method === "input-gradient")?.note ?? "", /gradient is 0/);
  assert.is(maps.find(({ method }) => method === "cam")?.note, null);
  own.dispose();
});

test("the filter that does most for the class is named, and shown", async () => {
  const { own } = await explainer({ methods: ["activation", "deconvnet-guided"], layers: ["relu1", "relu2"] });
  const [{ maps }] = await own.explain([picture("a")], [ranked(0)]);
  assert.equal(
    maps.map(({ layer }) => layer),
    ["relu1", "relu2", "relu1", "relu2"],
  );
  assert.is(maps[0].filter, maps[2].filter);
  assert.ok(maps.every(({ filter, layer }) => filter !== null && filter >= 0 && filter < (layer === "relu1" ? 4 : 6)));
  own.dispose();
});

test("faithfulness begins and ends where it must", async () => {
  const { own } = await explainer();
  const [{ maps, probabilities }] = await own.explain([picture("a")], [ranked(0)]);
  const [{ heat, class: index }] = maps;
  const { deletion, insertion, occlusion, steps } = await own.faithfulness(picture("a"), heat, index, 5);
  const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-5, `${a} and ${b}`);
  assert.equal([steps, deletion.values.length, insertion.values.length], [5, 6, 6]);
  close(deletion.values[0], probabilities[index]);
  close(insertion.values[5], probabilities[index]);
  close(occlusion.before, probabilities[index]);
  // Another map takes the same picture apart in another order, and ends at the same grey.
  const other = await own.faithfulness(picture("a"), { ...heat, values: heat.values.map((value) => 1 - value) }, index, 5);
  close(other.deletion.values[5], deletion.values[5]);
  close(other.insertion.values[0], insertion.values[0]);
  assert.ok(other.deletion.values.some((value, i) => Math.abs(value - deletion.values[i]) > 1e-4));
  own.dispose();
});

test("classes are ranked by logits, as the graph ranks them, where f32 cannot tell their probabilities apart", async () => {
  const logits = Float32Array.of(-200, -150, 0, -150, 1);
  const probabilities = Float32Array.from(logits, (value) => Math.exp(value - 1));
  assert.equal([...probabilities.slice(0, 2)], [0, 0]);
  assert.equal(highestScores(logits, 3), [4, 2, 1]);
  const ranks = evaluate(topClasses(constant(logits, [1, 5]), 5)).map(({ data }) => data[0]);
  assert.equal(ranks, highestScores(logits, 5));
});

test("several maps of a picture together get the numbers that each gets alone, from fewer pictures", async () => {
  const { own } = await explainer({ targets: 2 });
  const [{ maps, probabilities }] = await own.explain([picture("a")], [ranked(0), ranked(1)]);
  const opposite = { ...maps[0].heat, values: maps[0].heat.values.map((value) => 1 - value) };
  const marks = [...maps.map(({ heat, class: target }) => ({ heat, target })), { heat: opposite, target: maps[0].class }];
  assert.is(marks.length, 3);
  const told: [number, number][] = [];
  const options = { known: (target: number) => probabilities[target], progress: (done: number, total: number) => told.push([done, total]) };
  const together = await own.measure(picture("a"), marks, 10, options);
  // Of 23 pictures a map, the two that are the picture itself are known, two depend on the class alone, and one is asked for twice.
  const total = 3 * 18 + 2 * 2;
  assert.equal(
    [told[0], told.at(-1)],
    [
      [0, total],
      [total, total],
    ],
  );
  assert.ok(told.every(([done], i) => i === 0 || done > told[i - 1][0]) && told.length > 3);
  for (const [i, { heat, target }] of marks.entries()) {
    const alone = await own.faithfulness(picture("a"), heat, target, 10);
    const numbers = ({ deletion, insertion, occlusion }: typeof alone) => [...deletion.values, ...insertion.values, occlusion.after];
    const [a, b] = [numbers(alone), numbers(together[i])];
    a.forEach((value, k) => assert.ok(Math.abs(value - b[k]) < 1e-6, `map ${i}, number ${k}: ${value} and ${b[k]}`));
    assert.is(together[i].occlusion.after, together[i].deletion.values[3]);
  }
  assert.equal(await own.measure(picture("a"), [], 10), []);
  own.dispose();
});

test("measuring can be given up, and begun anew", async () => {
  const { own } = await explainer();
  const [{ maps }] = await own.explain([picture("a")], [ranked(0)]);
  const measure = (signal?: AbortSignal) => own.faithfulness(picture("a"), maps[0].heat, 0, 5, signal);
  const givenUp = async (): Promise<void> => {
    const error: unknown = await measure(AbortSignal.abort()).catch((reason: unknown) => reason);
    assert.ok(error instanceof DOMException && error.name === "AbortError");
  };
  await givenUp();
  const first = await measure();
  await givenUp();
  assert.equal(await measure(), first);
  own.dispose();
});

test("the device closes", async () => {
  const device = await opened;
  assert.ok(device);
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
