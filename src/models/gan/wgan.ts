/** WGAN-GP: a critic trained as a Wasserstein distance with a gradient penalty (Gulrajani et al., arXiv:1704.00028). */
import { add, grad, mean, mul, norm, reshape, square, sub, sum, type Node, type Value } from "../../graph/index.ts";
import { checkValue, NOT_NEGATIVE } from "../ranges.ts";

export interface CriticLossOptions {
  /** Images [N, ...] of both kinds. */
  readonly real: Node;
  readonly fake: Node;
  /** [N, 1, ...], uniform in [0, 1): where between the two the gradient is looked at, per image. */
  readonly mix: Node;
  /** lambda. Default: 10. */
  readonly weight?: Value;
}

export interface CriticLoss {
  /** [] = -distance + weight penalty */
  readonly loss: Node;
  /** mean D(real) - mean D(fake), the estimate of the Wasserstein distance. */
  readonly distance: Node;
  /** mean over images of (|dD/dx| at x = mix real + (1 - mix) fake, minus 1)^2. Differentiating it is a second-order gradient. */
  readonly penalty: Node;
}

/** `critic`: images [N, ...] -> scores [N], of shared parameters: `(x) => dcganCritic(p.shared(), x)`. */
export function wganGpCriticLoss(critic: (x: Node) => Node, { real, fake, mix, weight = 10 }: CriticLossOptions): CriticLoss {
  checkValue("wganGpCriticLoss", NOT_NEGATIVE, "weight", weight);
  const distance = sub(mean(critic(real)), mean(critic(fake)));
  const between = add(mul(mix, real), mul(sub(1, mix), fake));
  const [slope] = grad(sum(critic(between)), [between]);
  const penalty = mean(square(sub(norm(reshape(slope, [slope.shape[0], -1]), 1), 1)));
  return { loss: sub(mul(penalty, weight), distance), distance, penalty };
}

/** What the generator minimises: -mean D(G(z)). */
export const wganGeneratorLoss = (scores: Node): Node => mul(mean(scores), -1);
