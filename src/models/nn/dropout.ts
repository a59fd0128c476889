/** Dropout (Srivastava et al., JMLR 15, 2014). */
import { GraphError, less, mul, select, uniform, type Node } from "../../graph/index.ts";
import type { Params } from "../params.ts";
import type { Training } from "../training.ts";

export interface DropoutOptions {
  /** The probability of a zero, in [0, 1). */
  readonly rate: number;
  readonly training: Training;
}

/**
 * Inverted dropout (Srivastava et al., 2014): x / (1 - rate) with probability 1 - rate, else 0; any shape. Inference: x.
 * The mask depends on the seed, the step, the path and the number of the use.
 */
export function dropout(p: Params, x: Node, { rate, training }: DropoutOptions): Node {
  if (!(rate >= 0 && rate < 1)) throw new GraphError(`dropout at ${p.path}: expected a rate in [0, 1), got ${rate}`);
  if (!training.training || rate === 0) return p.tap("", x);
  return p.scope(() => {
    const drop = less(uniform(training.key, x.shape, { stream: training.stream(p.path) }), rate);
    return p.tap("", select(drop, 0, mul(x, 1 / (1 - rate))));
  });
}
