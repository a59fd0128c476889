/** Generator and critic, their losses and optimizers, and whose turn it is (thesis, section 2.3). */
import { mean, type Node, normal, stopGradient, sub, uniform } from "../../graph/index.ts";
import {
  adam,
  dcganCritic,
  dcganGenerator,
  type GanLoss,
  leastSquaresLoss,
  mlpDiscriminator,
  mlpGenerator,
  type Optimizer,
  type Params,
  rmsprop,
  type Training,
  vanillaGanLoss,
  wassersteinLoss,
  wganGpCriticLoss,
} from "../../models/index.ts";
import { inTurn, type Losses, type Pass, type Study, type TrainingTask } from "../../training/index.ts";
import type { GanConfig } from "./config.ts";

export type GanNetwork = "generator" | "critic";
type GanPass = Pass<GanNetwork>;

/** Where a step's random numbers come from. */
export interface GanDraws {
  /** z [N, noise] */
  readonly noise: (pass: GanPass) => Node;
  /** WGAN-GP's places between real and generated images: [N, 1, 1, 1] in [0, 1). */
  readonly mix: (pass: GanPass) => Node;
}

/** The critic's weights stay in [-0.01, 0.01] (arXiv:1701.07875, Algorithm 1). */
const LIMIT = 0.01;
/** Units of the fully connected networks for each of `width`. */
const UNITS = 8;
/** Height and width of all images. */
export const SIDE = 32;

const drawn = ({ noise }: GanConfig): GanDraws => ({
  noise: ({ size, training }) => normal(training.key, [size, noise], { stream: training.stream("z") }),
  mix: ({ size, training }) => uniform(training.key, [size, 1, 1, 1], { stream: training.stream("mix") }),
});

/** Batches have the field x, images [N, channels, 32, 32] in [-1, 1]. `draws`, by default from the step's seed, are for tests. */
export function ganStudy(config: GanConfig, draws: GanDraws = drawn(config)): Study<GanNetwork, GanNetwork> {
  const optimizer = optimizerOf(config);
  const loss = lossOf(config);
  return {
    networks: { generator: { optimizer }, critic: { optimizer, ...(config.loss === "wgan" ? { limit: LIMIT } : {}) } },
    programs: {
      critic: (pass) => criticLosses(pass, config, loss, draws),
      generator: (pass) => {
        const { networks, training } = pass;
        const fakes = generatorOf(networks.generator, draws.noise(pass), config, training);
        return { minimise: { generator: loss.generator(criticOf(networks.critic, fakes, config, training)) } };
      },
    },
    turn: inTurn({ critic: config.criticSteps, generator: 1 }),
  };
}

/** For `fit`: asked, the critic answers with its scores of images. */
export function ganTask(config: GanConfig): TrainingTask {
  const scores = ({ networks, batch, training }: Pass): Record<string, Node> => ({
    score: criticOf(networks.critic, batch.x, config, training),
  });
  return { study: ganStudy(config) as Study, answer: scores, judge: scores };
}

/** z [N, noise] -> images [N, channels, 32, 32] in (-1, 1). */
export const generatorOf = (p: Params, z: Node, { loss, channels, width }: GanConfig, training?: Training): Node =>
  loss === "vanilla"
    ? mlpGenerator(p, z, { image: [channels, SIDE, SIDE], width: UNITS * width })
    : dcganGenerator(p, z, { channels, width, training });

/** Images -> scores [N]. A gradient penalty wants a critic without batch norm. */
export function criticOf(p: Params, images: Node, { loss, width, dropout: rate }: GanConfig, training: Training): Node {
  if (loss === "vanilla") return mlpDiscriminator(p, images, { width: UNITS * width, rate, training });
  return dcganCritic(p, images, { width, ...(loss === "wgan-gp" ? {} : { batchNorm: { training } }) });
}

function criticLosses(pass: GanPass, config: GanConfig, loss: GanLoss, draws: GanDraws): Losses<GanNetwork> {
  const { networks, batch, training } = pass;
  const p = networks.critic.shared();
  const fakes = stopGradient(generatorOf(networks.generator, draws.noise(pass), config, training));
  const critic = (images: Node): Node => criticOf(p, images, config, training);
  if (config.loss === "wgan-gp") {
    const { loss: total, distance, penalty } = wganGpCriticLoss(critic, { real: batch.x, fake: fakes, mix: draws.mix(pass) });
    return { minimise: { critic: total }, metrics: { distance, penalty } };
  }
  const [real, fake] = [critic(batch.x), critic(fakes)];
  return {
    minimise: { critic: loss.discriminator(real, fake) },
    metrics: { "real score": real, "fake score": fake, distance: mean(sub(real, fake)) },
  };
}

function lossOf({ loss, generatorLoss }: GanConfig): GanLoss {
  switch (loss) {
    case "vanilla":
    case "dcgan":
      return vanillaGanLoss({ saturating: generatorLoss === "saturating" });
    case "wgan":
    case "wgan-gp":
      return wassersteinLoss;
    case "lsgan":
      return leastSquaresLoss();
    default:
      return loss satisfies never;
  }
}

function optimizerOf({ loss, learningRate: lr }: GanConfig): Optimizer {
  if (loss === "wgan") return rmsprop({ lr });
  return adam({ lr, betas: loss === "wgan-gp" ? [0, 0.9] : [0.5, 0.999] });
}
