/** The graphs of a run: a training step, and the two halves of judging. Everything that differs between bags is fed; the shape is the capacity. */

import {
  add,
  constant,
  div,
  floor,
  grad,
  greater,
  input,
  less,
  maximum,
  mul,
  type Node,
  notEqual,
  select,
  stack,
  sum,
} from "../../graph/index.ts";
import {
  accumulate,
  accumulateLast,
  adam,
  bceWithLogits,
  createParams,
  createTraining,
  inference,
  mse,
  type GradientPair,
  pairs,
} from "../../models/index.ts";
import { guardStep, runningSums } from "../../training/guard.ts";
import type { StepGraph, StepPart } from "../../training/tasks/index.ts";
import type { Capacity } from "./batches.ts";
import type { MilConfig } from "./config.ts";
import { type BagInputs, describeInstances, scoreBags, scoreFeatures } from "./model.ts";
import { TASKS } from "./tasks.ts";

function bagInputs({ bags, length, instances }: Capacity): BagInputs & { labels: Node } {
  return {
    pixels: input("pixels", [instances, 1, 28, 28]),
    index: input("index", [bags, length], "i32"),
    lengths: input("lengths", [bags], "i32"),
    labels: input("labels", [bags]),
  };
}

/** The label that a score means, as `decide` in tasks.ts. [B] -> f32 [B] */
const decided = (kind: "classify" | "count", score: Node): Node =>
  kind === "classify" ? select(greater(score, 0), constant(1), constant(0)) : maximum(floor(add(score, 0.5)), 0);

/**
 * One step of Adam (PyTorch's, L2) on the mean loss of the bags that are there: cross entropy on the logit, or squared error of the
 * count, over all parts. Feeds: those of batches.ts, learningRate f32 [], step i32 []. Outputs: `sums` f32 [3] (loss, wrong verdicts, bags) and `good` i32 [],
 * the number of steps (and parts) that went well.
 */
export function trainingStep(config: MilConfig, capacity: Capacity, part: StepPart = "whole"): StepGraph {
  const { kind } = TASKS[config.task];
  const params = createParams();
  const training = createTraining({ seed: config.seed });
  const { labels, ...inputs } = bagInputs(capacity);
  const score = scoreBags(params, inputs, config, training);
  const there = select(less(0, inputs.lengths), constant(1), constant(0));
  const bags = sum(there);
  const each = kind === "classify" ? bceWithLogits(score, labels, { reduction: "none" }) : mse(score, labels, { reduction: "none" });
  const total = sum(mul(each, there));
  const loss = div(total, maximum(bags, 1));
  const weights = params.trainable();
  const gradients = grad(loss, weights);
  const { steps, checked } = optimizerOf(part, pairs(weights, gradients), bags, config);
  const wrong = sum(mul(select(notEqual(decided(kind, score), labels), constant(1), constant(0)), there));
  const sums = runningSums(stack([total, wrong, bags], 0));
  const guarded = guardStep([...steps, ...training.updates, sums.update], { loss, gradients: checked });
  return { params, outputs: { sums: sums.value(guarded.alive), good: guarded.good }, updates: guarded.updates };
}

/** The updates of a step, and the gradients that have to be finite. */
function optimizerOf(part: StepPart, own: readonly GradientPair[], bags: Node, { weightDecay }: MilConfig) {
  const lr = input("learningRate", []);
  const gradients = (of: readonly GradientPair[]): Node[] => of.map(([, gradient]) => gradient);
  if (part === "whole") return { steps: adam(own, { lr, weightDecay }), checked: gradients(own) };
  // Every part is fed the rate; the first ones only look whether it is a number.
  if (part === "first") return { steps: accumulate(own, { weight: bags }), checked: [...gradients(own), lr] };
  const mean = accumulateLast(own, { weight: bags });
  return { steps: [...adam(mean.pairs, { lr, weightDecay }), ...mean.clear], checked: gradients(mean.pairs) };
}

/** IDU alone, for judging. Feed: pixels f32 [T, 1, 28, 28] in 0..255. Output: features [T, F]. */
export function describingStep(config: MilConfig, instances: number): StepGraph {
  const params = createParams();
  const features = describeInstances(params, input("pixels", [instances, 1, 28, 28]), config);
  return { params, outputs: { features }, updates: [] };
}

/** The rest, for judging. Feeds: features f32 [B, L, F], lengths i32 [B]. Output: score [B]. */
export function scoringStep(config: MilConfig, bags: number, length: number): StepGraph {
  const params = createParams();
  const instances = input("features", [bags, length, config.features]);
  const score = scoreFeatures(params, instances, input("lengths", [bags], "i32"), config, inference);
  return { params, outputs: { score }, updates: [] };
}
