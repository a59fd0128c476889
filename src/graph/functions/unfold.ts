/** Sliding windows as the columns of a matrix, and back. */
import { mistake, type Node, type Pair } from "../node.ts";
import { shapeText } from "../ops/common/checks.ts";
import * as ops from "../ops/unfold.ts";
import { floats } from "./values.ts";
import { paddingOf, pairOf, type PaddingOption, type PairOption } from "./window.ts";

export interface UnfoldOptions {
  readonly kernelSize: PairOption;
  readonly stride?: PairOption;
  readonly padding?: PaddingOption;
  readonly dilation?: PairOption;
}

/** [N, C, H, W] -> [N, C R S, P Q]: each window of R x S is a column (torch.nn.functional.unfold). */
export function unfold(x: Node, options: UnfoldOptions): Node {
  floats("unfold", x);
  if (x.shape.length !== 4) mistake("unfold", `expected images [N, C, H, W], got ${shapeText(x.shape)}`);
  return ops.unfold(x, { ...windowOf("unfold", options, [x.shape[2], x.shape[3]]), layout: "images" });
}

/** [N, C R S, P Q] -> [N, C, ...outputSize]: columns are added up where their windows lie (torch.nn.functional.fold), the adjoint of `unfold`. */
export function fold(columns: Node, options: UnfoldOptions & { readonly outputSize: PairOption }): Node {
  floats("fold", columns);
  const inputSize = pairOf("fold", "outputSize", options.outputSize, 1);
  return ops.fold(columns, { ...windowOf("fold", options, inputSize), layout: "images", inputSize });
}

function windowOf(name: string, options: UnfoldOptions, input: Pair) {
  const kernelSize = pairOf(name, "kernelSize", options.kernelSize, 1);
  const stride = pairOf(name, "stride", options.stride ?? 1, 1);
  const dilation = pairOf(name, "dilation", options.dilation ?? 1, 1);
  return { kernelSize, stride, dilation, padding: paddingOf(name, options.padding ?? 0, { input, kernel: kernelSize, stride, dilation }) };
}
