/** The convolution trio. Forward and input gradient share a template: the adjoint is a convolution with turned weights. */
import type { Node, NodeOf } from "../../graph/node.ts";
import { SHADERS } from "../wgsl/shaders.gen.ts";
import { specialise } from "../wgsl/unroll.ts";
import { finishFunction, loadFunction } from "./functions.ts";
import { finishKernel, type Kernel, type LowerContext } from "./kernel.ts";
import { evenSize, ceilDiv, nextPowerOfTwo } from "./sizes.ts";

/** Terms of a sum that are added up by themselves, and those of one row of a window. */
const BLOCK_TERMS = 64;
const MOST_SPAN = 32;
/** LONG of the templates: of very many blocks, 32 at a time are added up first. */
const longer = (blocks: number, sums: number) => ({ LONG: blocks > 64, CHAINS: blocks > 64 ? sums : 1 });

export function lowerConv(context: LowerContext): Kernel {
  const heavy = context.group.heavy as NodeOf<"conv2d">;
  const [x, w] = heavy.inputs;
  const [top, , left] = heavy.attrs.padding;
  return direct(context, x, w, {
    out: w.shape[0] / heavy.attrs.groups,
    in: w.shape[1],
    stride: heavy.attrs.stride,
    pad: [top, left],
    up: [1, 1],
    padded: heavy.attrs.padding.some((side) => side !== 0),
    transposed: false,
    turned: false,
  });
}

export function lowerInputGrad(context: LowerContext): Kernel {
  const heavy = context.group.heavy as NodeOf<"conv2dInputGrad">;
  const [dy, w] = heavy.inputs;
  const { dilation, stride, padding, groups } = heavy.attrs;
  const of = { out: w.shape[1], in: w.shape[0] / groups, stride: [1, 1], padded: true, transposed: true };
  if (stride.some((step) => step > 1)) return direct(context, dy, w, { ...of, pad: [padding[0], padding[2]], up: stride, turned: false });
  const pad = [dilation[0] * (w.shape[2] - 1) - padding[0], dilation[1] * (w.shape[3] - 1) - padding[2]];
  return direct(context, dy, w, { ...of, pad, up: [1, 1], turned: true });
}

interface Direct {
  readonly out: number;
  readonly in: number;
  readonly stride: readonly number[];
  readonly pad: readonly number[];
  /** Phases of the output per axis (the stride of the forward convolution, for its input gradient). */
  readonly up: readonly number[];
  readonly padded: boolean;
  /** Weights are [in, out, R, S]. */
  readonly transposed: boolean;
  /** Taps are read from the far corner. */
  readonly turned: boolean;
}

function direct(context: LowerContext, x: Node, w: Node, of: Direct): Kernel {
  const { builder, group } = context;
  const heavy = group.heavy as NodeOf<"conv2d"> | NodeOf<"conv2dInputGrad">;
  const { dilation, groups } = heavy.attrs;
  const [R, S] = w.shape.slice(2);
  const [N, , outH, outW] = heavy.shape;
  const [P, Q] = [ceilDiv(outH, of.up[0]), ceilDiv(outW, of.up[1])];
  const phases = of.up[0] * of.up[1];
  const row = phases === 1 && of.stride.every((step) => step === 1) && dilation[1] === 1 && Q >= 6;
  const TM = evenSize(of.out, 8);
  const TN = row ? evenSize(Q, 14) : 8;
  const tiles = row ? N * P * ceilDiv(Q, TN) : ceilDiv(N * P * Q, TN);
  const threads = Math.min(32, Math.max(8, nextPowerOfTwo(tiles)));
  const count = groups * ceilDiv(of.out, TM) * phases * ceilDiv(tiles, threads);
  const span = Math.min(S, MOST_SPAN);
  const units = of.in * R * ceilDiv(S, span);
  const block = Math.floor(BLOCK_TERMS / span);
  const values = {
    COUNT: count,
    BATCH: N,
    PIXELS: N * P * Q,
    OUT: of.out,
    IN: of.in,
    PARTS: groups,
    R,
    S,
    P_EXTENT: P,
    Q_EXTENT: Q,
    H: x.shape[2],
    W: x.shape[3],
    STRIDE_H: of.stride[0],
    STRIDE_W: of.stride[1],
    PAD_TOP: of.pad[0],
    PAD_LEFT: of.pad[1],
    DILATION_H: dilation[0],
    DILATION_W: dilation[1],
    UP_H: of.up[0],
    UP_W: of.up[1],
    OUT_H: outH,
    OUT_W: outW,
    UNITS: units,
    SPAN: span,
    BLOCK: block,
    W_K: of.transposed ? R * S : of.in * R * S,
    W_C: of.transposed ? of.out * R * S : R * S,
  };
  const words = builder.wordsOf(values);
  const shared = { TM, TN, TILE: TM * TN, THREADS: threads, PADDED: of.padded, TURNED: of.turned, ...longer(units / block, TM * TN) };
  const template = row
    ? specialise(SHADERS.conv2d_row, { ...shared, TN_LAST: TN - 1 }, words)
    : specialise(SHADERS.conv2d, { ...shared, PHASED: phases > 1 }, words);
  const code = [loadFunction(builder, "load_x", x), loadFunction(builder, "load_w", w), finishFunction(context), template].join("\n");
  const variant = `${row ? "row" : "direct"} ${TM}x${TN} ${threads}${phases > 1 ? " phased" : of.padded ? " padded" : ""}`;
  return finishKernel(context, {
    code,
    workgroups: count,
    variant,
    flops: (2 * N * outH * outW * groups * of.out * of.in * R * S) / phases,
  });
}

