/** Arbitraries for ops with a geometry of their own: matrices, convolutions, pools. Extents follow from the settings, so every case is valid. */
import fc from "fast-check";
import {
  type ConvAttrs,
  OPS,
  type OpAttrs,
  type OpName,
  type Padding,
  type Pair,
  type Shape,
  type Tensor,
  type WindowAttrs,
} from "../../src/graph/index.ts";
import { floats, type Style } from "./values.ts";

/** Settings and inputs of one op. */
export interface WindowCase<K extends OpName> {
  readonly attrs: OpAttrs[K];
  readonly tensors: readonly Tensor[];
}

const WIDE = { low: -10, high: 10 };
const seeds = fc.noShrink(fc.nat(2 ** 30));
const pair = (min: number, max: number): fc.Arbitrary<Pair> => fc.tuple(fc.integer({ min, max }), fc.integer({ min, max }));
const padding: fc.Arbitrary<Padding> = fc.oneof(fc.constant<Padding>([0, 0, 0, 0]), fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2), fc.nat(2)));

/** Sums of products need no large numbers to go wrong. */
const tensors = (shapes: readonly Shape[], style: Style, seed: number): Tensor[] =>
  shapes.map((shape, which) => floats(shape, WIDE, style === "wide" || style === "edges" ? "near" : style, seed, which));

export const matrices = (style: Style): fc.Arbitrary<WindowCase<"matmul">> => {
  const extent = fc.integer({ min: 1, max: 6 });
  const lead = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 });
  return fc
    .tuple(lead, extent, extent, extent, fc.boolean(), fc.boolean(), seeds)
    .map(([batch, M, K, N, transposeA, transposeB, seed]) => ({
      attrs: { transposeA, transposeB },
      tensors: tensors(
        [
          [...batch, ...(transposeA ? [K, M] : [M, K])],
          [...batch, ...(transposeB ? [N, K] : [K, N])],
        ],
        style,
        seed,
      ),
    }));
};

interface Geometry {
  readonly attrs: WindowAttrs;
  readonly input: Pair;
  readonly output: Pair;
}

/** A window, and images of at least the size that it needs. */
const geometry: fc.Arbitrary<Geometry> = fc
  .tuple(pair(1, 3), pair(1, 3), padding, pair(1, 2), pair(0, 4))
  .map(([kernelSize, stride, sides, dilation, extra]) => {
    const reach = ([0, 1] as const).map((axis) => dilation[axis] * (kernelSize[axis] - 1) + 1);
    const around = [sides[0] + sides[1], sides[2] + sides[3]];
    const extents = ([0, 1] as const).map((axis) => Math.max(1, reach[axis] - around[axis]) + extra[axis]);
    const outputs = ([0, 1] as const).map((axis) => Math.floor((extents[axis] + around[axis] - reach[axis]) / stride[axis]) + 1);
    return {
      attrs: { kernelSize, stride, padding: sides, dilation },
      input: [extents[0], extents[1]],
      output: [outputs[0], outputs[1]],
    };
  });

interface ConvShapes {
  readonly attrs: ConvAttrs;
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
}

/** Ordinary, grouped and depthwise convolutions. */
const convShapes: fc.Arbitrary<ConvShapes> = fc
  .tuple(
    geometry,
    fc.integer({ min: 1, max: 2 }),
    fc.constantFrom([1, 1, 1], [1, 3, 2], [1, 2, 4], [2, 2, 1], [2, 1, 2], [3, 1, 1], [4, 1, 2]),
  )
  .map(([{ attrs, input, output }, N, [groups, channels, filters]]) => ({
    attrs: { stride: attrs.stride, padding: attrs.padding, dilation: attrs.dilation, groups },
    x: [N, groups * channels, ...input],
    w: [groups * filters, channels, ...attrs.kernelSize],
    y: [N, groups * filters, ...output],
  }));

export const convolution = (style: Style): fc.Arbitrary<WindowCase<"conv2d">> =>
  fc.tuple(convShapes, seeds).map(([{ attrs, x, w }, seed]) => ({ attrs, tensors: tensors([x, w], style, seed) }));

