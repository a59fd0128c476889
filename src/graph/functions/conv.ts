/** Convolution and its two adjoints, over [N, C, H, W]. */
import type { ConvAttrs, Node, Pair } from "../node.ts";
import { shapeText } from "../ops/common.ts";
import * as ops from "../ops/conv.ts";
import { mistake } from "./values.ts";
import { paddingOf, pairOf, type PaddingOption, type PairOption } from "./window.ts";

export interface ConvOptions {
  readonly stride?: PairOption;
  readonly padding?: PaddingOption;
  readonly dilation?: PairOption;
  readonly groups?: number;
}

/** x [N, C, H, W], w [K, C / groups, R, S] -> [N, K, P, Q]: cross-correlation, as in PyTorch. */
export function conv2d(x: Node, w: Node, options: ConvOptions = {}): Node {
  checkRanks("conv2d", x, w);
  return ops.conv2d([x, w], convAttrs("conv2d", options, pixels(x), pixels(w)));
}

/** dy [N, K, P, Q], w [K, C / groups, R, S] -> [N, C, ...inputSize]: the gradient of conv2d by its images. */
export function conv2dInputGrad(dy: Node, w: Node, options: ConvOptions & { readonly inputSize: Pair }): Node {
  checkRanks("conv2dInputGrad", dy, w);
  const { inputSize } = options;
  return ops.conv2dInputGrad([dy, w], { ...convAttrs("conv2dInputGrad", options, inputSize, pixels(w)), inputSize });
}

/** x [N, C, H, W], dy [N, K, P, Q] -> [K, C / groups, ...kernelSize]: the gradient of conv2d by its weights. */
export function conv2dWeightGrad(x: Node, dy: Node, options: ConvOptions & { readonly kernelSize: Pair }): Node {
  checkRanks("conv2dWeightGrad", x, dy);
  const { kernelSize } = options;
  return ops.conv2dWeightGrad([x, dy], { ...convAttrs("conv2dWeightGrad", options, pixels(x), kernelSize), kernelSize });
}

export interface ConvTransposeOptions extends Omit<ConvOptions, "padding"> {
  readonly padding?: Exclude<PaddingOption, "same">;
  /** Added to the output's extents: which of the `stride` inputs that a convolution maps to P rows is meant. */
  readonly outputPadding?: PairOption;
}

/**
 * x [N, C, P, Q], w [C, K / groups, R, S] (PyTorch's layout) -> [N, K, H, W] with
 * H = (P - 1) stride - top - bottom + dilation (R - 1) + outputPadding + 1.
 */
export function convTranspose2d(x: Node, w: Node, options: ConvTransposeOptions = {}): Node {
  checkRanks("convTranspose2d", x, w);
  const [stride, dilation, extra] = [pairOf(options.stride ?? 1), pairOf(options.dilation ?? 1), pairOf(options.outputPadding ?? 0)];
  const [kernel, input] = [pixels(w), pixels(x)];
  const padding = paddingOf("convTranspose2d", options.padding ?? 0, { input, kernel, stride, dilation });
  const extent = (axis: 0 | 1): number => {
    if (extra[axis] >= Math.max(stride[axis], dilation[axis])) mistake("convTranspose2d", "outputPadding must be below stride or dilation");
    const reach = dilation[axis] * (kernel[axis] - 1) + 1;
    return (input[axis] - 1) * stride[axis] + reach + extra[axis] - padding[2 * axis] - padding[2 * axis + 1];
  };
  const attrs = { stride, dilation, padding, groups: options.groups ?? 1 };
  return ops.conv2dInputGrad([x, w], { ...attrs, inputSize: [extent(0), extent(1)] });
}

function convAttrs(name: string, options: ConvOptions, input: Pair, kernel: Pair): ConvAttrs {
  const [stride, dilation] = [pairOf(options.stride ?? 1), pairOf(options.dilation ?? 1)];
  const padding = paddingOf(name, options.padding ?? 0, { input, kernel, stride, dilation });
  return { stride, padding, dilation, groups: options.groups ?? 1 };
}

const pixels = ({ shape }: Node): Pair => [shape[2], shape[3]];

function checkRanks(name: string, ...nodes: readonly Node[]): void {
  for (const { shape } of nodes) if (shape.length !== 4) mistake(name, `expected four axes, got ${shapeText(shape)}`);
}
