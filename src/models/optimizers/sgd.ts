/** Stochastic gradient descent with momentum (Polyak, 1964; Nesterov, 1983, as PyTorch has it) as a graph. */
import { add, mul, sub } from "../../graph/index.ts";
import { decayed, slot, type OptimizerOptions, type Pair, type Update } from "./common.ts";

export interface SgdOptions extends OptimizerOptions {
  readonly momentum?: number;
  readonly nesterov?: boolean;
}

/**
 * Stochastic gradient descent as torch.optim.SGD without dampening: g = gradient + weightDecay w;  b' = momentum b + g;
 * w' = w - lr b', or with Nesterov's momentum w' = w - lr (g + momentum b'). Slot: momentum_buffer.
 */
export function sgd(pairs: readonly Pair[], { lr, momentum = 0, nesterov = false, weightDecay = 0 }: SgdOptions): Update[] {
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
