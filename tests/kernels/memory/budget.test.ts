/** A byte budget: the same bits in less memory, the price told, and an error before anything is allocated where there is no way. */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { grad, input, type Node, relu, square, sum, variable, matmul } from "../../../src/graph/index.ts";
import { compile, createStore, planProgram, ProgramError, type ProgramSpec } from "../../../src/kernels/index.ts";
import { createParams, createTraining, crossEntropy, lenet, pairs, resnet, sgd } from "../../../src/models/index.ts";
import { presetConfig } from "../../../src/studies/mil/config.ts";
import { trainingStep } from "../../../src/studies/mil/step.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { programOf, recipes } from "../programs/random-programs.ts";
import { buffersOf, total } from "../run/spy.ts";
import { perceptron, recurrence } from "../programs/training-steps.ts";

const device = await openDevice();
type Feeds = Readonly<Record<string, ArrayLike<number>>>;

/** The fewest bytes that `compile` names when it is given too few. */
function leastOf(spec: ProgramSpec): number {
  try {
    return planProgram(device, { ...spec, budget: 1 }).peak;
  } catch (error) {
    assert.instance(error, ProgramError);
    const message = (error as ProgramError).message;
    assert.match(message, /^program ".*" needs at least \d+ bytes, \d+ more than the budget of 1 \(\d+ if nothing is computed twice\)$/);
    return Number(/at least (\d+)/.exec(message)?.[1]);
  }
}

/** Everything that `steps` runs leave behind: outputs and variables; and the bytes that were allocated. */
async function trace(spec: ProgramSpec, feeds: Feeds, steps: number) {
  const store = createStore(device, { seed: 3 });
  const values: number[][] = [];
  let report = "";
  const made = await buffersOf(device, async () => {
    const program = await compile(device, { ...spec, store });
    report = program.explain();
    for (let i = 0; i < steps; i++) for (const data of Object.values(await program.call(feeds))) values.push(Array.from(data));
    program.dispose();
  });
  for (const path of store.paths()) values.push(Array.from(await store.read(path)));
  store.dispose();
  return { values, bytes: total(made), report };
}

/** Bit for bit; a failure names the first difference only. */
function same(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  assert.is(found.length, expected.length);
  for (const [i, values] of expected.entries()) {
    const at = values.findIndex((value, j) => !Object.is(value, found[i][j]));
    assert.is(at, -1, `value ${i}: element ${at} is ${found[i][at]}, not ${values[at]}`);
  }
}

const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + from));

const BATCH = 4;
function residual(): ProgramSpec {
  const [p, training] = [createParams(), createTraining()];
  const variant = { block: "basic", layers: [2, 2, 2, 2], width: 8 } as const;
  const { logits } = resnet(p, input("x", [BATCH, 3, 32, 32]), { variant, classes: 5, training });
  const weights = p.trainable();
  const loss = crossEntropy(logits, input("labels", [BATCH], "i32"));
  const steps = sgd(pairs(weights, grad(loss, weights)), { lr: 0.1, momentum: 0.9 });
  return { name: "resnet18", outputs: { loss }, updates: [...steps, ...training.updates] };
}

/** LeNet as published: its first convolution's output is what weighs. */
function digits(): ProgramSpec {
  const p = createParams();
  const { global } = lenet(p, input("x", [BATCH, 1, 28, 28]), { features: 50 });
  const weights = p.trainable();
  const loss = sum(square(global));
  return { name: "lenet", outputs: { loss }, updates: sgd(pairs(weights, grad(loss, weights)), { lr: 1e-4 }) };
}

function bags(): ProgramSpec {
  const { outputs, updates } = trainingStep(presetConfig("smoke", "single-digit", "lstm"), { bags: 2, length: 8, instances: 12 });
  return { name: "mil", outputs: { sums: outputs.sums }, updates: updates.filter(([variable]) => !isCount(variable)) };
}
/** The count of good steps is checked against the fed step, which stays 0 here. */
const isCount = (node: Node): boolean => node.op === "variable" && node.attrs.path === "training/good";

const bagFeeds: Feeds = {
  pixels: numbers(12 * 784).map((value) => 100 * Math.abs(value)),
  index: Int32Array.from({ length: 16 }, (_, i) => (i % 8 < 6 ? (i % 8) + 6 * Math.floor(i / 8) : -1)),
  lengths: [6, 6],
  label: [0, 1],
  weight: [1, 1],
  learningRate: [1e-3],
  step: [0],
};

