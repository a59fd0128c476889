/** How large a graph is: parameters and arithmetic. */
import { type Node, type NodeOf, type OpName, OPS, sizeOf } from "../../graph/index.ts";
import type { Params } from "../params.ts";

/** Elements of all parameters below `p`; running statistics do not count. */
export const parameterCount = (p: Params): number => p.trainable().reduce((count, { shape }) => count + sizeOf(shape), 0);

/** Floating point operations of the contractions (products of matrices, convolutions) that `node` needs, two for each multiply-add; the rest is small. */
export function flopCount(node: Node): number {
  const seen = new Set([node]);
  let flops = 0;
  for (const one of seen) {
    flops += flopsOf(one);
    for (const input of one.inputs) seen.add(input);
  }
  return flops;
}

const flopsOf = <K extends OpName>(node: NodeOf<K>): number => 2 * (OPS[node.op].multiplyAdds?.(node) ?? 0);
