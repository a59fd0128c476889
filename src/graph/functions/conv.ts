/** Convolution and its two adjoints, over [N, C, H, W]. */
import { mistake, type ConvAttrs, type Node, type Padding, type Pair } from "../node.ts";
import { shapeText } from "../ops/common/checks.ts";
import * as ops from "../ops/conv.ts";
import { pad } from "./movement.ts";
import { floats } from "./values.ts";
import { type Geometry, paddingOf, pairOf, reachOf, type PaddingOption, type PairOption } from "./window.ts";

export interface ConvOptions {
  readonly stride?: PairOption;
  readonly padding?: PaddingOption;
  readonly dilation?: PairOption;
  readonly groups?: number;
}

/** x [N, C, H, W], w [K, C / groups, R, S] -> [N, K, P, Q]: cross-correlation, as in PyTorch. */
export function conv2d(x: Node, w: Node, options: ConvOptions = {}): Node {
  checkRanks("conv2d", x, w);
  return ops.conv2d(x, w, convAttrs("conv2d", options, pixels(x), pixels(w)));
}

/** dy [N, K, P, Q], w [K, C / groups, R, S] -> [N, C, ...inputSize]: the gradient of conv2d by its images. */
export function conv2dInputGrad(dy: Node, w: Node, options: ConvOptions & { readonly inputSize: Pair }): Node {
  checkRanks("conv2dInputGrad", dy, w);
  const { inputSize } = options;
  return ops.conv2dInputGrad(dy, w, { ...convAttrs("conv2dInputGrad", options, inputSize, pixels(w)), inputSize });
}

/** x [N, C, H, W], dy [N, K, P, Q] -> [K, C / groups, ...kernelSize]: the gradient of conv2d by its weights. */
export function conv2dWeightGrad(x: Node, dy: Node, options: ConvOptions & { readonly kernelSize: Pair }): Node {
  checkRanks("conv2dWeightGrad", x, dy);
  const { kernelSize } = options;
  return ops.conv2dWeightGrad(x, dy, { ...convAttrs("conv2dWeightGrad", options, pixels(x), kernelSize), kernelSize });
}

export interface ConvTransposeOptions extends Omit<ConvOptions, "padding"> {
  readonly padding?: Exclude<PaddingOption, "same">;
  /** Added to the output's extents: which of the `stride` inputs that a convolution maps to P rows is meant. */
  readonly outputPadding?: PairOption;
}

/**
 * x [N, C, P, Q], w [C, K / groups, R, S] (PyTorch's layout) -> [N, K, H, W] with
 * H = (P - 1) stride - top - bottom + dilation (R - 1) + outputPadding + 1; outputPadding below stride or dilation.
 */
export function convTranspose2d(x: Node, w: Node, options: ConvTransposeOptions = {}): Node {
  const name = "convTranspose2d";
  checkRanks(name, x, w);
  const { groups = 1 } = options;
  const window = windowOf(name, options, pixels(x), pixels(w));
  const { stride, dilation, padding } = window;
  const extra = pairOf(name, "outputPadding", options.outputPadding ?? 0, 0);
  checkGroups(name, groups, x.shape[1]);
  if (x.shape[1] !== w.shape[0]) mistake(name, `expected ${w.shape[0]} input channels, got ${x.shape[1]}`);
  const size = ([0, 1] as const).map((axis) => {
    if (extra[axis] >= Math.max(stride[axis], dilation[axis]))
      mistake(
        name,
        `outputPadding must be below stride or dilation, got ${shapeText(extra)} for ${shapeText(stride)} and ${shapeText(dilation)}`,
      );
    const reach = reachOf(window, axis);
    return (window.input[axis] - 1) * stride[axis] + reach + extra[axis] - padding[2 * axis] - padding[2 * axis + 1];
  });
  if (size.some((extent) => extent < 1))
    mistake(name, `the output would have ${shapeText(size)} pixels: padding ${shapeText(padding)} takes too much`);
  // A convolution maps an output this large to more rows than x has: those that begin in the output padding, of zeros here.
  const rows = extra.map((more, axis) => Math.floor(more / stride[axis]));
  const padded = rows.every((more) => more === 0) ? x : pad(x, [0, 0, 0, 0], [0, 0, ...rows]);
  return ops.conv2dInputGrad(padded, w, { stride, dilation, padding, groups, inputSize: [size[0], size[1]] });
}

function convAttrs(name: string, options: ConvOptions, input: Pair, kernel: Pair): ConvAttrs {
  const { stride, padding, dilation } = windowOf(name, options, input, kernel);
  return { stride, padding, dilation, groups: options.groups ?? 1 };
}

function windowOf(name: string, options: ConvOptions, input: Pair, kernel: Pair): Geometry & { readonly padding: Padding } {
  const [stride, dilation] = [pairOf(name, "stride", options.stride ?? 1, 1), pairOf(name, "dilation", options.dilation ?? 1, 1)];
  const geometry = { input, kernel, stride, dilation };
  return { ...geometry, padding: paddingOf(name, options.padding ?? 0, geometry) };
}

const pixels = ({ shape }: Node): Pair => [shape[2], shape[3]];

function checkGroups(name: string, groups: number, channels: number): void {
  if (!Number.isInteger(groups) || groups < 1) mistake(name, `expected a positive number of groups, got ${groups}`);
  if (channels % groups !== 0) mistake(name, `${channels} input channels do not divide into ${groups} groups`);
}

function checkRanks(name: string, ...nodes: readonly Node[]): void {
  floats(name, ...nodes);
  for (const { shape } of nodes) if (shape.length !== 4) mistake(name, `expected four axes, got ${shapeText(shape)}`);
}
