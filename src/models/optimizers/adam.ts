/** Adam (Kingma and Ba, arXiv:1412.6980) and AdamW (Loshchilov and Hutter, arXiv:1711.05101) as graphs. */
import { add, cast, constant, div, expm1, mul, neg, sqrt, sub, variable, type Node, type Update } from "../../graph/index.ts";
import { BELOW_ONE, checkRange, NOT_NEGATIVE } from "../ranges.ts";
import { blend, blendSquares, checkOptimizer, decayed, slot, type OptimizerOptions, type GradientPair } from "./common.ts";

export interface AdamOptions extends OptimizerOptions {
  /** Default: [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** Where the steps are counted; two optimizers in one program need two names. Default: "optimizer". */
  readonly name?: string;
}

/**
 * Adam (Kingma and Ba, arXiv:1412.6980) as torch.optim.Adam; weightDecay is an L2 penalty on the gradient. Default eps: 1e-8.
 *   m' = b1 m + (1 - b1) g;  v' = b2 v + (1 - b2) g^2;  w' = w - lr (m' / k1) / (sqrt(v' / k2) + eps),  k = 1 - beta^step
 * Slots: exp_avg, exp_avg_sq, and `<name>/step` [] i32.
 */
export const adam = (pairs: readonly GradientPair[], options: AdamOptions): Update[] =>
  moments("adam", pairs, options, (pair) => ({ gradient: decayed(pair, options.weightDecay ?? 0), weight: pair[0] }));

/**
 * AdamW (Loshchilov and Hutter, arXiv:1711.05101): the decay shrinks the weight by lr weightDecay and stays out of the moments.
 * Default weightDecay: 0.01.
 */
export const adamw = (pairs: readonly GradientPair[], options: AdamOptions): Update[] =>
  moments("adamw", pairs, options, ([weight, gradient]) => ({
    gradient,
    weight: sub(weight, mul(weight, mul(options.lr, options.weightDecay ?? 0.01))),
  }));

type Begin = (pair: GradientPair) => { readonly gradient: Node; readonly weight: Node };

function moments(where: string, pairs: readonly GradientPair[], options: AdamOptions, begin: Begin): Update[] {
  const { lr, betas = [0.9, 0.999], eps = 1e-8, name = "optimizer" } = options;
  checkOptimizer(where, options);
  checkRange(where, BELOW_ONE, { "betas[0]": betas[0], "betas[1]": betas[1] });
  checkRange(where, NOT_NEGATIVE, { eps });
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
