/** Dropout (Srivastava et al., JMLR 15, 2014). */
import { less, mul, select, uniform, type Node } from "../../graph/index.ts";
import type { Params } from "../params.ts";
import { checkRange, UNIT } from "../ranges.ts";
import type { Training } from "../training.ts";

export interface DropoutOptions {
  /** The probability of a zero, in [0, 1]; 1 leaves nothing. */
  readonly rate: number;
  readonly training: Training;
}

/**
 * Inverted dropout (Srivastava et al., 2014): x / (1 - rate) with probability 1 - rate, else 0; any shape. Inference: x.
 * The mask depends on the seed, the step, the path and the number of the use.
 */
export function dropout(p: Params, x: Node, { rate, training }: DropoutOptions): Node {
  checkRange(`dropout at ${p.path}`, UNIT, { rate });
  if (!training.training || rate === 0) return p.tap("", x);
  return p.scope(() => {
    if (rate === 1) return p.tap("", mul(x, 0));
    const drop = less(uniform(training.key, x.shape, { stream: training.stream(p.path) }), rate);
    return p.tap("", select(drop, 0, mul(x, 1 / (1 - rate))));
  });
}
