/** Adam (Kingma and Ba, arXiv:1412.6980) and AdamW (Loshchilov and Hutter, arXiv:1711.05101) as graphs. */
import { add, cast, constant, div, expm1, mul, neg, sqrt, sub, variable, type Node, type Update } from "../../graph/index.ts";
import { BELOW_ONE, checkRange, NOT_NEGATIVE } from "../ranges.ts";
import { blend, blendSquares, checkOptimizer, decayed, isPairs, pathOf, slot, type OptimizerOptions, type GradientPair } from "./common.ts";
import { type Later, later, type Optimizer } from "./later.ts";

export interface AdamOptions extends OptimizerOptions {
  /** Default: [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** Where the steps are counted: `<name>/step`. Default: the path of the first weight, so that no two optimizers of different weights share it. */
  readonly name?: string;
}

/**
 * Adam (Kingma and Ba, arXiv:1412.6980) as torch.optim.Adam; weightDecay is an L2 penalty on the gradient. Default eps: 1e-8.
 *   m' = b1 m + (1 - b1) g;  v' = b2 v + (1 - b2) g^2;  w' = w - lr (m' / k1) / (sqrt(v' / k2) + eps),  k = 1 - beta^step
 * Slots: exp_avg, exp_avg_sq, and `<name>/step` [] i32.
 */
export function adam(pairs: readonly GradientPair[], options: AdamOptions): Update[];
export function adam(options: Later<AdamOptions>): Optimizer;
export function adam(first: readonly GradientPair[] | Later<AdamOptions>, options?: AdamOptions): Update[] | Optimizer {
  if (!isPairs(first)) return later<AdamOptions>(adam, first);
  const { weightDecay = 0 } = options as AdamOptions;
  return moments("adam", first, options as AdamOptions, (pair) => ({ gradient: decayed(pair, weightDecay), weight: pair[0] }));
}

/**
 * AdamW (Loshchilov and Hutter, arXiv:1711.05101): the decay shrinks the weight by lr weightDecay and stays out of the moments.
 * Default weightDecay: 0.01.
 */
export function adamw(pairs: readonly GradientPair[], options: AdamOptions): Update[];
export function adamw(options: Later<AdamOptions>): Optimizer;
export function adamw(first: readonly GradientPair[] | Later<AdamOptions>, options?: AdamOptions): Update[] | Optimizer {
  if (!isPairs(first)) return later<AdamOptions>(adamw, first);
  const { lr, weightDecay = 0.01 } = options as AdamOptions;
  return moments("adamw", first, options as AdamOptions, ([weight, gradient]) => ({
    gradient,
    weight: sub(weight, mul(weight, mul(lr, weightDecay))),
  }));
}

type Begin = (pair: GradientPair) => { readonly gradient: Node; readonly weight: Node };

function moments(where: string, pairs: readonly GradientPair[], options: AdamOptions, begin: Begin): Update[] {
  const { lr, betas = [0.9, 0.999], eps = 1e-8 } = options;
  checkOptimizer(where, options);
  checkRange(where, BELOW_ONE, { "betas[0]": betas[0], "betas[1]": betas[1] });
  checkRange(where, NOT_NEGATIVE, { eps });
  if (pairs.length === 0) return [];
  const name = options.name ?? pathOf(pairs[0][0]);
  const before = variable(`${name}/step`, [], { dtype: "i32", role: "slot" });
  const step = add(before, constant(1, [], "i32"));
  const rate = div(lr, correction(step, betas[0]));
  const scale = sqrt(correction(step, betas[1]));
  const updates = pairs.flatMap((pair): Update[] => {
    const { gradient, weight } = begin(pair);
    const [mean, squares] = [slot(pair[0], "exp_avg"), slot(pair[0], "exp_avg_sq")];
    const nextMean = blend(mean, gradient, betas[0]);
    const nextSquares = blendSquares(squares, gradient, betas[1]);
    const change = div(mul(nextMean, rate), add(div(sqrt(nextSquares), scale), eps));
    return [
      [pair[0], sub(weight, change)],
      [mean, nextMean],
      [squares, nextSquares],
    ];
  });
  return [...updates, [before, step]];
}

/**
 * 1 - beta^step = -expm1(step log beta), good to the last digits at every step. As a running value in f32 it would stop up to
 * 3e-8 / (1 - beta) from 1, and 1 - beta^1 would lose what 1 - 0.999 loses.
 */
const correction = (step: Node, beta: number): Node => (beta === 0 ? constant(1) : neg(expm1(mul(cast(step, "f32"), Math.log(beta)))));
