/**
 * The reference as an f32 engine may compute it: every op's f64 result is rounded to f32, so that it overflows where f32 does, and subnormal
 * numbers are kept or taken for 0, as WGSL allows.
 */
import { type NodeValues, type Node, OPS, type OpName, type Tensor } from "../../src/graph/index.ts";
import { topological } from "../../src/kernels/common/order.ts";
import { isSum, sumOfSizes } from "./scale.ts";

export interface Rounded {
  readonly values: readonly Tensor[];
  /** For each value how large the summands are that it was made of, infinite ones left out: rounding errors are relative to that. */
  readonly scales: readonly Tensor[];
  /**
   * A sum on the way overflows in some order of its summands: the sizes of the finite ones add up to 2^128 or more, and its value is not NaN,
   * which it would be in any order. What an engine then gives depends on the order.
   */
  readonly orderMatters: boolean;
  /** A convolution's factor is not finite: times a zero of the padding it is NaN in some kernels and left out in others (docs/compiler.md). */
  readonly paddingMatters: boolean;
}

const CONVOLUTIONS: ReadonlySet<OpName> = new Set(["conv2d", "conv2dInputGrad", "conv2dWeightGrad"]);

const LEAST_NORMAL = 2 ** -126;
const BEYOND = 2 ** 128;

export function evaluateRounded(nodes: readonly Node[], feeds: NodeValues, { flush }: { readonly flush: boolean }): Rounded {
  const [values, scales] = [new Map<Node, Tensor>(), new Map<Node, Tensor>()];
  const rounded = (value: number): number => (flush && Math.abs(value) < LEAST_NORMAL ? value * 0 : Math.fround(value));
  let [orderMatters, paddingMatters] = [false, false];
  for (const node of topological(nodes)) {
    const inputs = node.inputs.map((input) => values.get(input) as Tensor);
    const { shape, dtype } = node;
    const data = fed(node, feeds) ?? referenceOf(node, inputs);
    const sizes = scaleOf(
      node,
      data,
      node.inputs.map((input) => scales.get(input) as Tensor),
    );
    if (isSum(node) && sizes.some((size, i) => size >= BEYOND && !Number.isNaN(data[i]))) orderMatters = true;
    if (CONVOLUTIONS.has(node.op) && !inputs.every((input) => input.data.every(Number.isFinite))) paddingMatters = true;
    values.set(node, { shape, dtype, data: dtype === "f32" ? data.map(rounded) : data });
    scales.set(node, { shape, dtype, data: sizes });
  }
  const pick = (from: ReadonlyMap<Node, Tensor>): Tensor[] => nodes.map((node) => from.get(node) as Tensor);
  return { values: pick(values), scales: pick(scales), orderMatters, paddingMatters };
}

/** Sums add up the scales of their summands, products multiply them, movement moves them; elsewhere it is the size of the value. */
function scaleOf(node: Node, data: Float64Array, inputs: readonly Tensor[]): Float64Array {
  if (node.dtype === "i32") return data;
  // The cosine of an angle between 0 and 2 pi, whose rounding error does not get smaller where the cosine is small.
  if (node.op === "random") return data.map((value) => Math.max(1, Math.abs(value)));
  const moves = node.op === "mul" || (OPS[node.op].wgsl === undefined && node.inputs.length > 0);
  return (sumOfSizes(node, inputs) ?? (moves ? referenceOf(node, inputs) : data)).map(finiteSize);
}

const finiteSize = (value: number): number => (Number.isFinite(value) ? Math.abs(value) : 0);

function fed(node: Node, feeds: NodeValues): Float64Array | null {
  if (node.op !== "input" && node.op !== "variable") return null;
  return (feeds.get(node.op === "input" ? node.attrs.key : node.attrs.path) as Tensor).data;
}

const referenceOf = (node: Node, inputs: readonly Tensor[]): Float64Array =>
  (OPS[node.op].reference as (inputs: readonly Tensor[], attrs: object, out: object) => Float64Array)(inputs, node.attrs, node);
