/** How large a graph is: parameters and arithmetic. */
import { type Node, sizeOf } from "../../graph/index.ts";
import type { Params } from "../params.ts";

/** Elements of all parameters below `p`; running statistics do not count. */
export const parameterCount = (p: Params): number => p.trainable().reduce((count, { shape }) => count + sizeOf(shape), 0);

/** Floating point operations of matrix products and convolutions that `node` needs, two for each multiply-add; the rest is small. */
export function flopCount(node: Node): number {
  const seen = new Set([node]);
  let flops = 0;
  for (const one of seen) {
    flops += flopsOf(one);
    for (const input of one.inputs) seen.add(input);
  }
  return flops;
}

function flopsOf({ op, shape, inputs }: Node): number {
  if (op === "conv2d") return 2 * sizeOf(shape) * sizeOf(inputs[1].shape.slice(1));
  if (op !== "matmul") return 0;
  const [a, b] = inputs.map((input) => sizeOf(input.shape));
  // Batch elements of [M, K] x [K, N]: sqrt(MK * KN / MN) = K.
  const batch = sizeOf(shape.slice(0, -2));
  return 2 * sizeOf(shape) * Math.sqrt(((a / batch) * (b / batch)) / (sizeOf(shape) / batch));
}
