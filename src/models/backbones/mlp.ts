/** A multilayer perceptron. */
import { relu, type Node } from "../../graph/index.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";

/**
 * Linear layers with ReLU in between: [N, F] -> [N, widths.at(-1)]. Keys as those of a Sequential: 0.weight, 2.weight, ...
 * `mlp(p, x, { widths: [64, 10] })`
 */
export function mlp(p: Params, x: Node, { widths }: { readonly widths: readonly number[] }): Node {
  return widths.reduce((input, out, i) => nn.linear(p.at(String(2 * i)), i === 0 ? input : relu(input), { out }), x);
}
