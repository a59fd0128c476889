/** Sliding windows as the columns of a matrix, and back. */
import type { Node, Pair } from "../node.ts";
import { shapeText } from "../ops/common.ts";
import * as ops from "../ops/unfold.ts";
import { mistake } from "./values.ts";
import { paddingOf, pairOf, type PaddingOption, type PairOption } from "./window.ts";

export interface UnfoldOptions {
  readonly kernelSize: PairOption;
  readonly stride?: PairOption;
  readonly padding?: PaddingOption;
  readonly dilation?: PairOption;
}

/** [N, C, H, W] -> [N, C R S, P Q]: each window of R x S is a column (torch.nn.functional.unfold). */
export function unfold(x: Node, options: UnfoldOptions): Node {
  if (x.shape.length !== 4) mistake("unfold", `expected images [N, C, H, W], got ${shapeText(x.shape)}`);
  return ops.unfold([x], { ...windowOf("unfold", options, [x.shape[2], x.shape[3]]), layout: "images" });
}

/** [N, C R S, P Q] -> [N, C, ...outputSize]: columns are added up where their windows lie (torch.nn.functional.fold), the adjoint of `unfold`. */
export function fold(columns: Node, options: UnfoldOptions & { readonly outputSize: PairOption }): Node {
  const inputSize = pairOf(options.outputSize);
  return ops.fold([columns], { ...windowOf("fold", options, inputSize), layout: "images", inputSize });
}

function windowOf(name: string, options: UnfoldOptions, input: Pair) {
  const [kernelSize, stride, dilation] = [pairOf(options.kernelSize), pairOf(options.stride ?? 1), pairOf(options.dilation ?? 1)];
  return { kernelSize, stride, dilation, padding: paddingOf(name, options.padding ?? 0, { input, kernel: kernelSize, stride, dilation }) };
}
