/** Max pooling with its index, and its adjoint. */
import { type Node, type NodeOf, sizeOf, type WindowAttrs } from "../../graph/node.ts";
import { isPooled } from "../common/nodes.ts";
import { SHADERS } from "../wgsl/shaders.gen.ts";
import { specialise } from "../wgsl/unroll.ts";
import { finishes, finishFunction, type FinishArgument, loadFunction, loads } from "./functions.ts";
import { finishKernel, type Kernel, type LowerContext } from "./kernel.ts";
import { ceilDiv } from "./sizes.ts";
import { storesFours } from "./stores.ts";

const THREADS = 64;
/** Neighbours of one row, or blocks of a stride's extent, that a thread computes. */
const STRIP = 4;
/** Unrolled steps beyond which a thread takes one element and loops instead: text costs compile time. */
const MOST_STEPS = 128;

/** The index, and where the kernel goes on with it the maxima themselves. */
export function lowerPoolIndex(context: LowerContext): Kernel {
  const { builder, group, isStored } = context;
  const heavy = group.heavy as NodeOf<"maxPoolIndex"> & Node;
  const [x] = heavy.inputs;
  const { kernelSize, stride, dilation, padding } = heavy.attrs;
  const [R, S] = kernelSize;
  const roots = group.stores.map(({ value }) => value);
  const pooled = found(roots, isStored, (node) => isPooled(node, heavy));
  const args: FinishArgument[] = [
    { node: heavy, name: "index", dtype: "i32" },
    { node: pooled, name: "most", dtype: "f32" },
  ];
  // What is outside can be taken at the image's edge only if each window has its share of the image.
  const holds = padding.every((side, i) => side < kernelSize[i >> 1]) && dilation.every((n) => n === 1);
  if (!holds || STRIP * S > MOST_STEPS / 2) {
    const functions = [loadFunction(builder, "load_x", x), finishFunction(context, "finish", args)];
    return simple(context, SHADERS.max_pool_index, functions, { ...windowWords(heavy.attrs), ...planes(x.shape, heavy.shape) }, R * S, {
      PADDED: padding.some((side) => side !== 0),
    });
  }
  const [N, C, P, Q] = heavy.shape;
  const [STRIDE, LEFT] = [stride[1], padding[2]];
  const ALIGNED = x.shape[3] === STRIDE * Q && Q % STRIP === 0 && builder.isAligned(x);
  const WHOLE = Q % STRIP === 0 && storesFours(context);
  // The index is left out where only the maximum is asked for.
  const ends = (node: Node): boolean => node === pooled || isStored(node);
  const INDEXED = found(roots, ends, (node) => node === heavy) !== null;
  const RIGHT = Math.max(0, S - STRIDE - LEFT);
  const COLUMNS = LEFT + STRIDE * STRIP + RIGHT;
  const constants = { THREADS, TN: STRIP, S, STRIDE, LEFT, RIGHT, COLUMNS, FOURS: STRIDE, ALIGNED, WHOLE, INDEXED };
  const strips = N * C * P * ceilDiv(Q, STRIP);
  const words = context.builder.wordsOf({
    COUNT: strips,
    STRIPS: ceilDiv(Q, STRIP),
    R,
    STRIDE_H: stride[0],
    PAD_TOP: padding[0],
    ...planes(x.shape, heavy.shape),
  });
  const code = [
    ...loads(context, { load_x: x }, ALIGNED),
    ...finishes(context, WHOLE, args),
    specialise(SHADERS.max_pool_strip, constants, words),
  ];
  const variant = `strip${ALIGNED ? " aligned" : ""}${INDEXED ? " indexed" : ""}`;
  return finishKernel(context, {
    code: code.join("\n"),
    workgroups: ceilDiv(strips, THREADS),
    variant,
    flops: sizeOf(heavy.shape) * R * S,
  });
}

