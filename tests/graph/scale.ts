/** How large the summands of an op's result are: rounding errors are relative to them, not to what is left after they cancel. */
import { evaluate, OPS, type OpName, type Tensor } from "../../src/graph/index.ts";
import type { OpCase } from "./arbitraries.ts";

const SUMS: ReadonlySet<OpName> = new Set([
  "add",
  "sum",
  "matmul",
  "conv2d",
  "conv2dInputGrad",
  "conv2dWeightGrad",
  "maxUnpool",
  "scatterAdd",
]);

/** For each element of the result the allowed error of an f32 engine: tolerance * max(1, |reference|, sum of the summands' sizes). */
export function allowedErrors({ node, feeds }: OpCase): Float64Array {
  const { tolerance } = OPS[node.op];
  const [exact] = evaluate([node], feeds);
  const sizes = SUMS.has(node.op) ? evaluate([node], absolute(feeds))[0].data : node.op === "sub" ? largest(feeds) : exact.data;
  return exact.data.map((value, i) => (node.dtype === "i32" ? 0 : tolerance * Math.max(1, Math.abs(value), Math.abs(sizes[i]))));
}

/** Every f32 input without its signs; indices stay as they are. */
const absolute = (feeds: OpCase["feeds"]): Map<string, Tensor> =>
  new Map([...feeds].map(([key, tensor]) => [key, tensor.dtype === "f32" ? { ...tensor, data: tensor.data.map(Math.abs) } : tensor]));

const largest = (feeds: OpCase["feeds"]): Float64Array => {
  const [a, b] = [...feeds.values()];
  return a.data.map((value, i) => Math.max(Math.abs(value), Math.abs(b.data[i])));
};
