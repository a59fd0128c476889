/** What discriminators and generators make smaller (thesis, section 2.3): one number per sample, from scores before any sigmoid. */
import { GraphError, add, mul, neg, softplus, square, sub, type Node } from "../../graph/index.ts";
import { checkRange, describe, FINITE } from "../ranges.ts";

export interface GanLoss {
  /** Scores of real and of generated samples, [N] each -> [N]. */
  readonly discriminator: (real: Node, fake: Node) => Node;
  /** Scores of generated samples [N] -> [N]. */
  readonly generator: (fake: Node) => Node;
}

/**
 * Goodfellow et al., arXiv:1406.2661 (thesis, Eq. 2.5), D = sigmoid(score). The discriminator: -log D(I) - log(1 - D(G(z))). The generator:
 * log(1 - D(G(z))) as the equation says, whose gradient vanishes where the discriminator is sure; or, with `saturating: false` (default), the
 * paper's own remedy -log D(G(z)).
 */
export const vanillaGanLoss = ({ saturating = false }: { readonly saturating?: boolean } = {}): GanLoss => ({
  discriminator: (real, fake) => add(softplus(neg(scores(real))), softplus(scores(fake))),
  generator: (fake) => (saturating ? neg(softplus(scores(fake))) : softplus(neg(scores(fake)))),
});

/** Arjovsky et al., arXiv:1701.07875 (thesis, Eqs. 2.6 and 2.7): C(G(z)) - C(I), and -C(G(z)). The critic's weights are limited, or its gradient is. */
export const wassersteinLoss: GanLoss = {
  discriminator: (real, fake) => sub(scores(fake), scores(real)),
  generator: (fake) => neg(scores(fake)),
};

/**
 * Mao et al., arXiv:1611.04076 (thesis, Eqs. 2.9 and 2.10): (D(I) - b)^2 / 2 + (D(G(z)) - a)^2 / 2, and (D(G(z)) - c)^2 / 2. Default: the
 * paper's and the thesis' a = 0, b = c = 1; a = -1, b = 1, c = 0 makes it a Pearson chi-squared divergence.
 */
export function leastSquaresLoss({ a = 0, b = 1, c = 1 }: { readonly a?: number; readonly b?: number; readonly c?: number } = {}): GanLoss {
  checkRange("leastSquaresLoss", FINITE, { a, b, c });
  const half = (score: Node, target: number): Node => mul(square(sub(scores(score), target)), 0.5);
  return {
    discriminator: (real, fake) => add(half(real, b), half(fake, a)),
    generator: (fake) => half(fake, c),
  };
}

function scores(node: Node): Node {
  if (node.dtype !== "f32" || node.shape.length !== 1) throw new GraphError(`expected scores of f32 [N], got ${describe(node)}`);
  return node;
}
