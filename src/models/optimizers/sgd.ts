/** Stochastic gradient descent with momentum (Polyak, 1964; Nesterov, 1983, as PyTorch has it) as a graph. */
import { add, GraphError, mul, sub, type Update } from "../../graph/index.ts";
import { checkRange, NOT_NEGATIVE } from "../ranges.ts";
import { checkOptimizer, decayed, isPairs, slot, type OptimizerOptions, type GradientPair } from "./common.ts";
import { type Later, later, type Optimizer } from "./later.ts";

export interface SgdOptions extends OptimizerOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent as torch.optim.SGD without dampening: g = gradient + weightDecay w;  b' = momentum b + g;
 * w' = w - lr b', or with Nesterov's momentum w' = w - lr (g + momentum b'). Slot: momentum_buffer.
 */
export function sgd(pairs: readonly GradientPair[], options: SgdOptions): Update[];
export function sgd(options: Later<SgdOptions>): Optimizer;
export function sgd(first: readonly GradientPair[] | Later<SgdOptions>, options?: SgdOptions): Update[] | Optimizer {
  return isPairs(first) ? sgdUpdates(first, options as SgdOptions) : later<SgdOptions>(sgdUpdates, first);
}

function sgdUpdates(pairs: readonly GradientPair[], options: SgdOptions): Update[] {
  const { lr, momentum = 0, nesterov = false, weightDecay = 0 } = options;
  checkOptimizer("sgd", options);
  checkRange("sgd", NOT_NEGATIVE, { momentum });
  if (nesterov && momentum === 0) throw new GraphError("sgd: nesterov needs a momentum above 0");
  return pairs.flatMap((pair): Update[] => {
    const [weight] = pair;
    const gradient = decayed(pair, weightDecay);
    if (momentum === 0) return [[weight, sub(weight, mul(gradient, lr))]];
    const buffer = slot(weight, "momentum_buffer");
    const next = add(mul(buffer, momentum), gradient);
    const direction = nesterov ? add(gradient, mul(next, momentum)) : next;
    return [
      [weight, sub(weight, mul(direction, lr))],
      [buffer, next],
    ];
  });
}
