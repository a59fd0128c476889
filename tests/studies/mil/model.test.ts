/** The set models, at tiny width, through the f64 reference: shapes, keys, and a ragged batch equal to its bags one at a time. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { evaluate, type NodeValues, input, sizeOf } from "../../../src/graph/index.ts";
import { createParams, inference } from "../../../src/models/index.ts";
import { MIL_METHODS, type MilMethod, type MilConfig, presetConfig } from "../../../src/studies/mil/config.ts";
import { scoreBags } from "../../../src/studies/mil/model.ts";
import { stackPictures } from "../../../src/studies/mil/recipe.ts";
import { type Capacity, describingStep, scoringStep, trainingStep } from "../../../src/studies/mil/step.ts";
import type { TaskName } from "../../../src/studies/mil/tasks.ts";
import { feedsOf } from "./feeds.ts";

const tiny = { channels1: 2, channels2: 3, features: 4, hidden: 3, attention: 2 };
const config = (method: MilMethod, task: TaskName = "single-digit"): MilConfig => ({ ...presetConfig("quick", task, method), ...tiny });

/** A blob at a place that depends on the number: pictures that differ. */
const pixels = (image: number): Uint8Array => {
  const picture = new Uint8Array(784);
  for (let y = 0; y < 10; y++)
    for (let x = 0; x < 10; x++) picture[(y + (image % 18)) * 28 + x + ((image * 7) % 18)] = 255 - 9 * x * (image % 3);
  return picture;
};

const bags = [
  { images: [3, 14, 15, 9, 2], label: 1 },
  { images: [6], label: 0 },
  { images: [5, 3, 5], label: 1 },
];

/** Scores of a batch through the whole pipeline: what a training step sees, without dropout. */
function judge(method: MilMethod, chosen: readonly { images: number[]; label: number }[], capacity: Capacity): Float64Array {
  const { bags: B, length: L, instances: T } = capacity;
  const inputs = { pixels: input("pixels", [T, 1, 28, 28]), index: input("index", [B, L], "i32"), lengths: input("lengths", [B], "i32") };
  const score = scoreBags(createParams(), inputs, config(method), inference);
  const feeds: NodeValues = new Map(Object.entries(feedsOf(chosen, pixels, capacity)));
  return evaluate([score], feeds, { seed: 5 })[0].data;
}

for (const method of MIL_METHODS) {
  test(`${method}: a ragged batch gives each bag what it gets alone, whatever the padding`, () => {
    const together = judge(method, [bags[2], bags[0], bags[1]], { bags: 4, length: 6, instances: 11 });
    assert.is(together.length, 4);
    for (const [place, bag] of [2, 0, 1].entries()) {
      const length = bags[bag].images.length;
      const alone = judge(method, [bags[bag]], { bags: 1, length, instances: length })[0];
      assert.ok(Math.abs(together[place] - alone) < 1e-12, `bag ${bag}: ${together[place]} and ${alone}`);
    }
    assert.ok(new Set([...together].map((x) => x.toFixed(9))).size === 4, "bags differ");
  });
}

test("describing first and scoring then is the same as both at once", () => {
  for (const method of MIL_METHODS) {
    const together = judge(method, [bags[0], bags[2]], { bags: 2, length: 5, instances: 8 });
    const { images } = bags[0];
    const described = describingStep(config(method), images.length).outputs.features;
    const features = evaluate([described], new Map([["pixels", stackPictures(images, pixels)]]), { seed: 5 })[0].data;
    const scored = scoringStep(config(method), 1, 5).outputs.score;
    const alone = evaluate([scored], new Map<string, ArrayLike<number>>(Object.entries({ features, lengths: [5] })), { seed: 5 })[0]
      .data[0];
    assert.ok(Math.abs(alone - together[0]) < 1e-12);
  }
});