export function lowerWeightGrad(context: LowerContext): Kernel {
  const { builder, group, target } = context;
  const heavy = group.heavy as NodeOf<"conv2dWeightGrad">;
  const [x, dy] = heavy.inputs;
  const { stride, padding, dilation, groups } = heavy.attrs;
  const [K, IN, R, S] = heavy.shape;
  const [N, , P, Q] = dy.shape;
  const OUT = K / groups;
  const values = {
    OUT,
    IN,
    PARTS: groups,
    BATCH: N,
    P_EXTENT: P,
    Q_EXTENT: Q,
    H: x.shape[2],
    W: x.shape[3],
    STRIDE_H: stride[0],
    STRIDE_W: stride[1],
    PAD_TOP: padding[0],
    PAD_LEFT: padding[2],
    DILATION_H: dilation[0],
    DILATION_W: dilation[1],
  };
  const PADDED = padding.some((side) => side !== 0);
  const window = R * S > 1 && R * S <= 16 && [...stride, ...dilation].every((step) => step === 1);
  const TC = window ? 1 : Math.min(S >= 5 ? 1 : S >= 3 ? 2 : S === 2 ? 4 : 8, nextPowerOfTwo(IN));
  const TAPS = window ? R * S : TC * S;
  const TM = evenSize(OUT, Math.max(1, Math.min(8, Math.floor(112 / TAPS))));
  // Registers and workgroup memory both bound the tile.
  const THREADS = TM * TAPS * 32 * 4 <= target.maxWorkgroupStorage ? 32 : 8;
  const count = groups * ceilDiv(OUT, TM) * (window ? IN : ceilDiv(IN, TC) * R);
  // A thread's terms: columns of a row, SPAN at a time, or pixels.
  const SPAN = Math.min(Q, BLOCK_TERMS);
  const CHUNKS = ceilDiv(Q, SPAN);
  const BLOCK = window ? Math.floor(BLOCK_TERMS / SPAN) : BLOCK_TERMS;
  const shares = ceilDiv(window ? N * P * CHUNKS : N * P * Q, THREADS);
  const words = builder.wordsOf({ COUNT: count, ...values, BLOCK, ...(window ? { SPAN, CHUNKS } : { R }) });
  const sums = { SUMS: TM * TAPS, SHARED: TM * TAPS * THREADS, ...longer(shares / BLOCK, TM * TAPS) };
  const constants = { TM, S, TAPS, THREADS, PADDED, ...sums };
  const template = window
    ? specialise(SHADERS.conv2d_weight_grad_window, { ...constants, R, S_LAST: S - 1 }, words)
    : specialise(SHADERS.conv2d_weight_grad, { ...constants, TC }, words);
  const code = [loadFunction(builder, "load_x", x), loadFunction(builder, "load_dy", dy), finishFunction(context), template].join("\n");
  const variant = `${window ? "window" : "taps"} ${TM}x${TAPS} ${THREADS}`;
  return finishKernel(context, { code, workgroups: count, variant, flops: 2 * N * P * Q * K * IN * R * S });
}
