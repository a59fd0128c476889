/** Long recurrences: what a step costs does not grow with their length, and their weights have one gradient. Pure but for the limits. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Kernel } from "../../../src/kernels/lower/kernel.ts";
import { prepare, type Prepared } from "../../../src/kernels/compile/prepare.ts";
import { presetConfig } from "../../../src/studies/mil/config.ts";
import { scoringStep, trainingStep } from "../../../src/studies/mil/step.ts";

const device = await openDevice();
/** What every WebGPU adapter has. */
const limits = { ...device.limits, maxStorageBuffersPerShaderStage: 8 };
const config = presetConfig("smoke", "single-digit", "lstm");

function training(length: number): Prepared {
  const { outputs, updates } = trainingStep(config, { bags: 2, length, instances: 16 });
  return prepare({ name: `bags of ${length}`, outputs, updates }, { limits, software: true });
}
const pipelines = ({ kernels }: Prepared): number => new Set(kernels.map(({ code }) => code)).size;
const work = ({ kernels }: Prepared): number => kernels.reduce((sum, { flops }) => sum + flops, 0);

test("a training step of both directions is five kernels per instance, and no new pipelines", () => {
  const [short, long] = [training(24), training(56)];
  assert.ok(long.kernels.length - short.kernels.length <= 5 * 32, `${long.kernels.length - short.kernels.length} kernels for 32 instances`);
  assert.is(pipelines(long), pipelines(short));
  const [half, whole] = [training(40), training(72)];
  assert.is(whole.kernels.length - half.kernels.length, long.kernels.length - short.kernels.length);
  assert.ok(Math.abs((work(whole) - work(half)) / (work(long) - work(short)) - 1) < 1e-6, "the work is linear");
});

test("a forward pass is two kernels per instance", () => {
  const scoring = (length: number): number => {
    const { outputs } = scoringStep(config, 2, length);
    return prepare({ name: "scoring", outputs }, { limits, software: true }).kernels.length;
  };
  assert.is(scoring(64) - scoring(32), 2 * 32);
});

test("one gradient of each recurrent weight, over all steps", () => {
  const { hidden } = config;
  for (const length of [3, 30]) {
    const isSlope = ({ group: { heavy } }: Kernel): boolean =>
      heavy?.op === "matmul" && heavy.attrs.transposeA && heavy.shape.join() === [2, 4 * hidden, hidden].join();
    const slopes = training(length).kernels.filter(isSlope);
    assert.equal(
      slopes.map(({ group }) => group.heavy?.inputs[0].shape[1]).sort((a, b) => (a as number) - (b as number)),
      [2 * (length - 1), 2 * length],
      "weight_hh from the second step on, weight_ih of this width from the first",
    );
  }
});

test("preparing takes time in proportion to the length", () => {
  const seconds = (length: number): number => {
    const before = process.cpuUsage().user;
    training(length);
    return (process.cpuUsage().user - before) / 1e6;
  };
  seconds(50);
  const [short, long] = [seconds(100), seconds(800)];
  console.log(`# recurrence: prepared in ${short.toFixed(2)} s (length 100) and ${long.toFixed(2)} s (length 800)`);
  assert.ok(long < 3 * 8 * short);
});

test("every device is closed", () => device.close());

test.run();
