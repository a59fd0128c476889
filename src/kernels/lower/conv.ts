/** The convolution trio. Forward and input gradient share a template: the adjoint is a convolution with turned weights. */
import type { Node, NodeOf } from "../../graph/node.ts";
import { SHADERS } from "../shaders.gen.ts";
import { specialise } from "../unroll.ts";
import { finishFunction, finishKernel, type Kernel, loadFunction, type LowerContext } from "./kernel.ts";

const ceilDiv = (a: number, b: number): number => Math.ceil(a / b);
const tile = (extent: number): number => Math.min(8, 2 ** Math.ceil(Math.log2(extent)));

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
  const pixels = N * P * Q;
  const TM = tile(of.out);
  const TN = 8;
  const threads = Math.min(32, Math.max(8, 2 ** Math.ceil(Math.log2(ceilDiv(pixels, TN)))));
  const phases = of.up[0] * of.up[1];
  const count = groups * ceilDiv(of.out, TM) * phases * ceilDiv(pixels, TN * threads);
  const values = {
    COUNT: count,
    PIXELS: pixels,
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
  };
  const words = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, builder.word(value)]));
  const filter = of.transposed ? "((part * IN + c) * OUT + k)" : "((part * OUT + k) * IN + c)";
  const at = of.turned ? `(${filter} * R + R - 1u - r) * S + S - 1u - s` : `(${filter} * R + r) * S + s`;
  const { lines, result } = builder.body(() =>
    builder.load(
      w,
      at.replace(/\b(IN|OUT|R|S)\b/g, (name) => words[name]),
    ),
  );
  const loadW = `fn load_w(k: u32, part: u32, c: u32, r: u32, s: u32) -> f32 { ${lines.join(" ")} return ${result}; }`;
  const template = specialise(SHADERS.conv2d, { TM, TN, TILE: TM * TN, THREADS: threads, PADDED: of.padded, PHASED: phases > 1 }, words);
  const code = [loadFunction(builder, "load_x", x), loadW, finishFunction(context), template].join("\n");
  const variant = `direct ${TM}x${TN} ${threads}${phases > 1 ? " phased" : of.padded ? " padded" : ""}`;
  return finishKernel(context, { code, workgroups: count, variant, flops: 2 * pixels * groups * of.out * of.in * R * S });
}

export function lowerWeightGrad(context: LowerContext): Kernel {
  const { builder, group, target } = context;
  const heavy = group.heavy as NodeOf<"conv2dWeightGrad">;
  const [x, dy] = heavy.inputs;
  const { stride, padding, dilation, groups } = heavy.attrs;
  const [K, IN, R, S] = heavy.shape;
  const OUT = K / groups;
  const [N, , P, Q] = dy.shape;
  const TC = Math.min(S >= 5 ? 1 : S >= 3 ? 2 : S === 2 ? 4 : 8, 2 ** Math.ceil(Math.log2(IN)));
  const taps = TC * S;
  const THREADS = 32;
  // Registers and workgroup memory both bound the tile.
  const TM = Math.max(
    1,
    Math.min(tile(OUT), 2 ** Math.floor(Math.log2(Math.min(96 / taps, target.maxWorkgroupStorage / (4 * taps * THREADS))))),
  );
  const count = groups * ceilDiv(OUT, TM) * ceilDiv(IN, TC) * R;
  const values = {
    COUNT: count,
    OUT,
    IN,
    PARTS: groups,
    R,
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
  const words = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, builder.word(value)]));
  const padded = padding.some((side) => side !== 0);
  const constants = { TM, TC, S, TAPS: taps, SUMS: TM * taps, THREADS, SHARED: TM * taps * THREADS, PADDED: padded };
  const code = [
    loadFunction(builder, "load_x", x),
    loadFunction(builder, "load_dy", dy),
    finishFunction(context),
    specialise(SHADERS.conv2d_weight_grad, constants, words),
  ].join("\n");
  return finishKernel(context, {
    code,
    workgroups: count,
    variant: `taps ${TM}x${taps} ${THREADS}`,
    flops: 2 * N * P * Q * K * IN * R * S,
  });
}