export const convolutionInputGrad = (style: Style): fc.Arbitrary<WindowCase<"conv2dInputGrad">> =>
  fc.tuple(convShapes, seeds).map(([{ attrs, x, w, y }, seed]) => ({
    attrs: { ...attrs, inputSize: [x[2], x[3]] },
    tensors: tensors([y, w], style, seed),
  }));

export const convolutionWeightGrad = (style: Style): fc.Arbitrary<WindowCase<"conv2dWeightGrad">> =>
  fc.tuple(convShapes, seeds).map(([{ attrs, x, w, y }, seed]) => ({
    attrs: { ...attrs, kernelSize: [w[2], w[3]] },
    tensors: tensors([x, y], style, seed),
  }));

const layouts = fc.constantFrom("images" as const, "columns" as const, "rows" as const);

export const unfoldings = (style: Style): fc.Arbitrary<WindowCase<"unfold">> =>
  fc.tuple(geometry, pair(1, 3), layouts, seeds).map(([{ attrs, input }, lead, layout, seed]) => ({
    attrs: { ...attrs, layout },
    tensors: [floats([...lead, ...input], { low: -100, high: 100 }, style, seed)],
  }));

export const foldings = (style: Style): fc.Arbitrary<WindowCase<"fold">> =>
  fc.tuple(geometry, pair(1, 3), layouts, seeds).map(([{ attrs, input, output }, [N, C], layout, seed]) => {
    const [rows, windows] = [C * attrs.kernelSize[0] * attrs.kernelSize[1], output[0] * output[1]];
    const shape = { images: [N, rows, windows], columns: [rows, N * windows], rows: [N * windows, rows] }[layout];
    return { attrs: { ...attrs, layout, inputSize: input }, tensors: [floats(shape, { low: -100, high: 100 }, style, seed)] };
  });

/** F(outputs, taps), small ones and those that the compiler takes. */
const filters = fc.constantFrom([2, 3], [4, 3], [2, 5], [3, 4], [5, 2], [1, 1], [1, 3]);

export const winogradTiles = (style: Style): fc.Arbitrary<WindowCase<"winogradTransform">> =>
  fc
    .tuple(
      filters,
      fc.constantFrom("image" as const, "filter" as const),
      pair(1, 3),
      pair(1, 7),
      pair(0, 4),
      pair(1, 3),
      fc.boolean(),
      seeds,
    )
    .map(([[outputs, taps], side, lead, pixels, before, tiles, turned, seed]) => ({
      attrs: { outputs, taps, side, step: side === "image" ? outputs : taps, padding: before, tiles, turned },
      tensors: tensors([[...lead, ...pixels]], style, seed),
    }));

export const winogradPlanes = (style: Style): fc.Arbitrary<WindowCase<"winogradInverse">> =>
  fc.tuple(filters, pair(1, 3), pair(1, 9), seeds).map(([[outputs, taps], [A, B], [H, W], seed]) => ({
    attrs: { outputs, taps, size: [A, H, W] },
    tensors: tensors([[(outputs + taps - 1) ** 2, B, A * Math.ceil(H / outputs) * Math.ceil(W / outputs)]], style, seed),
  }));

export const pooling = (style: Style): fc.Arbitrary<WindowCase<"maxPoolIndex">> =>
  fc.tuple(geometry, pair(1, 2), seeds).map(([{ attrs, input }, lead, seed]) => ({
    attrs,
    tensors: [floats([...lead, ...input], { low: -100, high: 100 }, style, seed)],
  }));

/** Indices as maxPoolIndex finds them. */
export const poolIndices = <K extends "poolGather" | "maxUnpool">(style: Style, op: K): fc.Arbitrary<WindowCase<K>> =>
  fc.tuple(geometry, pair(1, 2), seeds).map(([{ attrs, input, output }, lead, seed]) => {
    const shape = [...lead, ...output];
    const x = floats([...lead, ...input], { low: -100, high: 100 }, style, seed);
    const index: Tensor = { shape, dtype: "i32", data: OPS.maxPoolIndex.reference([x], attrs, { shape, dtype: "i32" }) };
    const settings = op === "maxUnpool" ? { ...attrs, inputSize: input } : attrs;
    const values = op === "maxUnpool" ? floats(shape, { low: -100, high: 100 }, style, seed + 1) : x;
    return { attrs: settings as OpAttrs[K], tensors: [values, index] };
  });