/** Name, step, feeds, and the share of the arenas without which the step must still do. */
const CASES: readonly (readonly [ProgramSpec, Feeds, number])[] = [
  [perceptron(64), { x: numbers(640), labels: Int32Array.from({ length: 64 }, (_, i) => i % 5) }, 0.95],
  [digits(), { x: numbers(BATCH * 784) }, 0.95],
  [recurrence(12, 8), { x: numbers(12 * 8 * 6) }, 0.9],
  [residual(), { x: numbers(BATCH * 3 * 32 * 32), labels: [0, 1, 2, 3] }, 0.96],
  [bags(), bagFeeds, 0.97],
];

for (const [spec, feeds, share] of CASES)
  test(`${spec.name}: a training step under a budget leaves the same bits behind`, async () => {
    const { peak, activations } = planProgram(device, spec);
    const least = leastOf(spec);
    assert.ok(least <= peak - (1 - share) * activations, `${least} of ${peak} bytes, arenas ${activations}`);
    let recomputed = false;
    const free = await trace(spec, feeds, 3);
    assert.is(free.bytes, peak);
    assert.not.match(free.report, /again/);
    for (const budget of [least, Math.round((least + peak) / 2)]) {
      const { memory, choices, recomputation } = prepare({ ...spec, budget }, device);
      const found = await trace({ ...spec, budget }, feeds, 3);
      // Convolutions that took another form, to save scratch, round as that form does.
      const variants = Object.fromEntries([...choices].map(([key, { taken }]) => [key, taken]));
      same(found.values, (await trace({ ...spec, variants }, feeds, 3)).values);
      assert.ok(found.bytes <= budget, `${found.bytes} of ${budget}`);
      assert.is(found.bytes, memory.peak);
      assert.is(/, again /.test(found.report), recomputation !== null);
      const price = /^budget: peak \d+ without recomputation; \d+ kernels run again: .* flop \(\+.* %\)/m;
      assert.is(price.test(found.report), recomputation !== null);
      recomputed ||= recomputation !== null;
    }
    assert.ok(recomputed);
    console.log(`# ${spec.name}: ${peak} bytes, at least ${least}; arenas ${activations}, at least ${activations - peak + least}`);
  });

test("a budget that is not needed changes nothing", () => {
  const spec = digits();
  const { peak } = planProgram(device, spec);
  assert.equal(planProgram(device, { ...spec, budget: peak }), planProgram(device, spec));
  assert.ok(planProgram(device, { ...spec, budget: peak - 1 }).peak < peak);
});

test("a chain of layers gets by with about the square root of its activations", () => {
  const layers = 36;
  let state: Node = input("x", [64, 32]);
  const weights = Array.from({ length: layers }, (_, i) => variable(`w${i}`, [32, 32]));
  for (const weight of weights) state = relu(matmul(state, weight));
  const loss = sum(square(state));
  const slopes = grad(loss, weights);
  const outputs = Object.fromEntries(slopes.map((slope, i) => [`d${i}`, sum(slope)]));
  const spec: ProgramSpec = { name: "chain", outputs };
  const layer = 64 * 32 * 4;
  const { peak, activations } = planProgram(device, spec);
  assert.ok(activations >= layers * layer);
  assert.ok(activations - peak + leastOf(spec) <= 13 * layer, `${(activations - peak + leastOf(spec)) / layer} layers`);
});

test("an impossible budget: no buffer is made", async () => {
  const spec = residual();
  const made = await buffersOf(device, async () => {
    const outcome = await compile(device, { ...spec, budget: leastOf(spec) - 1 }).catch((error: unknown) => error);
    assert.instance(outcome, ProgramError);
  });
  assert.is(made.length, 0);
});

test("random programs under the tightest budget give the same bits", async () => {
  let tight = 0;
  const property = fc.asyncProperty(recipes(12, 40), async (recipe) => {
    const { spec, feeds } = programOf(recipe);
    const least = leastOf(spec);
    if (least === planProgram(device, spec).peak) return;
    tight++;
    const [free, found] = [await trace(spec, feeds, 2), await trace({ ...spec, budget: least }, feeds, 2)];
    same(found.values, free.values);
    assert.ok(found.bytes <= least);
  });
  await fc.assert(property, { numRuns: 16, seed: 20_240_229 });
  console.log(`# budget: ${tight} of 16 random programs run something again`);
  assert.ok(tight > 0);
});

test("every device is closed", () => {
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
