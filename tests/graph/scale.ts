/** How large the summands of an op's result are: rounding errors are relative to them, not to what is left after they cancel. */
import { evaluate, type Node, OPS, type Tensor } from "../../src/graph/index.ts";
import { transformMatrix, winogradMatrices, type Matrix } from "../../src/graph/ops/winograd.ts";
import type { OpCase } from "./arbitraries.ts";

/** For each element of the result the allowed error of an f32 engine: tolerance * max(1, |reference|, sum of the summands' sizes). */
export function allowedErrors({ node, inputs, feeds }: OpCase): Float64Array {
  const { tolerance } = OPS[node.op];
  const [exact] = evaluate([node], feeds);
  const sizes = sumOfSizes(node, evaluate(inputs, feeds).map(absolute)) ?? exact.data;
  return exact.data.map((value, i) => (node.dtype === "i32" ? 0 : tolerance * Math.max(1, Math.abs(value), Math.abs(sizes[i]))));
}

/** Does the op add up, so that its result depends on the order of the summands? A heavy op overflows by nothing else. */
export const isSum = ({ op }: Node): boolean => op === "add" || op === "sub" || (OPS[op].kind === "heavy" && !OPS[op].keepsFinite);

/** For each element of a sum, or of a product of matrices, the sum of its summands' sizes, given the sizes of what goes in; null for other ops. */
export function sumOfSizes(node: Node, sizes: readonly Tensor[]): Float64Array | null {
  const rows = winogradRows(node);
  if (rows) {
    const most = sizes[0].data.reduce((known, value) => Math.max(known, value), 0);
    return new Float64Array(node.shape.reduce((size, extent) => size * extent, 1)).fill(rows * most);
  }
  if (!isSum(node)) return null;
  const { reference } = OPS[node.op === "sub" ? "add" : node.op];
  return (reference as (inputs: readonly Tensor[], attrs: object, out: object) => Float64Array)(sizes, node.attrs, node);
}

/** How much a transform M x M^T can enlarge x. */
function winogradRows(node: Node): number | null {
  const largest = (M: Matrix): number => Math.max(...M.map((row) => row.reduce((sum, factor) => sum + Math.abs(factor), 0))) ** 2;
  if (node.op === "winogradTransform") return largest(transformMatrix(node.attrs));
  return node.op === "winogradInverse" ? largest(winogradMatrices(node.attrs.outputs, node.attrs.taps).AT) : null;
}

/** An f32 tensor without its signs; indices stay as they are. */
const absolute = (x: Tensor): Tensor => (x.dtype === "f32" ? { ...x, data: x.data.map(Math.abs) } : x);
