/** Deep Sets: a network for each instance, a sum, a network for the sum. */
import { type Node, relu } from "../../graph/index.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { checkRange, COUNT } from "../ranges.ts";
import { sumOverInstances } from "./pooling.ts";

export interface DeepSetsOptions {
  /** K: of both networks' layers. */
  readonly width: number;
}

/**
 * rho(sum_l phi(h_l)) (Zaheer et al., arXiv:1703.06114, Theorem 2), phi and rho of two linear layers each with a ReLU between them:
 * phi.0, phi.2, rho.0, rho.2. Instances f32 [B, L, F], mask i32 [B, L] -> [B, K].
 */
export function deepSets(p: Params, instances: Node, mask: Node, { width }: DeepSetsOptions): Node {
  checkRange(`deepSets at ${p.path}`, COUNT, { width });
  const network = (name: string, x: Node): Node => {
    const hidden = relu(nn.linear(p.at(`${name}.0`), x, { out: width }));
    return nn.linear(p.at(`${name}.2`), hidden, { out: width });
  };
  return network("rho", sumOverInstances(network("phi", instances), mask));
}
