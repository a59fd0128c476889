/**
 * One fast-check arbitrary per op: random shapes, settings and numbers that the op accepts. An op that is missing here is a compile error.
 * Shared by the property test on the reference and by the one that holds the GPU to it.
 */
import fc from "fast-check";
import { type DType, type Node, type OpAttrs, OPS, type OpName, type Shape, type Tensor, input } from "../../src/graph/index.ts";
import { applyOp } from "../../src/graph/op.ts";
import {
  convolution,
  convolutionInputGrad,
  convolutionWeightGrad,
  matrices,
  pooling,
  poolIndices,
  foldings,
  unfoldings,
  winogradPlanes,
  winogradTiles,
  type WindowCase,
} from "./geometry.ts";
import { floats, integers, type Style } from "./values.ts";

/** An op applied to input nodes, and what is fed to them by key. */
export interface OpCase {
  readonly node: Node;
  readonly inputs: readonly Node[];
  readonly feeds: ReadonlyMap<string, Tensor>;
  readonly style: Style;
}

export type Arbitraries = { readonly [K in OpName]: fc.Arbitrary<OpCase> };

const seeds = fc.noShrink(fc.nat(2 ** 30));
const extent = fc.integer({ min: 1, max: 5 });
export const shapes = (minLength = 0, maxLength = 4): fc.Arbitrary<number[]> => fc.array(extent, { minLength, maxLength });

/** Elementwise and movement ops take i32 as well; differences can only be taken of f32. */
const dtypesFor = (style: Style): fc.Arbitrary<DType> => (style === "smooth" ? fc.constant("f32") : fc.constantFrom("f32", "f32", "i32"));

/** Applies an op to fed inputs x0, x1, ... */
export function caseOf<K extends OpName>(op: K, attrs: OpAttrs[K], tensors: readonly Tensor[], style: Style): OpCase {
  const inputs = tensors.map(({ shape, dtype }, i) => input(`x${i}`, shape, dtype));
  const feeds = new Map(tensors.map((tensor, i) => [`x${i}`, tensor]));
  return { node: applyOp(OPS[op], inputs, attrs), inputs, feeds, style };
}

const domainOf = (op: OpName, which: number) => OPS[op].domain[Math.min(which, OPS[op].domain.length - 1)];

/** f32 within the op's domain, or small integers. */
const numbers = (op: OpName, which: number, shape: Shape, dtype: DType, style: Style, seed: number): Tensor =>
  dtype === "i32" ? integers(shape, -9, 9, seed + which) : floats(shape, domainOf(op, which), style, seed, which);

function elementwise<K extends OpName>(
  op: K,
  arity: number,
  attrs: OpAttrs[K],
  style: Style,
  dtypes = fc.constant<DType>("f32"),
): fc.Arbitrary<OpCase> {
  return fc.tuple(shapes(), dtypes, seeds).map(([shape, dtype, seed]) => {
    const tensors = Array.from({ length: arity }, (_, which) => numbers(op, which, shape, dtype, style, seed));
    return caseOf(op, attrs, tensors, style);
  });
}

/** One tensor and settings that follow from its shape. */
function onTensor<K extends OpName>(
  op: K,
  style: Style,
  settings: (shape: number[]) => fc.Arbitrary<OpAttrs[K]>,
  options: { readonly minRank?: number; readonly dtypes?: fc.Arbitrary<DType> } = {},
): fc.Arbitrary<OpCase> {
  const { minRank = 0, dtypes = dtypesFor(style) } = options;
  return shapes(minRank)
    .chain((shape) => fc.tuple(fc.constant(shape), settings(shape), dtypes, seeds))
    .map(([shape, attrs, dtype, seed]) => caseOf(op, attrs, [numbers(op, 0, shape, dtype, style, seed)], style));
}

/** The same for every axis: one of `low` to `high(extent)`. */
const perAxis = (shape: Shape, low: number, high: (extent: number) => number): fc.Arbitrary<number[]> =>
  fc.tuple(...shape.map((size) => fc.integer({ min: low, max: high(size) })));

const subsets = (shape: Shape): fc.Arbitrary<{ axes: readonly number[] }> =>
  fc.subarray(shape.map((_, axis) => axis)).map((axes) => ({ axes }));

const anAxis = (shape: Shape): fc.Arbitrary<{ axis: number }> => fc.nat(shape.length - 1).map((axis) => ({ axis }));

const slices = (shape: Shape): fc.Arbitrary<OpAttrs["slice"]> =>
  fc
    .tuple(
      perAxis(shape, 0, (size) => size - 1),
      perAxis(shape, 0, (size) => size - 1),
      perAxis(shape, 1, () => 3),
    )
    .map(([a, b, step]) => ({
      start: a.map((first, axis) => Math.min(first, b[axis])),
      end: a.map((first, axis) => Math.max(first, b[axis]) + 1),
      step,
    }));

