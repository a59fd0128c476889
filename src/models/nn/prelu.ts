/** The rectifier with a slope that is learned. */
import { GraphError, less, mul, reshape, select, type Node } from "../../graph/index.ts";
import { constantInit } from "../init.ts";
import type { Params } from "../params.ts";
import { checkRange, describe, FINITE } from "../ranges.ts";

export interface PreluOptions {
  /** 1 for all, or one slope per channel (axis 1). Default: 1. */
  readonly parameters?: number;
  /** The slope from which training begins. Default: 0.25. */
  readonly init?: number;
}

/** He et al. (arXiv:1502.01852): x above 0, weight x elsewhere. [N, C, ...] -> the same; weight [parameters]. */
export function prelu(p: Params, x: Node, { parameters = 1, init = 0.25 }: PreluOptions = {}): Node {
  return p.scope(() => {
    checkRange(`prelu at ${p.path}`, FINITE, { init });
    const channels = x.shape[1] ?? 1;
    if (x.dtype !== "f32") throw new GraphError(`prelu at ${p.path}: expected f32, got ${describe(x)}`);
    if (parameters !== 1 && parameters !== channels)
      throw new GraphError(
        `prelu at ${p.path}: expected 1 or ${channels} for parameters, the channels of ${describe(x)}, got ${parameters}`,
      );
    const weight = p.variable("weight", [parameters], { init: constantInit(init) });
    const slope = reshape(weight, [parameters, ...x.shape.slice(2).map(() => 1)]);
    const isPositive = less(0, x);
    // Of a positive x nothing reaches the product, whose gradient by the weight would be 0 * x.
    return p.tap("", select(isPositive, x, mul(select(isPositive, 0, x), slope)));
  });
}
