/** Everything that decides what a run of a GAN computes. */
import { type Interval, real, whole } from "../../data/interval.ts";

/** Sections 2.3.1 to 2.3.4 of the thesis. */
export const LOSS_NAMES = ["vanilla", "dcgan", "wgan", "wgan-gp", "lsgan"] as const;
export type LossName = (typeof LOSS_NAMES)[number];

export const GAN_PRESETS = ["small", "quick", "smoke"] as const;
export type GanPresetName = (typeof GAN_PRESETS)[number];

export interface GanConfig {
  readonly loss: LossName;
  readonly seed: number;
  /** Steps of the generator. */
  readonly iterations: number;
  readonly batch: number;
  /** Of the images: 1 or 3. */
  readonly channels: number;
  /** Channels of the convolutional networks at 16 x 16 (docs/gan.md); the fully connected ones have eight times as many units. */
  readonly width: number;
  /** Numbers of the noise z. */
  readonly noise: number;
  /** Steps of the critic for one of the generator. */
  readonly criticSteps: number;
  readonly learningRate: number;
}

type NumberKey = { [K in keyof GanConfig]: GanConfig[K] extends number ? K : never }[keyof GanConfig];

export const INTERVALS: { readonly [K in NumberKey]: Interval } = {
  seed: whole(0, 2 ** 31 - 1, "seed of weights, noise and order"),
  iterations: whole(1, 10_000_000, "steps of the generator"),
  batch: whole(2, 4096, "images of a step"),
  channels: whole(1, 3, "channels of an image"),
  width: whole(1, 1024, "channels of the networks at 16 x 16"),
  noise: whole(1, 4096, "numbers of the noise"),
  criticSteps: whole(1, 100, "steps of the critic for one of the generator"),
  learningRate: real(1e-8, 1, "learning rate of both networks"),
};

/**
 * Rates and steps as the papers have them: DCGAN (arXiv:1511.06434) and LSGAN (arXiv:1611.04076) Adam 2e-4; WGAN (arXiv:1701.07875) RMSprop 5e-5
 * and 5 critic steps; WGAN-GP (arXiv:1704.00028) Adam 1e-4 and 5. The vanilla GAN's paper gives none: DCGAN's.
 */
const PUBLISHED: { readonly [K in LossName]: Pick<GanConfig, "learningRate" | "criticSteps"> } = {
  vanilla: { learningRate: 2e-4, criticSteps: 1 },
  dcgan: { learningRate: 2e-4, criticSteps: 1 },
  wgan: { learningRate: 5e-5, criticSteps: 5 },
  "wgan-gp": { learningRate: 1e-4, criticSteps: 5 },
  lsgan: { learningRate: 2e-4, criticSteps: 1 },
};

const SIZES: { readonly [K in GanPresetName]: Pick<GanConfig, "iterations" | "batch" | "width" | "noise"> } = {
  small: { iterations: 2000, batch: 64, width: 32, noise: 64 },
  quick: { iterations: 300, batch: 32, width: 16, noise: 64 },
  smoke: { iterations: 4, batch: 4, width: 2, noise: 8 },
};

export const ganConfig = (preset: GanPresetName, loss: LossName): GanConfig => ({
  loss,
  seed: 1,
  channels: 1,
  ...SIZES[preset],
  ...PUBLISHED[loss],
});
