/** Everything that decides what a run of a GAN computes. */
import { type ConfigOf, defineSettings, oneOf, real, whole } from "../../data/settings/index.ts";

/** Sections 2.3.1 to 2.3.4 of the thesis. */
export const LOSS_NAMES = ["vanilla", "dcgan", "wgan", "wgan-gp", "lsgan"] as const;
export type LossName = (typeof LOSS_NAMES)[number];

export const GAN_PRESETS = ["small", "quick", "smoke"] as const;
export type GanPresetName = (typeof GAN_PRESETS)[number];

/** What the generator of a vanilla GAN or a DCGAN minimises: -log D(G(z)), or Eq. 2.5's log(1 - D(G(z))), which saturates. */
export const GENERATOR_LOSSES = ["non-saturating", "saturating"] as const;

export const ganSettings = defineSettings({
  loss: oneOf(LOSS_NAMES, "what the two minimise (thesis, section 2.3)"),
  generatorLoss: oneOf(
    GENERATOR_LOSSES,
    "vanilla, dcgan: the generator minimises log(1 - D(G(z))), as Eq. 2.5 has it, and not -log D(G(z))",
    { option: { flag: "--saturating", means: "saturating" } },
  ),
  seed: whole(0, 2 ** 31 - 1, "seed of weights, noise and order"),
  iterations: whole(1, 10_000_000, "steps of the generator"),
  batch: whole(2, 4096, "images of a step"),
  channels: whole(1, 3, "of an image, 1: grey, 3: colour; default: 3, digits 1"),
  /** docs/gan.md; the fully connected networks have eight times as many units. */
  width: whole(1, 1024, "channels of the networks at 16 x 16"),
  noise: whole(1, 4096, "numbers of the noise z"),
  dropout: real(0, 0.95, "dropout in the fully connected discriminator's hidden layers", { option: null }),
  criticSteps: whole(1, 100, "steps of the critic for one of the generator"),
  learningRate: real(1e-8, 1, "learning rate of both networks", { option: "--lr" }),
  /** As many of the real ones are compared with them. */
  judged: whole(8, 50_000, "generated images that are judged"),
  judgeImages: whole(8, 1_000_000, "images that the judge learns from", { option: null }),
  judgeEpochs: whole(1, 1000, "the judge's passes over them", { option: null }),
});

export type GanConfig = ConfigOf<typeof ganSettings.settings>;

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

type SizeKey = "iterations" | "batch" | "width" | "noise" | "judged" | "judgeImages" | "judgeEpochs";

const SIZES: { readonly [K in GanPresetName]: Pick<GanConfig, SizeKey> } = {
  small: { iterations: 2000, batch: 64, width: 32, noise: 64, judged: 2000, judgeImages: 10_000, judgeEpochs: 3 },
  quick: { iterations: 300, batch: 32, width: 16, noise: 64, judged: 500, judgeImages: 5000, judgeEpochs: 2 },
  smoke: { iterations: 4, batch: 4, width: 2, noise: 8, judged: 16, judgeImages: 64, judgeEpochs: 1 },
};

/** Times the published rates: narrow networks and few steps stand, and want, larger ones (docs/gan.md). */
const RATE_FACTORS: { readonly [K in GanPresetName]: number } = { small: 1, quick: 5, smoke: 1 };

export const ganConfig = (preset: GanPresetName, loss: LossName): GanConfig => ({
  loss,
  generatorLoss: "non-saturating",
  seed: 1,
  channels: 1,
  dropout: 0.3,
  ...SIZES[preset],
  ...PUBLISHED[loss],
  learningRate: RATE_FACTORS[preset] * PUBLISHED[loss].learningRate,
});
