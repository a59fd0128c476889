/**
 * From TensorFlow's names and layouts to PyTorch's. What a tensor is follows from the last part of its name, as Keras' layers, TF-Slim and
 * the face networks call their variables; a name or a rank that is not known is refused by name, never guessed.
 */

import { quote, UserError } from "../errors.ts";
import type { Tensors } from "./safetensors.ts";
import { asFloat32, type FileTensor } from "./tensor.ts";

/** The axes in another order: extent i of the result is extent order[i] of the argument. Any element type becomes F32. */
export function permute(tensor: FileTensor, order: readonly number[]): FileTensor {
  const { shape } = tensor;
  const data = asFloat32(tensor);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
  const extents = order.map((axis) => shape[axis]);
  const steps = order.map((axis) => strides[axis]);
  const out = new Float32Array(data.length);
  const index = extents.map(() => 0);
  for (let at = 0, from = 0; at < out.length; at += 1) {
    out[at] = data[from];
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

/** Linear [in, out] -> [out, in]; convolutions in 1, 2 or 3 dimensions [..., C, K] -> [K, C, ...], transposed ones [..., K, C] -> [C, K, ...]. */
function kernel(tensor: FileTensor): FileTensor {
  const last = tensor.shape.length - 1;
  return permute(tensor, [last, last - 1, ...Array.from({ length: last - 1 }, (_, axis) => axis)]);
}

/** [..., C, M] -> [C M, 1, ...]; output channel c M + m. */
function depthwise(tensor: FileTensor): FileTensor {
  const { shape } = tensor;
  const last = shape.length - 1;
  const moved = permute(tensor, [last - 1, last, ...Array.from({ length: last - 1 }, (_, axis) => axis)]);
  return { ...moved, shape: [shape[last - 1] * shape[last], 1, ...shape.slice(0, last - 1)] };
}

/** Vectors and scalars, which keep their numbers. */
const VECTORS: Readonly<Record<string, string>> = {
  weights: "weight",
  biases: "bias",
  bias: "bias",
  convolution_bn_offset: "bias",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};

/** Of a network's own, under its own name and with its own layout: the anchors of SSD. */
const AS_THEY_ARE = ["extra_dim"];

/** Dense and convolution layers' weights, by TF-Slim, face-api and Keras. */
const KERNELS = ["weights", "filters", "kernel"];
const DEPTHWISE = ["depthwise_filter", "depthwise_weights", "depthwise_kernel"];
const POINTWISE = ["pointwise_filter", "pointwise_kernel"];

/** Layers of Keras whose kernels have the ranks of others but mean something else: attention's [in, heads, size]. */
const ATTENTION = ["query", "key", "value", "attention_output"];

interface Name {
  /** Of the layer, with points. */
  readonly layer: string;
  readonly last: string;
  /** Whether the layer also has a variable of this name. */
  has(names: readonly string[]): boolean;
}

/** Key (below the layer) and tensor in PyTorch's layout; null where the name or the rank is not known. */
function converted({ layer, last, has }: Name, tensor: FileTensor): readonly [string, FileTensor] | null {
  const rank = tensor.shape.length;
  const parts = layer.split(".");
  const own = parts[parts.length - 1];
  if (AS_THEY_ARE.includes(last)) return [last, tensor];
  // A layer that is both depthwise and pointwise is two of PyTorch's, and its bias is the second one's.
  if (DEPTHWISE.includes(last)) {
    const separable = last === "depthwise_filter" || has(POINTWISE);
    return rank === 3 || rank === 4 ? [separable ? "depthwise.weight" : "weight", depthwise(tensor)] : null;
  }
  if (POINTWISE.includes(last)) return rank === 3 || rank === 4 ? ["pointwise.weight", kernel(tensor)] : null;
  if (KERNELS.includes(last) && rank >= 2) {
    if (rank > 5 || (rank === 3 && ATTENTION.includes(own)) || has(["recurrent_kernel"])) return null;
    // Keras 3 calls this one "kernel", too; only the layer's name tells it.
    return ["weight", last === "kernel" && rank > 2 && /depthwise/i.test(own) ? depthwise(tensor) : kernel(tensor)];
  }
  // Embeddings [count, size] are laid out alike.
  if (last === "embeddings" && rank === 2) return ["weight", tensor];
  if (rank > 1 || !Object.hasOwn(VECTORS, last)) return null;
  const second = last === "bias" && has(POINTWISE) && has(DEPTHWISE);
  return [second ? "pointwise.bias" : VECTORS[last], tensor];
}

/**
 * The tensors of a TensorFlow.js network under PyTorch's keys: `dense0/conv1/depthwise_filter` becomes `dense0.conv1.depthwise.weight`,
 * `conv2d_1/kernel` becomes `conv2d_1.weight`. A tensor that is a layer by itself (`fc`, of two axes) is that layer's weight. One that
 * cannot be told (recurrent layers, attention, optimizer's slots): UserError with its name.
 */
export function fromTensorFlow(tensors: Tensors, where: string): Tensors {
  const names = Object.keys(tensors).map((name) => name.replace(/:0$/, ""));
  const known = new Set(names);
  const out = new Map<string, FileTensor>();
  for (const [i, tensor] of Object.values(tensors).entries()) {
    const parts = names[i].split("/");
    const last = parts.pop() ?? "";
    const has = (wanted: readonly string[]): boolean => wanted.some((name) => known.has([...parts, name].join("/")));
    const alone = parts.length === 0 && tensor.shape.length === 2 && !KERNELS.includes(last) && last !== "embeddings";
    const found = alone ? ([`${last}.weight`, kernel(tensor)] as const) : converted({ layer: parts.join("."), last, has }, tensor);
    if (found === null)
      throw new UserError(`${where}: ${quote(names[i])} [${tensor.shape.join(", ")}] is no variable of a layer whose layout is known`);
    const key = [...parts, found[0]].join(".");
    if (out.has(key)) throw new UserError(`${where}: two of its tensors would be called ${key}`);
    out.set(key, found[1]);
  }
  return Object.fromEntries(out);
}
