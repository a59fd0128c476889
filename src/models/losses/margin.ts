/** The margin loss of capsules. */
import { add, mean, mul, type Node, relu, square, sub, sum } from "../../graph/index.ts";
import { checkRange, FINITE } from "../ranges.ts";
import type { LossOptions } from "./elementwise.ts";

export interface MarginOptions extends LossOptions {
  /** A positive's length should be at least this. Default: 0.9. */
  readonly positive?: number;
  /** A negative's length should be at most this. Default: 0.1. */
  readonly negative?: number;
  /** Weight of the negatives. Default: 0.5. */
  readonly down?: number;
}

/**
 * T max(0, positive - v)^2 + down (1 - T) max(0, v - negative)^2 (Sabour et al., arXiv:1710.09829, Eq. 4). Lengths v and targets T in 0..1 of one
 * shape.
 */
export function marginLoss(length: Node, target: Node, options: MarginOptions = {}): Node {
  const { positive = 0.9, negative = 0.1, down = 0.5, reduction = "mean" } = options;
  checkRange("marginLoss", FINITE, { positive, negative, down });
  const present = mul(target, square(relu(sub(positive, length))));
  const absent = mul(mul(sub(1, target), down), square(relu(sub(length, negative))));
  const loss = add(present, absent);
  return reduction === "none" ? loss : reduction === "sum" ? sum(loss) : mean(loss);
}
