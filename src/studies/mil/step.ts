/** The graphs of a run: a training step, and the two halves of judging. Everything that differs between bags is fed. */

import { input } from "../../graph/index.ts";
import { createParams, inference } from "../../models/index.ts";
import type { BagShape } from "../../training/loader/bags.ts";
import { metricNames, type StepGraph, stepGraph, type StepPart } from "../../training/tasks/step.ts";
import type { MilConfig } from "./config.ts";
import { describeInstances, scoreFeatures } from "./model.ts";
import { BAG_FIELDS, setClassifier } from "./recipe.ts";

/** Places for bags, for instances of each, and for instances in all. */
export interface Capacity extends BagShape {
  readonly bags: number;
}

/** The step that `fit` compiles for batches of this capacity. */
export function trainingStep(config: MilConfig, { bags: size, ...bags }: Capacity, part: StepPart = "whole"): StepGraph {
  const { study } = setClassifier(config);
  const options = { seed: config.seed, size, fields: BAG_FIELDS, bags };
  return stepGraph(study, "train", metricNames(study, options).names, { ...options, part });
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
