/** Windows side by side, and their sum: small loops over words of the uniform, so that one pipeline serves every layer. */
import { type Node, type NodeOf, sizeOf, type WindowAttrs } from "../../graph/node.ts";
import { columnSteps } from "../../graph/ops/unfold.ts";
import { outputSize } from "../../graph/ops/common/window.ts";
import { SHADERS } from "../wgsl/shaders.gen.ts";
import { specialise } from "../wgsl/unroll.ts";
import { finishFunction, loadFunction } from "./functions.ts";
import { finishKernel, type Kernel, type LowerContext } from "./kernel.ts";

const THREADS = 32;
/** Elements that a thread moves at least, where there are as many channels: they share its divisions. */
const LEAST_MOVES = 32;

export function lowerUnfold(context: LowerContext): Kernel {
  const { builder, group } = context;
  const heavy = group.heavy as NodeOf<"unfold"> & Node;
  const [x] = heavy.inputs;
  const { words, windows, rows } = geometry(x.shape, heavy);
  const perThread = Math.min(x.shape[1], Math.ceil(LEAST_MOVES / sizeOf(heavy.attrs.kernelSize)));
  const columns = x.shape[0] * windows;
  const COUNT = Math.ceil(x.shape[1] / perThread) * columns;
  const sizes = builder.wordsOf({ COUNT, COLUMNS: columns, WINDOWS: windows, CHANNELS: perThread, ...words });
  const store = builder.body(() => builder.line(builder.store(heavy, "i", "value"))).lines.join(" ");
  const code = [
    loadFunction(builder, "load_x", x),
    `fn store_y(i: u32, value: f32) { ${store} }`,
    specialise(SHADERS.unfold, { THREADS }, sizes),
  ].join("\n");
  return finishKernel(context, { code, workgroups: Math.ceil(COUNT / THREADS), variant: heavy.attrs.layout, flops: rows * columns });
}

export function lowerFold(context: LowerContext): Kernel {
  const { builder, group } = context;
  const heavy = group.heavy as NodeOf<"fold"> & Node;
  const [y] = heavy.inputs;
  const [N, C, H, W] = heavy.shape;
  const { stride, dilation, kernelSize } = heavy.attrs;
  const { words } = geometry(heavy.shape, heavy);
  const met = sizeOf(kernelSize) / sizeOf(stride);
  const perThread = Math.min(C, Math.ceil(LEAST_MOVES / Math.max(1, met)));
  const PIXELS = N * H * W;
  const COUNT = Math.ceil(C / perThread) * PIXELS;
  const axes = [axisWords("H", stride[0], dilation[0]), axisWords("W", stride[1], dilation[1])];
  const sizes = builder.wordsOf({ COUNT, PIXELS, CHANNELS: perThread, ...words, ...axes[0], ...axes[1] });
  const code = [loadFunction(builder, "load_y", y), finishFunction(context), specialise(SHADERS.fold, { THREADS }, sizes)].join("\n");
  return finishKernel(context, { code, workgroups: Math.ceil(COUNT / THREADS), variant: heavy.attrs.layout, flops: sizeOf(y.shape) });
}

/** Extents of the images and the windows, and how the unfolded tensor lies. */
function geometry([N, C, H, W]: readonly number[], { attrs }: NodeOf<"unfold"> | NodeOf<"fold">) {
  const { kernelSize, stride, padding, dilation, layout } = attrs;
  const [R, S] = kernelSize;
  const [P, Q] = outputSize([H, W], kernelSize, attrs as WindowAttrs);
  const [IMAGE_STEP, ROW_STEP, COLUMN_STEP] = columnSteps(layout, N, C * R * S, P * Q);
  const words = {
    C,
    R,
    S,
    H,
    W,
    P_EXTENT: P,
    Q_EXTENT: Q,
    STRIDE_H: stride[0],
    STRIDE_W: stride[1],
    DILATION_H: dilation[0],
    DILATION_W: dilation[1],
    PAD_TOP: padding[0],
    PAD_LEFT: padding[2],
    IMAGE_STEP,
    ROW_STEP,
    COLUMN_STEP,
  };
  return { words, windows: P * Q, rows: C * R * S };
}

/** Which taps of an axis meet a pixel (shaders/fold.wgsl). */
function axisWords(axis: "H" | "W", stride: number, dilation: number): Record<string, number> {
  const divisor = greatestCommonDivisor(stride, dilation);
  const [tapStep, windowStep] = [stride / divisor, dilation / divisor];
  const inverse = Array.from({ length: tapStep }, (_, i) => i).find((i) => (i * windowStep) % tapStep === 1 % tapStep) as number;
  return { [`G_${axis}`]: divisor, [`INVERSE_${axis}`]: inverse, [`TAP_STEP_${axis}`]: tapStep, [`WINDOW_STEP_${axis}`]: windowStep };
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));
