/** Convolutions whose filters see one channel each, and their input gradients at stride 1: nothing to multiply as matrices, all to load well. */
import { type Node, type NodeOf, sizeOf } from "../../graph/node.ts";
import { SHADERS } from "../wgsl/shaders.gen.ts";
import { specialise } from "../wgsl/unroll.ts";
import { finishes, loadFunction, loads } from "./functions.ts";
import { finishKernel, type Kernel, type LowerContext } from "./kernel.ts";
import { ceilDiv } from "./sizes.ts";
import { storesFours } from "./stores.ts";

const THREADS = 64;
/** Unrolled products beyond which the general template is taken: text costs compile time. */
const MOST_PRODUCTS = 256;

/** Is it a convolution of single channels that the template holds? */
export function isDepthwise(heavy: NodeOf<"conv2d"> | NodeOf<"conv2dInputGrad">): boolean {
  const [x, w] = heavy.inputs;
  const { groups, stride, dilation } = heavy.attrs;
  const forward = heavy.op === "conv2d";
  const single = w.shape[1] === 1 && groups > 1 && x.shape[1] === groups && (forward || heavy.shape[1] === groups);
  const small = 8 * w.shape[2] * w.shape[3] <= MOST_PRODUCTS;
  // A padding as wide as the window would cut the gradient's first columns.
  const plain = forward || (stride.every((n) => n === 1) && heavy.attrs.padding[2] < w.shape[3]);
  return single && small && dilation.every((n) => n === 1) && plain;
}

export function lowerDepthwise(context: LowerContext): Kernel {
  const { builder, group } = context;
  const heavy = group.heavy as (NodeOf<"conv2d"> | NodeOf<"conv2dInputGrad">) & Node;
  const [x, w] = heavy.inputs;
  const [R, S] = w.shape.slice(2);
  const TURNED = heavy.op === "conv2dInputGrad";
  const { stride, padding } = heavy.attrs;
  const [PAD_TOP, LEFT] = TURNED ? [R - 1 - padding[0], S - 1 - padding[2]] : [padding[0], padding[2]];
  const [N, K, P, Q] = heavy.shape;
  const [STRIDE_H, STRIDE] = stride;
  const TN = STRIDE === 1 && Q % 8 === 0 ? 8 : 4;
  const ROWS = STRIDE_H === 1 && TN * R * S * 2 <= MOST_PRODUCTS ? 2 : 1;
  const ALIGNED = x.shape[3] === STRIDE * Q && Q % TN === 0 && builder.isAligned(x);
  const WHOLE = Q % TN === 0 && storesFours(context);
  const RIGHT = Math.max(0, S - STRIDE - LEFT);
  const COLUMNS = LEFT + STRIDE * TN + RIGHT;
  const constants = { THREADS, TN, ROWS, R, S, TAPS: R * S, STRIDE_H, STRIDE, LEFT, RIGHT, COLUMNS, FOURS: (STRIDE * TN) >> 2 };
  const counts = { INPUT_ROWS: (ROWS - 1) * STRIDE_H + R, TOTALS: TN * ROWS, GROUPS: TN >> 2, ALIGNED, WHOLE, TURNED };
  const [STRIPS, BANDS] = [ceilDiv(Q, TN), ceilDiv(P, ROWS)];
  const COUNT = N * K * BANDS * STRIPS;
  const sizes = {
    COUNT,
    STRIPS,
    BANDS,
    K,
    C: x.shape[1],
    MULTIPLIER: K / x.shape[1],
    H: x.shape[2],
    W: x.shape[3],
    P_EXTENT: P,
    Q_EXTENT: Q,
  };
  const code = [
    ...loads(context, { load_x: x }, ALIGNED),
    loadFunction(builder, "load_w", w),
    ...finishes(context, WHOLE),
    specialise(SHADERS.conv2d_depthwise, { ...constants, ...counts }, context.builder.wordsOf({ ...sizes, PAD_TOP })),
  ];
  return finishKernel(context, {
    code: code.join("\n"),
    workgroups: ceilDiv(COUNT, THREADS),
    variant: `depthwise ${ROWS}x${TN}${ALIGNED ? " aligned" : ""}`,
    flops: 2 * sizeOf(heavy.shape) * R * S,
  });
}