test("attention does not depend on the order of the instances; the LSTM, untrained, does", () => {
  for (const method of MIL_METHODS) {
    const run = (turn: number[]): number => {
      const turned = { images: turn.map((place) => bags[0].images[place]), label: 1 };
      return judge(method, [turned], { bags: 1, length: 5, instances: 5 })[0];
    };
    const difference = Math.abs(run([0, 1, 2, 3, 4]) - run([3, 1, 4, 0, 2]));
    assert.ok(method === "lstm" ? difference > 1e-6 : difference < 1e-12, `${method}: ${difference}`);
  }
});

test("keys, and the number of parameters at thesis width: LeNet 426,070, bi-LSTM 4,008,000, head 1,001", () => {
  const size = (method: MilMethod, prefix: string): number => {
    const thesis = presetConfig("thesis", "single-digit", method);
    const weights = [describingStep(thesis, 2), scoringStep(thesis, 1, 2)].flatMap(({ params }) => params.trainable());
    return weights.filter(({ attrs }) => attrs.path.startsWith(prefix)).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  };
  assert.is(size("lstm", "feature_extractor"), 426070);
  assert.is(size("lstm", "lstm."), 4008000);
  assert.is(size("lstm", "prediction."), 1001);
  assert.is(size("gated", "attention_"), 2 * (500 * 128 + 128) + 129);
  assert.is(size("attention", "attention."), 500 * 128 + 128 + 129);
  assert.is(size("gated", "classifier."), 501);
});

/** One training step in the reference: the values of all updates, by path. */
function step(
  task: TaskName,
  change: (feeds: Record<string, ArrayLike<number> | number>) => void = () => {},
  dropout = 0,
): Map<string, number[]> {
  const capacity = { bags: 4, length: 6, instances: 11 };
  const { updates, outputs } = trainingStep({ ...config("lstm", task), dropout }, capacity);
  const feeds: Record<string, ArrayLike<number> | number> = {
    ...feedsOf(bags, pixels, capacity),
    learningRate: 0.01,
    step: 0,
  };
  change(feeds);
  const values = evaluate([...updates.map(([, next]) => next), outputs.sums, outputs.good], new Map(Object.entries(feeds)), { seed: 5 });
  const names = [...updates.map(([target]) => (target.op === "variable" ? target.attrs.path : "")), "sums", "good"];
  return new Map(names.map((name, i) => [name, [...values[i].data]]));
}

test("a step moves every parameter, counts itself, and adds up loss, wrong and bags of the three bags that are there", () => {
  for (const task of ["single-digit", "counting"] as const) {
    const after = step(task);
    const still = step(task, (feeds) => (feeds.learningRate = 0));
    assert.equal(after.get("good"), [1]);
    const [loss, bagsOfLoss, wrong, bagsOfError, both] = after.get("sums") ?? [];
    assert.equal([bagsOfLoss, bagsOfError], [3, 3]);
    assert.ok(loss > 0 && Number.isInteger(wrong) && wrong <= 3);
    assert.ok(Math.abs(both - loss - wrong) < 1e-9);
    const moved = [...after].filter(([path, values]) => path.endsWith("weight") && values.some((x, i) => x !== still.get(path)?.[i]));
    assert.is(moved.length, 4);
  }
});

test("a step that is not finite, or that follows one, changes nothing", () => {
  const untouched = step("single-digit", (feeds) => (feeds.step = 1));
  const poisoned = step("single-digit", (feeds) => (feeds.label = [1, Number.NaN, 0, 0]));
  assert.equal(poisoned, untouched);
  assert.equal(poisoned.get("good"), [0]);
  assert.equal(poisoned.get("sums"), [0, 0, 0, 0, 0, 0]);
  assert.equal(poisoned.get("feature_extractor_part1.0.weight/step"), [0]);
});

test("dropout draws from the counted steps", () => {
  const [with1, with2] = [step("single-digit", () => {}, 0.5), step("single-digit", () => {}, 0.5)];
  assert.equal(with1, with2);
  assert.equal(with1.get("random"), [0, 1]);
  assert.is.not(with1.get("sums")?.[0], step("single-digit").get("sums")?.[0]);
});

test.run();
