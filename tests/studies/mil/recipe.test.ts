/** What `fit` is given: orders by seed and epoch, learning rates, the choice of the best epoch; configs. No device. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../../src/data/errors.ts";
import { MIL_METHODS, milSettings, PRESET_NAMES, presetConfig } from "../../../src/studies/mil/config.ts";
import { bagSet, MIL_KEEP, learningRateOf, pixelsOf } from "../../../src/studies/mil/recipe.ts";
import { drawSplits } from "../../../src/studies/mil/splits.ts";
import { TASK_NAMES, TASKS } from "../../../src/studies/mil/tasks.ts";
import type { Feeds } from "../../../src/kernels/index.ts";
import { configDifferences } from "../../../src/data/settings/index.ts";
import { bestRound } from "../../../src/training/fit/keep.ts";
import { type Loader, loader } from "../../../src/training/index.ts";
import { smallDigits } from "./digits.ts";

const data = smallDigits();
const config = { ...presetConfig("quick", "single-digit", "lstm"), trainBags: 30, batch: 4 };

function batches(seed = 1): Loader {
  const { bags } = drawSplits(TASKS["single-digit"], data, { train: 30, validation: 4, test: 4 }, 1).train;
  return loader(bagSet(bags, pixelsOf(data.train)), { batch: config.batch, training: true, seed });
}

/** What each step of an epoch is fed. */
async function feedsOf(made: Loader, epoch: number): Promise<Feeds[]> {
  const all: Feeds[] = [];
  for await (const { feeds } of made.epoch(epoch)) all.push(feeds);
  return all;
}

/** The ink of each bag's instances, in reading order, one text per bag. */
function bagsIn(feeds: readonly Feeds[]): string[] {
  return feeds.flatMap(({ pixels, index, lengths }) => {
    const ink = (instance: number): number =>
      (pixels as Float32Array).subarray(784 * instance, 784 * (instance + 1)).reduce((a, b) => a + b, 0);
    const length = index.length / lengths.length;
    return Array.from(lengths as Int32Array, (count, bag) =>
      Array.from({ length: count }, (_, l) => ink(Number(index[bag * length + l]))).join(),
    ).filter(Boolean);
  });
}

const sorted = (bag: string): string => bag.split(",").sort().join();

test("asked again, an epoch is the same", async () => {
  assert.equal(await feedsOf(batches(), 3), await feedsOf(batches(), 3));
});

test("every epoch has all bags, in another order, and their instances in another order", async () => {
  const [first, second] = [bagsIn(await feedsOf(batches(), 0)), bagsIn(await feedsOf(batches(), 1))];
  assert.is(first.length, 30);
  assert.equal(first.map(sorted).sort(), second.map(sorted).sort());
  assert.not.equal(first.map(sorted), second.map(sorted));
  const kept = first.filter((bag) => second.includes(bag) && bag.includes(","));
  assert.ok(kept.length < 5, `${kept.length} bags are read in the same order`);
});

test("the order follows from the seed", async () => {
  assert.not.equal(bagsIn(await feedsOf(batches(1), 0)), bagsIn(await feedsOf(batches(2), 0)));
});

test("the cosine rises over a tenth of the steps to the rate and falls towards 0; the constant stays", () => {
  const rate = learningRateOf({ learningRate: 0.002, schedule: "cosine" });
  const at = (step: number, steps: number): number => (typeof rate === "number" ? rate : rate(step, steps));
  const cosine = Array.from({ length: 200 }, (_, i) => at(i, 200));
  assert.ok(cosine[0] > 0 && cosine[0] < 0.0003);
  assert.ok(Math.abs(cosine[20] - 0.002) < 1e-12);
  assert.is(cosine.indexOf(Math.max(...cosine)), 20);
  assert.ok(cosine[199] > 0 && cosine[199] < 1e-6);
  assert.is(at(0, 1), 0.002, "a run of one step");
  assert.is(learningRateOf({ learningRate: 0.1, schedule: "constant" }), 0.1);
});

test("the best epoch has the least validation loss plus error; of equals the first", () => {
  const record = (epoch: number, loss: number, error: number) => ({ epoch, "validation loss + error": loss + error });
  assert.is(bestRound([record(1, 0.6, 0.4), record(2, 0.3, 0.2), record(3, 0.25, 0.25), record(4, 0.3, 0.3)], MIL_KEEP), 2);
});

test("every preset is a valid config for every task and method", () => {
  for (const preset of PRESET_NAMES) {
    for (const task of TASK_NAMES) {
      for (const method of MIL_METHODS) {
        const made = presetConfig(preset, task, method);
        assert.equal(milSettings.check({ ...made }, "preset"), made);
      }
    }
  }
});

test("a config from outside is checked key by key", () => {
  for (const [change, message] of [
    [{ task: "x" }, /task must be one of/],
    [{ hidden: "500" }, /hidden must be a number, got 500/],
    [{ dropout: 2 }, /dropout must be a number from 0 to 0.95, got 2/],
    [{ epochs: undefined }, /epochs must be a number, got undefined/],
  ] as const) {
    try {
      milSettings.check({ ...config, ...change }, "run.json");
      assert.unreachable();
    } catch (error) {
      assert.instance(error, UserError);
      assert.match((error as Error).message, message);
    }
  }
  assert.equal(configDifferences(config, { ...config, epochs: 9, seed: 4 }), ["seed 1 (not 4)", "epochs 8 (not 9)"]);
});

test.run();
