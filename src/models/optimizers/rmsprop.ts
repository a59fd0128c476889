/** RMSprop (Hinton, Neural Networks for Machine Learning, lecture 6e) as a graph. */
import { add, div, maximum, mul, sqrt, square, sub, type Node, type Update } from "../../graph/index.ts";
import { checkRange, NOT_NEGATIVE, UNIT } from "../ranges.ts";
import { blend, blendSquares, checkOptimizer, decayed, isPairs, slot, type OptimizerOptions, type GradientPair } from "./common.ts";
import { type Later, later, type Optimizer } from "./later.ts";

export interface RmspropOptions extends OptimizerOptions {
  /** Share of the past in the running averages. Default: 0.99. */
  readonly alpha?: number;
  readonly eps?: number;
  readonly momentum?: number;
  /** Divides by the deviation of the gradient instead of its root mean square (Graves, arXiv:1308.0850). */
  readonly centered?: boolean;
}

/**
 * torch.optim.RMSprop (Tieleman and Hinton, 2012): v' = alpha v + (1 - alpha) g^2;  u = g / (sqrt(v') + eps);  w' = w - lr u,
 * or with momentum b' = momentum b + u; w' = w - lr b'. Slots: square_avg, grad_avg, momentum_buffer.
 */
export function rmsprop(pairs: readonly GradientPair[], options: RmspropOptions): Update[];
export function rmsprop(options: Later<RmspropOptions>): Optimizer;
export function rmsprop(first: readonly GradientPair[] | Later<RmspropOptions>, options?: RmspropOptions): Update[] | Optimizer {
  return isPairs(first) ? rmspropUpdates(first, options as RmspropOptions) : later<RmspropOptions>(rmspropUpdates, first);
}

function rmspropUpdates(pairs: readonly GradientPair[], options: RmspropOptions): Update[] {
  const { lr, alpha = 0.99, eps = 1e-8, momentum = 0, centered = false, weightDecay = 0 } = options;
  checkOptimizer("rmsprop", options);
  checkRange("rmsprop", UNIT, { alpha });
  checkRange("rmsprop", NOT_NEGATIVE, { eps, momentum });
  return pairs.flatMap((pair): Update[] => {
    const [weight] = pair;
    const updates: Update[] = [];
    const track = (name: string, next: (before: Node) => Node): Node => {
      const before = slot(weight, name);
      const after = next(before);
      updates.push([before, after]);
      return after;
    };
    const gradient = decayed(pair, weightDecay);
    const squares = track("square_avg", (before) => blendSquares(before, gradient, alpha));
    // Rounding may carry the variance below zero.
    const variance = centered ? maximum(sub(squares, square(track("grad_avg", (before) => blend(before, gradient, alpha)))), 0) : squares;
    const scaled = div(gradient, add(sqrt(variance), eps));
    const direction = momentum === 0 ? scaled : track("momentum_buffer", (before) => add(mul(before, momentum), scaled));
    return [[weight, sub(weight, mul(direction, lr))], ...updates];
  });
}