const pads = (shape: Shape): fc.Arbitrary<OpAttrs["pad"]> => {
  const amount = perAxis(shape, 0, () => 2);
  return fc.record({ low: amount, high: amount, interior: amount, value: fc.constantFrom(0, -3, 2) });
};

const broadcasts = (shape: Shape): fc.Arbitrary<OpAttrs["broadcast"]> =>
  fc
    .tuple(shapes(0, 2), fc.tuple(...shape.map((size) => (size === 1 ? extent : fc.constant(size)))))
    .map(([lead, rest]) => ({ shape: [...lead, ...rest] }));

/** The same elements with neighbouring extents joined, and ones put in. */
const reshapes = (shape: Shape): fc.Arbitrary<OpAttrs["reshape"]> =>
  fc.tuple(fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }), fc.boolean()).map(([joins, ones]) => {
    const merged: number[] = [];
    shape.forEach((size, axis) => {
      if (joins[axis] && merged.length > 0) merged[merged.length - 1] *= size;
      else merged.push(size);
    });
    return { shape: ones ? [1, ...merged.reverse(), 1] : merged };
  });

const concats = (style: Style): fc.Arbitrary<OpCase> =>
  shapes(1).chain((shape) =>
    fc
      .tuple(anAxis(shape), fc.array(extent, { minLength: 1, maxLength: 4 }), dtypesFor(style), seeds)
      .map(([{ axis }, extents, dtype, seed]) => {
        const tensors = extents.map((size, i) =>
          numbers(
            "concat",
            i,
            shape.map((own, at) => (at === axis ? size : own)),
            dtype,
            style,
            seed,
          ),
        );
        return caseOf("concat", { axis }, tensors, style);
      }),
  );

/** x and an index of another extent along the axis; some indices lie outside. */
const gathers = (style: Style): fc.Arbitrary<OpCase> =>
  shapes(1).chain((shape) =>
    fc.tuple(anAxis(shape), extent, dtypesFor(style), seeds).map(([{ axis }, count, dtype, seed]) => {
      const index = integers(
        shape.map((own, at) => (at === axis ? count : own)),
        -1,
        shape[axis],
        seed,
      );
      return caseOf("gather", { axis }, [numbers("gather", 0, shape, dtype, style, seed), index], style);
    }),
  );

const scatters = (style: Style): fc.Arbitrary<OpCase> =>
  shapes(1).chain((shape) =>
    fc
      .tuple(anAxis(shape), extent, dtypesFor(style), seeds)
      .map(([{ axis }, size, dtype, seed]) =>
        caseOf("scatterAdd", { axis, size }, [numbers("scatterAdd", 0, shape, dtype, style, seed), integers(shape, -1, size, seed)], style),
      ),
  );

const selects = (style: Style): fc.Arbitrary<OpCase> =>
  fc.tuple(shapes(), dtypesFor(style), seeds).map(([shape, dtype, seed]) => {
    const sides = [1, 2].map((which) => numbers("select", which, shape, dtype, style, seed));
    return caseOf("select", {}, [integers(shape, -1, 1, seed), ...sides], style);
  });

/** Equality needs equal numbers to find. */
const equals = (style: Style): fc.Arbitrary<OpCase> =>
  fc.tuple(shapes(), dtypesFor(style), seeds).map(([shape, dtype, seed]) =>
    caseOf(
      "equal",
      {},
      [0, 1].map((which) =>
        dtype === "i32" ? integers(shape, 0, 1, seed + which) : floats(shape, domainOf("equal", 0), "ties", seed, which),
      ),
      style,
    ),
  );

const casts = (style: Style): fc.Arbitrary<OpCase> =>
  fc
    .tuple(shapes(), dtypesFor(style), dtypesFor(style), seeds)
    .map(([shape, from, dtype, seed]) => caseOf("cast", { dtype }, [numbers("cast", 0, shape, from, style, seed)], style));

const relus = (style: Style): fc.Arbitrary<OpCase> =>
  fc.tuple(shapes(), fc.constantFrom(null, 1, 6), seeds).map(([shape, max, seed]) => {
    const kinks = max === null ? [0] : [0, max];
    return caseOf("relu", { max }, [floats(shape, { ...domainOf("relu", 0), kinks }, style, seed)], style);
  });

