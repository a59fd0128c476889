/** From TensorFlow's names and layouts to PyTorch's: convolution weights [R, S, C, K] -> [K, C, R, S], linear ones [in, out] -> [out, in]. */

import { UserError } from "./errors.ts";
import type { Tensors } from "./safetensors.ts";
import type { FileTensor } from "./tensor.ts";

/** The axes in another order: extent i of the result is extent order[i] of the argument. F32 only. */
export function permute({ shape, data }: FileTensor, order: readonly number[]): FileTensor {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const extents = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const out = new Float32Array(data.length);
  const index = extents.map(() => 0);
  for (let at = 0, from = 0; at < out.length; at += 1) {
    out[at] = Number(data[from]);
    for (let axis = extents.length - 1; axis >= 0; axis -= 1) {
      index[axis] += 1;
      from += steps[axis];
      if (index[axis] < extents[axis]) break;
      from -= extents[axis] * steps[axis];
      index[axis] = 0;
    }
  }
  return { dtype: "F32", shape: extents, data: out };
}

/** What the last part of a TensorFlow name becomes, by the tensor's rank. */
function renamed(stem: string, last: string, tensor: FileTensor, hasDepthwise: boolean): readonly [string, FileTensor] {
  const rank = tensor.shape.length;
  const key = (name: string): string => [stem, name].filter((part) => part !== "").join(".");
  if (last === "depthwise_filter" && rank === 4) return [key("depthwise.weight"), depthwise(tensor)];
  if (last === "depthwise_weights" && rank === 4) return [key("weight"), depthwise(tensor)];
  if (last === "pointwise_filter" && rank === 4) return [key("pointwise.weight"), permute(tensor, [3, 2, 0, 1])];
  if (rank === 4) return [key("weight"), permute(tensor, [3, 2, 0, 1])];
  if (rank === 2) return [key(last === "weights" ? "weight" : `${last}.weight`), permute(tensor, [1, 0])];
  if (last === "bias" && hasDepthwise) return [key("pointwise.bias"), tensor];
  return [key(Object.hasOwn(VECTORS, last) ? VECTORS[last] : last), tensor];
}

/** [R, S, C, M] -> [C M, 1, R, S]; output channel c M + m. */
function depthwise(tensor: FileTensor): FileTensor {
  const [R, S, C, M] = tensor.shape;
  return { ...permute(tensor, [2, 3, 0, 1]), shape: [C * M, 1, R, S] };
}

const VECTORS: Readonly<Record<string, string>> = {
  weights: "weight",
  biases: "bias",
  convolution_bn_offset: "bias",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};

/**
 * The tensors of a TensorFlow.js network under PyTorch's keys: `dense0/conv1/depthwise_filter` becomes `dense0.conv1.depthwise.weight`,
 * `fc/weights` becomes `fc.weight`. Biases and scales keep their numbers.
 */
export function fromTensorFlow(tensors: Tensors, where: string): Tensors {
  const names = new Set(Object.keys(tensors));
  const out = new Map<string, FileTensor>();
  for (const [name, tensor] of Object.entries(tensors)) {
    const parts = name.split("/");
    const last = parts.pop() ?? "";
    const [key, moved] = renamed(parts.join("."), last, tensor, names.has([...parts, "depthwise_filter"].join("/")));
    if (out.has(key)) throw new UserError(`${where}: two of its tensors would be called ${key}`);
    out.set(key, moved);
  }
  return Object.fromEntries(out);
}
