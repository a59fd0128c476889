/** Everything that decides what a run computes: two runs with equal configs and variant tables end in the same bits. */

import { type Interval, real, whole } from "../../data/interval.ts";
import { checkSettings } from "../../training/config.ts";
import { TASK_NAMES, TASKS, type TaskName } from "./tasks.ts";

/** lstm: the thesis' iterative set encoder. gated, attention: Ilse et al. (2018). */
export const MIL_METHODS = ["lstm", "gated", "attention"] as const;
export type MilMethod = (typeof MIL_METHODS)[number];

export const PRESET_NAMES = ["quick", "thesis", "smoke"] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

export const SCHEDULE_NAMES = ["constant", "cosine"] as const;
export type ScheduleName = (typeof SCHEDULE_NAMES)[number];

export interface MilConfig {
  readonly task: TaskName;
  readonly method: MilMethod;
  readonly seed: number;
  readonly trainBags: number;
  readonly validationBags: number;
  readonly testBags: number;
  readonly epochs: number;
  /** Bags that run together; the authors take 1. */
  readonly batch: number;
  /** Batches whose gradients make one step of the optimizer. */
  readonly accumulate: number;
  readonly learningRate: number;
  /** cosine: rises over the first tenth of the steps, then falls to 0. */
  readonly schedule: ScheduleName;
  /** L2, as in PyTorch's Adam. */
  readonly weightDecay: number;
  readonly dropout: number;
  /** Output channels of LeNet's two convolutions. */
  readonly channels1: number;
  readonly channels2: number;
  /** Width of an instance's description. */
  readonly features: number;
  /** Width of the LSTM's state, per direction. */
  readonly hidden: number;
  /** Width of the attention's hidden layer. */
  readonly attention: number;
}

/** What the model's graph depends on. */
export type ModelConfig = Pick<MilConfig, "method" | "channels1" | "channels2" | "features" | "hidden" | "attention" | "dropout">;

type NumberKey = { [K in keyof MilConfig]: MilConfig[K] extends number ? K : never }[keyof MilConfig];

/** The range of every number in a config; the command line and `checkConfig` share it. */
export const RANGES: { readonly [K in NumberKey]: Interval } = {
  seed: whole(0, 2 ** 31 - 1, "seed of the bags, the weights and the order"),
  trainBags: whole(2, 1_000_000, "bags to learn from"),
  validationBags: whole(2, 100_000, "bags of held-out training images, judged after every epoch"),
  testBags: whole(2, 1_000_000, "bags of test images, judged once at the end"),
  epochs: whole(1, 100_000, "passes over the training bags"),
  batch: whole(1, 1024, "bags that run together"),
  accumulate: whole(1, 1024, "batches whose gradients make one step of Adam"),
  learningRate: real(1e-8, 1, "learning rate of Adam"),
  weightDecay: real(0, 1, "L2 weight decay"),
  dropout: real(0, 0.95, "dropout before the prediction"),
  channels1: whole(1, 1024, "channels of the first convolution"),
  channels2: whole(1, 1024, "channels of the second convolution"),
  features: whole(1, 4096, "width of an instance's description"),
  hidden: whole(1, 4096, "width of the LSTM's state, per direction"),
  attention: whole(1, 4096, "width of the attention's hidden layer"),
};

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

/** Configs from before a setting existed mean this. */
const OLD_DEFAULTS = { accumulate: 1 } as const;

const NAMES = { task: TASK_NAMES, method: MIL_METHODS, schedule: SCHEDULE_NAMES };

/** A config as it may come from a file or a caller. Unknown names, missing keys, numbers out of range: UserError. */
export function checkConfig(given: { readonly [key: string]: unknown }, where: string): MilConfig {
  const candidate: { readonly [key: string]: unknown } = { ...OLD_DEFAULTS, ...given };
  checkSettings(candidate, { names: NAMES, numbers: RANGES }, where);
  return candidate as unknown as MilConfig;
}
