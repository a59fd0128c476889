/** Dynamic pooling: instances vote, and those whose vote agrees with the set's code count for more in the next turn. */
import { add, div, type Node, matmul, mul, reshape, select, softmax, sqrt, square, sum, zeros } from "../../graph/index.ts";
import { checkRange, COUNT } from "../ranges.ts";
import { checkInstances, NO_INSTANCE } from "./pooling.ts";

export interface DynamicPooling {
  /** [B, F], of a length in [0, 1): the probability that the set is positive, where the margin loss is used. */
  readonly code: Node;
  /** [B, L]: how much each instance counted in the last turn. */
  readonly weights: Node;
}

/**
 * Dynamic pooling for multi-instance neural networks (Yan et al., ACML 2018, Algorithm 1), of capsules' routing by agreement (Sabour et al.,
 * arXiv:1710.09829): b = 0; in each of `iterations` turns w = softmax(b), s = squash(sum_l w_l h_l), b_l += <s, h_l>. Without parameters.
 * Instances f32 [B, L, F], mask i32 [B, L].
 */
export function dynamicPooling(instances: Node, mask: Node, { iterations = 3 }: { readonly iterations?: number } = {}): DynamicPooling {
  checkInstances("dynamicPooling", instances, mask);
  checkRange("dynamicPooling", COUNT, { iterations });
  const [bags, length, features] = instances.shape;
  let votes: Node = zeros([bags, length]);
  for (let turn = 0; ; turn++) {
    const weights = softmax(select(mask, votes, NO_INSTANCE), 1);
    const code = squash(reshape(matmul(reshape(weights, [bags, 1, length]), instances), [bags, features]));
    if (turn + 1 === iterations) return { code, weights };
    const agreement = reshape(matmul(instances, reshape(code, [bags, features, 1])), [bags, length]);
    votes = add(votes, agreement);
  }
}

/** Added to a squared length, so that the length of zeros has a gradient. */
const EPSILON = 1e-7;

/** |s|^2 / (1 + |s|^2) s / |s|, row by row: [B, F] -> [B, F], of a length in [0, 1) (Sabour et al., Eq. 1). */
export function squash(s: Node): Node {
  const squared = sum(square(s), 1, { keepDims: true });
  return mul(s, div(squared, mul(add(squared, 1), sqrt(add(squared, EPSILON)))));
}

/** Of each row: [B, F] -> [B]. */
export const lengthOf = (code: Node): Node => sqrt(add(sum(square(code), 1), EPSILON));
