/** Geometry of a sliding window, shared by convolution and pooling. */
import type { Padding, Pair } from "../../node.ts";
import { checkLength, fail, shapeText } from "./checks.ts";

interface Window {
  readonly stride: Pair;
  readonly padding: Padding;
  readonly dilation: Pair;
}

export function checkPair(what: string, pair: readonly number[], least: number): void {
  checkLength(what, pair, 2, least);
}

export function checkWindow({ stride, padding, dilation }: Window): void {
  checkPair("stride", stride, 1);
  checkPair("dilation", dilation, 1);
  checkLength("padding", padding, 4, 0);
}

/** [H, W] -> [P, Q]: P = floor((H + top + bottom - dilation (R - 1) - 1) / stride) + 1. */
export function outputSize(input: Pair, kernel: Pair, { stride, padding, dilation }: Window): Pair {
  const extent = (axis: 0 | 1): number => {
    const room = input[axis] + padding[2 * axis] + padding[2 * axis + 1] - dilation[axis] * (kernel[axis] - 1) - 1;
    if (room < 0)
      fail(
        `a window of ${shapeText(kernel)} with dilation ${shapeText(dilation)} does not fit into ${shapeText(input)} with padding ${shapeText(padding)}`,
      );
    return Math.floor(room / stride[axis]) + 1;
  };
  return [extent(0), extent(1)];
}