export function lowerUnpool(context: LowerContext): Kernel {
  const { builder, group } = context;
  const heavy = group.heavy as NodeOf<"maxUnpool"> & Node;
  const [dy, index] = heavy.inputs;
  const { stride, kernelSize } = heavy.attrs;
  const [down, across] = [nearby(heavy.attrs, 0), nearby(heavy.attrs, 1)];
  const args: FinishArgument[] = [{ node: heavy, name: "value", dtype: "f32" }];
  if (down.near * across.near * stride[0] * stride[1] * STRIP > MOST_STEPS) {
    const functions = [...loads(context, { load_dy: dy, load_index: index }, false), finishFunction(context)];
    return simple(context, SHADERS.max_unpool, functions, { ...windowWords(heavy.attrs), ...planes(heavy.shape, dy.shape) }, 1);
  }
  const [N, C, H, W] = heavy.shape;
  const Q = dy.shape[3];
  const blocks = [ceilDiv(H, stride[0]), ceilDiv(W, stride[1])];
  const ALIGNED = blocks[1] === Q && Q % STRIP === 0 && builder.isAligned(dy) && builder.isAligned(index);
  const WHOLE = W % (STRIP * stride[1]) === 0 && storesFours(context);
  const WINDOWS = STRIP + across.near - 1;
  const constants = {
    THREADS,
    ...windowWords(heavy.attrs),
    LESS_H: down.less,
    LESS_W: across.less,
    NEAR_H: down.near,
    NEAR_W: across.near,
    RIGHT: WINDOWS - across.less - STRIP,
    WINDOWS,
    ACROSS: STRIP * stride[1],
    TOTALS: STRIP * stride[0] * stride[1],
    ALIGNED: ALIGNED && WINDOWS >= across.less + STRIP,
    WHOLE,
  };
  const strips = N * C * blocks[0] * ceilDiv(blocks[1], STRIP);
  const words = context.builder.wordsOf({
    COUNT: strips,
    STRIPS: ceilDiv(blocks[1], STRIP),
    BLOCKS_H: blocks[0],
    ...planes(heavy.shape, dy.shape),
  });
  const code = [
    ...loads(context, { load_dy: dy, load_index: index }, constants.ALIGNED),
    ...finishes(context, WHOLE, args),
    specialise(SHADERS.max_unpool_strip, constants, words),
  ];
  const variant = `strip ${down.near}x${across.near}${constants.ALIGNED ? " aligned" : ""}`;
  return finishKernel(context, {
    code: code.join("\n"),
    workgroups: ceilDiv(strips, THREADS),
    variant,
    flops: sizeOf(dy.shape) * kernelSize[0] * kernelSize[1],
  });
}

/** Windows that meet block a along an axis: a - less ... a - less + near - 1. */
function nearby({ kernelSize, stride, dilation, padding }: WindowAttrs, axis: 0 | 1): { readonly less: number; readonly near: number } {
  const reach = (kernelSize[axis] - 1) * dilation[axis];
  const low = padding[2 * axis];
  const first = Math.min(0, Math.ceil((low - reach) / stride[axis]));
  const last = Math.floor((stride[axis] - 1 + low) / stride[axis]);
  return { less: -first, near: last - first + 1 };
}

/** The first node for which `test` holds, from the roots down to what `ends`. */
function found(roots: readonly Node[], ends: (node: Node) => boolean, test: (node: Node) => boolean): Node | null {
  const seen = new Set<Node>();
  const visit = (node: Node): Node | null => {
    if (seen.has(node)) return null;
    seen.add(node);
    if (test(node)) return node;
    if (ends(node)) return null;
    for (const input of node.inputs) {
      const below = visit(input);
      if (below) return below;
    }
    return null;
  };
  for (const root of roots) {
    const below = visit(root);
    if (below) return below;
  }
  return null;
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
  const size = sizeOf((context.group.heavy as Node).shape);
  const code = [...functions, specialise(template, { THREADS, ...constants }, context.builder.wordsOf({ SIZE: size, ...values }))].join(
    "\n",
  );
  return finishKernel(context, { code, workgroups: Math.ceil(size / THREADS), variant: `1x${THREADS}`, flops: size * flopsEach });
}
