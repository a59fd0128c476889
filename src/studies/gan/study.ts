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
import { inTurn, type Losses, type Pass, type Study } from "../../training/index.ts";
import type { GanConfig, LossName } from "./config.ts";

type Network = "generator" | "critic";

/** The critic's weights stay in [-0.01, 0.01] (arXiv:1701.07875, Algorithm 1). */
const LIMIT = 0.01;
/** Units of the fully connected networks for each of `width`. */
const UNITS = 8;
const SIDE = 32;

const LOSSES: { readonly [K in LossName]: GanLoss } = {
  vanilla: vanillaGanLoss(),
  dcgan: vanillaGanLoss(),
  wgan: wassersteinLoss,
  "wgan-gp": wassersteinLoss,
  lsgan: leastSquaresLoss(),
};

export function ganStudy(config: GanConfig): Study<Network, Network> {
  const optimizer = optimizerOf(config);
  const loss = LOSSES[config.loss];
  return {
    networks: { generator: { optimizer }, critic: { optimizer, ...(config.loss === "wgan" ? { limit: LIMIT } : {}) } },
    programs: {
      critic: (pass) => criticLosses(pass, config, loss),
      generator: (pass) => {
        const scores = criticOf(pass.networks.critic, generated(pass, config), config, pass.training);
        return { minimise: { generator: loss.generator(scores) } };
      },
    },
    turn: inTurn({ critic: config.criticSteps, generator: 1 }),
  };
}

/** noise z [N, noise] -> images [N, channels, 32, 32] in (-1, 1). */
export const generatorOf = (p: Params, z: Node, { loss, channels, width }: GanConfig, training?: Training): Node =>
  loss === "vanilla"
    ? mlpGenerator(p, z, { image: [channels, SIDE, SIDE], width: UNITS * width })
    : dcganGenerator(p, z, { channels, width, training });

/** Images -> scores [N]. A gradient penalty wants a critic without batch norm. */
function criticOf(p: Params, images: Node, { loss, width }: GanConfig, training: Training): Node {
  if (loss === "vanilla") return mlpDiscriminator(p, images, { width: UNITS * width, training });
  return dcganCritic(p, images, { width, ...(loss === "wgan-gp" ? {} : { batchNorm: { training } }) });
}

/** Images of fresh noise. */
function generated({ networks, size, training }: Pass<Network>, config: GanConfig): Node {
  const z = normal(training.key, [size, config.noise], { stream: training.stream("z") });
  return generatorOf(networks.generator, z, config, training);
}

function criticLosses(pass: Pass<Network>, config: GanConfig, loss: GanLoss): Losses<Network> {
  const { networks, batch, size, training } = pass;
  const p = networks.critic.shared();
  const fakes = stopGradient(generated(pass, config));
  const critic = (images: Node): Node => criticOf(p, images, config, training);
  if (config.loss === "wgan-gp") {
    const mix = uniform(training.key, [size, 1, 1, 1], { stream: training.stream("mix") });
    const { loss: total, distance, penalty } = wganGpCriticLoss(critic, { real: batch.image, fake: fakes, mix });
    return { minimise: { critic: total }, metrics: { distance, penalty } };
  }
  const [real, fake] = [critic(batch.image), critic(fakes)];
  return {
    minimise: { critic: loss.discriminator(real, fake) },
    metrics: { "real score": real, "fake score": fake, distance: mean(sub(real, fake)) },
  };
}

function optimizerOf({ loss, learningRate: lr }: GanConfig): Optimizer {
  if (loss === "wgan") return rmsprop({ lr });
  return adam({ lr, betas: loss === "wgan-gp" ? [0, 0.9] : [0.5, 0.999] });
}
