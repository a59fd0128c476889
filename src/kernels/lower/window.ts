/** Max pooling's index, its adjoint, and scatter-add: one thread per output element. */
import { type NodeOf, sizeOf, type WindowAttrs } from "../../graph/node.ts";
import { SHADERS } from "../shaders.gen.ts";
import { specialise } from "../unroll.ts";
import { finishFunction, finishKernel, type Kernel, loadFunction, type LowerContext } from "./kernel.ts";

const THREADS = 64;

export function lowerPoolIndex(context: LowerContext): Kernel {
  const heavy = context.group.heavy as NodeOf<"maxPoolIndex">;
  const [x] = heavy.inputs;
  const functions = [loadFunction(context.builder, "load_x", x), finishFunction(context, "finish_index")];
  return simple(
    context,
    SHADERS.max_pool_index,
    functions,
    { ...windowWords(heavy.attrs), ...planes(x.shape, heavy.shape) },
    heavy.attrs.kernelSize[0] * heavy.attrs.kernelSize[1],
    { PADDED: heavy.attrs.padding.some((side) => side !== 0) },
  );
}

export function lowerUnpool(context: LowerContext): Kernel {
  const heavy = context.group.heavy as NodeOf<"maxUnpool">;
  const [dy, index] = heavy.inputs;
  const functions = [
    loadFunction(context.builder, "load_dy", dy),
    loadFunction(context.builder, "load_index", index),
    finishFunction(context),
  ];
  const { stride, kernelSize, dilation, padding } = heavy.attrs;
  const TILED = stride.every((step, i) => step === kernelSize[i] && dilation[i] === 1) && padding.every((side) => side === 0);
  return simple(context, SHADERS.max_unpool, functions, { ...windowWords(heavy.attrs), ...planes(heavy.shape, dy.shape) }, 1, { TILED });
}

export function lowerScatter(context: LowerContext): Kernel {
  const heavy = context.group.heavy as NodeOf<"scatterAdd">;
  const [src, index] = heavy.inputs;
  const { axis } = heavy.attrs;
  const values = { EXTENT: heavy.shape[axis], INNER: sizeOf(heavy.shape.slice(axis + 1)), J: src.shape[axis] };
  const functions = [
    loadFunction(context.builder, "load_src", src),
    loadFunction(context.builder, "load_index", index),
    finishFunction(context),
  ];
  return simple(context, SHADERS.scatter_add.replace("ZERO", `${heavy.dtype}(0)`), functions, values, src.shape[axis]);
}

const windowWords = ({ kernelSize, stride, padding, dilation }: WindowAttrs) => ({
  R: kernelSize[0],
  S: kernelSize[1],
  STRIDE_H: stride[0],
  STRIDE_W: stride[1],
  PAD_TOP: padding[0],
  PAD_LEFT: padding[2],
  DILATION_H: dilation[0],
  DILATION_W: dilation[1],
});

const planes = (image: readonly number[], windows: readonly number[]) => ({
  H: image[2],
  W: image[3],
  P_EXTENT: windows[2],
  Q_EXTENT: windows[3],
});

function simple(
  context: LowerContext,
  template: string,
  functions: readonly string[],
  values: Readonly<Record<string, number>>,
  flopsEach: number,
  constants: Readonly<Record<string, boolean>> = {},
): Kernel {
  const { builder, group } = context;
  const size = sizeOf((group.heavy as NodeOf<"maxUnpool">).shape);
  const words = Object.fromEntries(Object.entries({ SIZE: size, ...values }).map(([name, value]) => [name, builder.word(value)]));
  const code = [...functions, specialise(template, { THREADS, ...constants }, words)].join("\n");
  return finishKernel(context, { code, workgroups: Math.ceil(size / THREADS), variant: `1x${THREADS}`, flops: size * flopsEach });
}
