/** Adam (Kingma and Ba, arXiv:1412.6980) and AdamW (Loshchilov and Hutter, arXiv:1711.05101) as graphs. */
import { add, div, mul, sqrt, square, sub, variable, type Node } from "../../graph/index.ts";
import { blend, decayed, slot, type OptimizerOptions, type Pair, type Update } from "./common.ts";

export interface AdamOptions extends OptimizerOptions {
  /** Default: [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  readonly eps?: number;
  /** Where the bias corrections are kept; two optimizers in one program need two names. Default: "optimizer". */
  readonly name?: string;
}

/**
 * Adam (Kingma and Ba, arXiv:1412.6980) as torch.optim.Adam; weightDecay is an L2 penalty on the gradient. Default eps: 1e-8.
 *   m' = b1 m + (1 - b1) g;  v' = b2 v + (1 - b2) g^2;  w' = w - lr (m' / k1) / (sqrt(v' / k2) + eps),  k = 1 - beta^step
 * Slots: exp_avg, exp_avg_sq, and `<name>/correction1`, `<name>/correction2` [].
 */
export const adam = (pairs: readonly Pair[], options: AdamOptions): Update[] =>
  moments(pairs, options, (pair) => ({ gradient: decayed(pair, options.weightDecay ?? 0), weight: pair[0] }));

/**
 * AdamW (Loshchilov and Hutter, arXiv:1711.05101): the decay shrinks the weight by lr weightDecay and stays out of the moments.
 * Default weightDecay: 0.01.
 */
export const adamw = (pairs: readonly Pair[], options: AdamOptions): Update[] =>
  moments(pairs, options, ([weight, gradient]) => ({
    gradient,
    weight: sub(weight, mul(weight, mul(options.lr, options.weightDecay ?? 0.01))),
  }));

type Begin = (pair: Pair) => { readonly gradient: Node; readonly weight: Node };

function moments(
  pairs: readonly Pair[],
  { lr, betas = [0.9, 0.999], eps = 1e-8, name = "optimizer" }: AdamOptions,
  begin: Begin,
): Update[] {
  const [correction1, correction2] = betas.map((beta, i) => correction(`${name}/correction${i + 1}`, beta));
  const rate = div(lr, correction1[1]);
  const scale = sqrt(correction2[1]);
  const updates = pairs.flatMap((pair): Update[] => {
    const { gradient, weight } = begin(pair);
    const [mean, squares] = [slot(pair[0], "exp_avg"), slot(pair[0], "exp_avg_sq")];
    const nextMean = blend(mean, gradient, betas[0]);
    const nextSquares = blend(squares, square(gradient), betas[1]);
    const step = div(mul(nextMean, rate), add(div(sqrt(nextSquares), scale), eps));
    return [
      [pair[0], sub(weight, step)],
      [mean, nextMean],
      [squares, nextSquares],
    ];
  });
  return [...updates, correction1, correction2];
}

/**
 * k = 1 - beta^step, without a power and without the digits that 1 - 0.999 loses in f32: k' = beta k + (1 - beta), k = 0 at first.
 * It keeps the running product's place: one scalar per beta.
 */
function correction(path: string, beta: number): Update {
  const before = variable(path, [], { role: "slot" });
  return [before, add(mul(before, beta), 1 - beta)];
}
