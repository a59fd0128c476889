/** Everything that decides what a run computes: two runs with equal configs and variant tables end in the same bits. */

import { type ConfigOf, defineSettings, oneOf, real, whole } from "../../data/settings/index.ts";
import { TASK_NAMES, TASKS, type TaskName } from "./tasks.ts";

/** lstm: the thesis' iterative set encoder. gated, attention: Ilse et al. (2018). */
export const MIL_METHODS = ["lstm", "gated", "attention"] as const;
export type MilMethod = (typeof MIL_METHODS)[number];

export const PRESET_NAMES = ["quick", "thesis", "smoke"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export const SCHEDULE_NAMES = ["constant", "cosine"] as const;
export type ScheduleName = (typeof SCHEDULE_NAMES)[number];

export const milSettings = defineSettings({
  task: oneOf(TASK_NAMES, "what a set's label says"),
  method: oneOf(MIL_METHODS, "how instances become a set"),
  seed: whole(0, 2 ** 31 - 1, "seed of the bags, the weights and the order"),
  trainBags: whole(2, 1_000_000, "bags to learn from", { option: "--bags" }),
  validationBags: whole(2, 100_000, "bags of held-out training images, judged after every epoch"),
  testBags: whole(2, 1_000_000, "bags of test images, judged once at the end"),
  epochs: whole(1, 100_000, "passes over the training bags"),
  /** The authors take 1. */
  batch: whole(1, 1024, "bags that run together"),
  accumulate: whole(1, 1024, "batches whose gradients make one step of Adam", { old: 1 }),
  learningRate: real(1e-8, 1, "learning rate of Adam", { option: "--lr" }),
  /** cosine: rises over the first tenth of the steps, then falls to 0. */
  schedule: oneOf(SCHEDULE_NAMES, "how the learning rate goes"),
  /** As in PyTorch's Adam. */
  weightDecay: real(0, 1, "L2 weight decay"),
  dropout: real(0, 0.95, "dropout before the prediction"),
  channels1: whole(1, 1024, "channels of the two convolutions", { option: "--channels" }),
  channels2: whole(1, 1024, "", { option: "--channels" }),
  features: whole(1, 4096, "width of an instance's description"),
  hidden: whole(1, 4096, "width of the LSTM's state, per direction"),
  attention: whole(1, 4096, "width of the attention's hidden layer"),
});

export type MilConfig = ConfigOf<typeof milSettings.settings>;

/** What the model's graph depends on. */
export type ModelConfig = Pick<MilConfig, "method" | "channels1" | "channels2" | "features" | "hidden" | "attention" | "dropout">;

/** The recipe of methods.md 5.1 and 5.2; only the batch is ours to choose (docs/mil.md). */
const thesis = {
  batch: 1,
  accumulate: 1,
  learningRate: 5e-4,
  schedule: "constant",
  weightDecay: 1e-4,
  dropout: 0.5,
  channels1: 20,
  channels2: 50,
  features: 500,
  hidden: 500,
  attention: 128,
} as const;

/** Narrow, few bags, a schedule: what two cores without a GPU learn in minutes. */
const quick = {
  ...thesis,
  batch: 8,
  learningRate: 2e-3,
  schedule: "cosine",
  channels1: 10,
  channels2: 20,
  features: 128,
  hidden: 128,
  attention: 64,
} as const;

/** Only to see that everything runs: it learns nothing. */
const smoke = { ...quick, channels1: 2, channels2: 4, features: 8, hidden: 8, attention: 4 } as const;

/** A preset's config for a task. */
export function presetConfig(preset: PresetName, task: TaskName, method: MilMethod): MilConfig {
  const { train, test } = TASKS[task].bags;
  const who = { task, method, seed: 1 };
  switch (preset) {
    case "thesis":
      return { ...who, trainBags: train, validationBags: Math.ceil(train / 5), testBags: test, epochs: 100, ...thesis };
    case "quick":
      return { ...who, trainBags: 500, validationBags: 100, testBags: 500, epochs: 8, ...quick };
    case "smoke":
      return { ...who, trainBags: 24, validationBags: 8, testBags: 16, epochs: 2, ...smoke };
    default:
      return preset satisfies never;
  }
}
