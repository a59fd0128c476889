/** Keras' layers under PyTorch's names: which key, which shape, and the numbers where the layer's own definition has them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fromTensorFlow } from "../../src/data/tensors/tensorflow.ts";
import type { FileTensor } from "../../src/data/tensors/tensor.ts";
import { refused } from "./helpers.ts";

const counting = (...shape: number[]): FileTensor => {
  const count = shape.reduce((product, extent) => product * extent, 1);
  return { dtype: "F32", shape, data: Float32Array.from({ length: count }, (_, i) => i) };
};
const shapes = (tensors: Readonly<Record<string, FileTensor>>) =>
  Object.fromEntries(Object.entries(tensors).map(([key, { shape }]) => [key, shape.join()]));
const convert = (tensors: Readonly<Record<string, FileTensor>>) => fromTensorFlow(tensors, "m");

/** Element at `index` of a tensor in C order. */
const at = ({ shape, data }: FileTensor, index: readonly number[]): number =>
  Number(data[index.reduce((flat, i, axis) => flat * shape[axis] + i, 0)]);

function everyIndex(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>((all, extent) => all.flatMap((head) => Array.from({ length: extent }, (_, i) => [...head, i])), [[]]);
}

test("keys and shapes of Keras' layers", () => {
  const found = convert({
    "conv2d/kernel": counting(3, 2, 4, 5),
    "conv2d/bias": counting(5),
    "conv1d/kernel": counting(7, 4, 6),
    "conv3d/kernel": counting(2, 3, 4, 5, 6),
    "conv2d_transpose/kernel": counting(3, 3, 5, 4),
    "depthwise_conv2d/depthwise_kernel": counting(3, 2, 4, 2),
    "depthwise_conv2d/bias": counting(8),
    "depthwise_conv2d_1/kernel": counting(3, 2, 4, 1),
    "separable_conv2d/depthwise_kernel": counting(3, 3, 4, 2),
    "separable_conv2d/pointwise_kernel": counting(1, 1, 8, 5),
    "separable_conv2d/bias": counting(5),
    "separable_conv1d/depthwise_kernel": counting(3, 4, 2),
    "separable_conv1d/pointwise_kernel": counting(1, 8, 5),
    "block/dense/kernel:0": counting(4, 3),
    "block/dense/bias:0": counting(3),
    "head/value/kernel": counting(4, 1),
    "embedding/embeddings": counting(10, 4),
    "bn/gamma": counting(3),
    "bn/beta": counting(3),
    "bn/moving_mean": counting(3),
    "bn/moving_variance": counting(3),
  });
  assert.equal(shapes(found), {
    "conv2d.weight": "5,4,3,2",
    "conv2d.bias": "5",
    "conv1d.weight": "6,4,7",
    "conv3d.weight": "6,5,2,3,4",
    "conv2d_transpose.weight": "4,5,3,3",
    "depthwise_conv2d.weight": "8,1,3,2",
    "depthwise_conv2d.bias": "8",
    "depthwise_conv2d_1.weight": "4,1,3,2",
    "separable_conv2d.depthwise.weight": "8,1,3,3",
    "separable_conv2d.pointwise.weight": "5,8,1,1",
    "separable_conv2d.pointwise.bias": "5",
    "separable_conv1d.depthwise.weight": "8,1,3",
    "separable_conv1d.pointwise.weight": "5,8,1",
    "block.dense.weight": "3,4",
    "block.dense.bias": "3",
    "head.value.weight": "1,4",
    "embedding.weight": "10,4",
    "bn.weight": "3",
    "bn.bias": "3",
    "bn.running_mean": "3",
    "bn.running_var": "3",
  });
  assert.equal(found["embedding.weight"].data, counting(10, 4).data);
});

test("the numbers are where PyTorch looks for them", () => {
  const kernel = counting(3, 2, 4, 5);
  const { "c.weight": conv } = convert({ "c/kernel": kernel });
  for (const [k, c, r, s] of everyIndex(conv.shape)) assert.is(at(conv, [k, c, r, s]), at(kernel, [r, s, c, k]));
  const line = counting(7, 4, 6);
  const { "c.weight": conv1 } = convert({ "c/kernel": line });
  for (const [k, c, r] of everyIndex(conv1.shape)) assert.is(at(conv1, [k, c, r]), at(line, [r, c, k]));
  const dense = counting(4, 3);
  const { "d.weight": linear } = convert({ "d/kernel": dense });
  for (const [out, into] of everyIndex(linear.shape)) assert.is(at(linear, [out, into]), at(dense, [into, out]));
  // Keras: output channel c M + m of a depthwise convolution is channel c with multiplier m.
  for (const M of [1, 2]) {
    const deep = counting(3, 2, 4, M);
    const { "d.weight": weight } = convert({ "d/depthwise_kernel": deep });
    for (const [k, , r, s] of everyIndex(weight.shape)) assert.is(at(weight, [k, 0, r, s]), at(deep, [r, s, Math.floor(k / M), k % M]));
    const deep1 = counting(3, 4, M);
    const { "d.weight": weight1 } = convert({ "d/depthwise_kernel": deep1 });
    for (const [k, , r] of everyIndex(weight1.shape)) assert.is(at(weight1, [k, 0, r]), at(deep1, [r, Math.floor(k / M), k % M]));
  }
});

test("what cannot be told is refused by its name", () => {
  for (const [tensors, name] of [
    [{ "lstm/kernel": counting(4, 8), "lstm/recurrent_kernel": counting(2, 8), "lstm/bias": counting(8) }, "lstm/kernel"],
    [{ "lstm/recurrent_kernel": counting(2, 8) }, "lstm/recurrent_kernel"],
    [{ "attention/query/kernel": counting(4, 2, 3) }, "attention/query/kernel"],
    [{ "attention/query/bias": counting(2, 3) }, "attention/query/bias"],
    [{ "p_re_lu/alpha": counting(1, 1, 3) }, "p_re_lu/alpha"],
    [{ "Adam/conv2d/kernel/m": counting(3, 3, 2, 2) }, "Adam/conv2d/kernel/m"],
    [{ "model/conv/Conv2D/ReadVariableOp": counting(3, 3, 2, 2) }, "model/conv/Conv2D/ReadVariableOp"],
    [{ "dense/embeddings": counting(3) }, "dense/embeddings"],
    [{ "c/depthwise_kernel": counting(3, 3) }, "c/depthwise_kernel"],
    [{ "c/gamma": counting(3, 3) }, "c/gamma"],
    [{ iterations: counting() }, "iterations"],
    [{ "x/toString": counting(2) }, "x/toString"],
  ] as const)
    refused(() => convert(tensors), new RegExp(`^m: "${name}" \\[.*\\] is no variable of a layer whose layout is known$`));
  refused(() => convert({ "a/kernel": counting(2, 2), "a/weights": counting(2, 2) }), /two of its tensors would be called a\.weight/);
});

test.run();