/** Ops without inputs depend on no style. */
const sources = {
  input: fc.tuple(shapes(), seeds).map(([shape, seed]) => fedSource("input", { key: "x0", shape, dtype: "f32" }, "x0", shape, seed)),
  variable: fc
    .tuple(shapes(), seeds)
    .map(([shape, seed]) =>
      fedSource("variable", { path: "v", shape, dtype: "f32", role: "parameter", init: { kind: "constant", value: 0 } }, "v", shape, seed),
    ),
  constant: fc.tuple(shapes(), fc.constantFrom<DType>("f32", "i32"), seeds).map(([shape, dtype, seed]) => {
    const { data } = dtype === "i32" ? integers(shape, -99, 99, seed) : floats(shape, { low: -9, high: 9 }, "near", seed);
    return caseOf("constant", { shape, dtype, data: [...data] }, [], "near");
  }),
  iota: shapes(1).chain((shape) =>
    fc
      .tuple(anAxis(shape), fc.constantFrom<DType>("f32", "i32"))
      .map(([{ axis }, dtype]) => caseOf("iota", { shape, axis, dtype }, [], "near")),
  ),
  random: fc
    .tuple(shapes(), fc.constantFrom("uniform", "normal"), fc.nat(2 ** 32 - 1), seeds)
    .map(([shape, distribution, stream, seed]) =>
      caseOf("random", { shape, distribution, stream }, [integers([2], -(2 ** 31), 2 ** 31 - 1, seed)], "near"),
    ),
};

function fedSource<K extends "input" | "variable">(op: K, attrs: OpAttrs[K], key: string, shape: Shape, seed: number): OpCase {
  const { node } = caseOf(op, attrs, [], "near");
  return { node, inputs: [], feeds: new Map([[key, floats(shape, { low: -9, high: 9 }, "near", seed)]]), style: "near" };
}

const windowCase = <K extends OpName>(
  op: K,
  arbitrary: (style: Style) => fc.Arbitrary<WindowCase<K>>,
  style: Style,
): fc.Arbitrary<OpCase> => arbitrary(style).map(({ attrs, tensors }) => caseOf(op, attrs, tensors, style));

/** One arbitrary per op, with numbers of one style. */
export function arbitraries(style: Style): Arbitraries {
  const one = <K extends OpName>(op: K, attrs: OpAttrs[K]) => elementwise(op, 1, attrs, style);
  const oneAny = <K extends OpName>(op: K, attrs: OpAttrs[K]) => elementwise(op, 1, attrs, style, dtypesFor(style));
  const two = <K extends OpName>(op: K, attrs: OpAttrs[K]) => elementwise(op, 2, attrs, style, dtypesFor(style));
  return {
    ...sources,
    neg: oneAny("neg", {}),
    abs: oneAny("abs", {}),
    sign: oneAny("sign", {}),
    floor: one("floor", {}),
    add: two("add", {}),
    sub: two("sub", {}),
    mul: two("mul", {}),
    div: two("div", {}),
    maximum: two("maximum", {}),
    minimum: two("minimum", {}),
    less: two("less", {}),
    lessEqual: two("lessEqual", {}),
    equal: equals(style),
    select: selects(style),
    cast: casts(style),
    stopGradient: oneAny("stopGradient", {}),
    isFinite: one("isFinite", {}),
    relu: relus(style),
    exp: one("exp", {}),
    log: one("log", {}),
    expm1: one("expm1", {}),
    log1p: one("log1p", {}),
    sqrt: one("sqrt", {}),
    rsqrt: one("rsqrt", {}),
    pow: elementwise("pow", 2, {}, style),
    sin: one("sin", {}),
    cos: one("cos", {}),
    tanh: one("tanh", {}),
    sigmoid: one("sigmoid", {}),
    softplus: one("softplus", {}),
    erf: one("erf", {}),
    sum: onTensor("sum", style, subsets),
    reduceMax: onTensor("reduceMax", style, subsets),
    argmax: onTensor("argmax", style, anAxis, { minRank: 1 }),
    reshape: onTensor("reshape", style, reshapes),
    transpose: onTensor("transpose", style, (shape) =>
      fc
        .shuffledSubarray(
          shape.map((_, axis) => axis),
          { minLength: shape.length },
        )
        .map((perm) => ({ perm })),
    ),
    broadcast: onTensor("broadcast", style, broadcasts),
    slice: onTensor("slice", style, slices),
    pad: onTensor("pad", style, pads),
    concat: concats(style),
    reverse: onTensor("reverse", style, subsets),
    matmul: windowCase("matmul", matrices, style),
    conv2d: windowCase("conv2d", convolution, style),
    conv2dInputGrad: windowCase("conv2dInputGrad", convolutionInputGrad, style),
    conv2dWeightGrad: windowCase("conv2dWeightGrad", convolutionWeightGrad, style),
    unfold: windowCase("unfold", unfoldings, style),
    fold: windowCase("fold", foldings, style),
    winogradTransform: windowCase("winogradTransform", winogradTiles, style),
    winogradInverse: windowCase("winogradInverse", winogradPlanes, style),
    maxPoolIndex: windowCase("maxPoolIndex", pooling, style),
    poolGather: windowCase("poolGather", (own) => poolIndices(own, "poolGather"), style),
    maxUnpool: windowCase("maxUnpool", (own) => poolIndices(own, "maxUnpool"), style),
    gather: gathers(style),
    scatterAdd: scatters(style),
  };
}
