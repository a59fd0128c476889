/** How large the summands of an op's result are: rounding errors are relative to them, not to what is left after they cancel. */
import { evaluate, type Node, OPS, type OpName, type Tensor } from "../../src/graph/index.ts";
import { transformMatrix, winogradMatrices, type Matrix } from "../../src/graph/ops/winograd.ts";
import type { OpCase } from "./arbitraries.ts";

const SUMS: ReadonlySet<OpName> = new Set([
  "add",
  "sum",
  "matmul",
  "conv2d",
  "conv2dInputGrad",
  "conv2dWeightGrad",
  "fold",
  "maxUnpool",
  "scatterAdd",
]);

/** For each element of the result the allowed error of an f32 engine: tolerance * max(1, |reference|, sum of the summands' sizes). */
export function allowedErrors({ node, feeds }: OpCase): Float64Array {
  const { tolerance } = OPS[node.op];
  const [exact] = evaluate([node], feeds);
  const rows = winogradRows(node);
  if (rows) {
    const most = feeds.get("x0")?.data.reduce((known, value) => Math.max(known, Math.abs(value)), 0) as number;
    return exact.data.map(() => tolerance * Math.max(1, rows * most));
  }
  const sizes = SUMS.has(node.op) ? evaluate([node], absolute(feeds))[0].data : node.op === "sub" ? largest(feeds) : exact.data;
  return exact.data.map((value, i) => (node.dtype === "i32" ? 0 : tolerance * Math.max(1, Math.abs(value), Math.abs(sizes[i]))));
}

/** How much a transform M x M^T can enlarge x. */
function winogradRows(node: Node): number | null {
  const largest = (M: Matrix): number => Math.max(...M.map((row) => row.reduce((sum, factor) => sum + Math.abs(factor), 0))) ** 2;
  if (node.op === "winogradTransform") return largest(transformMatrix(node.attrs));
  return node.op === "winogradInverse" ? largest(winogradMatrices(node.attrs.outputs, node.attrs.taps).AT) : null;
}

/** Every f32 input without its signs; indices stay as they are. */
const absolute = (feeds: OpCase["feeds"]): Map<string, Tensor> =>
  new Map([...feeds].map(([key, tensor]) => [key, tensor.dtype === "f32" ? { ...tensor, data: tensor.data.map(Math.abs) } : tensor]));

const largest = (feeds: OpCase["feeds"]): Float64Array => {
  const [a, b] = [...feeds.values()];
  return a.data.map((value, i) => Math.max(Math.abs(value), Math.abs(b.data[i])));
};
