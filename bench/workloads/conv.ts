/** Convolutions as they stand in ResNet-50 and MobileNet, and the two gradients of the 3x3. */
import { conv2d, conv2dInputGrad, conv2dWeightGrad } from "../../src/graph/index.ts";
import type { GoalName } from "../goals.ts";
import { DEPTHWISE, FILTER, IMAGE } from "../tensors.ts";
import type { Workload } from "../workload.ts";

interface Size {
  readonly C: number;
  readonly K: number;
  /** Of the square image and of the square kernel. */
  readonly H: number;
  readonly R: number;
  readonly stride?: number;
}

/** Zeros on both sides in both axes, as PyTorch pads; in the words of both peers. */
const around = (padding: number) => {
  const sides: [number, number] = [padding, padding];
  return { tfjs: [[0, 0], sides, sides, [0, 0]] as [[0, 0], typeof sides, typeof sides, [0, 0]], jax: [sides, sides] };
};

function forward(name: string, goal: GoalName, { C, K, H, R, stride = 1 }: Size): Workload {
  const padding = (R - 1) / 2;
  const pad = around(padding);
  return {
    name,
    goal,
    flops: 2 * K * C * R * R * (H / stride) ** 2,
    tensors: () => ({ x: { shape: [1, C, H, H], layout: IMAGE }, w: { shape: [K, C, R, R], layout: FILTER } }),
    layouts: { y: IMAGE },
    ours: ({ x, w }) => ({ outputs: { y: conv2d(x, w, { stride, padding }) } }),
    tfjs:
      (tf, { x, w }) =>
      () => ({ y: tf.conv2d(x, w, stride, pad.tfjs) }),
    jax({ jit, lax }, { x, w }) {
      const f = jit((image: typeof x, weights: typeof w) => lax.convGeneralDilated(image, weights, [stride, stride], pad.jax));
      return () => ({ y: f(x.ref, w.ref) });
    },
  };
}

function depthwise(name: string, { C, H, R }: Omit<Size, "K">): Workload {
  const padding = (R - 1) / 2;
  const pad = around(padding);
  return {
    name,
    goal: "memory-bound",
    bytes: 4 * (2 * C * H * H + C * R * R),
    tensors: () => ({ x: { shape: [1, C, H, H], layout: IMAGE }, w: { shape: [C, 1, R, R], layout: DEPTHWISE } }),
    layouts: { y: IMAGE },
    ours: ({ x, w }) => ({ outputs: { y: conv2d(x, w, { padding, groups: C }) } }),
    tfjs:
      (tf, { x, w }) =>
      () => ({ y: tf.depthwiseConv2d(x, w, 1, "same") }),
    jax({ jit, lax }, { x, w }) {
      const options = { featureGroupCount: C };
      const f = jit((image: typeof x, weights: typeof w) => lax.convGeneralDilated(image, weights, [1, 1], pad.jax, options));
      return () => ({ y: f(x.ref, w.ref) });
    },
  };
}

/** Both gradients of a stride-1 convolution that keeps the size: what a training step spends its time on. */
function gradients({ C, K, H, R }: Size): Workload[] {
  const padding = (R - 1) / 2;
  const pad = around(padding);
  const image = { shape: [1, C, H, H], layout: IMAGE };
  const weights = { shape: [K, C, R, R], layout: FILTER };
  const dy = { shape: [1, K, H, H], layout: IMAGE };
  const common = { goal: "convolution gradient", flops: 2 * K * C * R * R * H * H } as const;
  return [
    {
      ...common,
      name: "conv 3x3 weight gradient",
      tensors: () => ({ x: image, w: weights, dy }),
      layouts: { dw: FILTER },
      ours: ({ x, dy }) => ({ outputs: { dw: conv2dWeightGrad(x, dy, { padding, kernelSize: [R, R] }) } }),
      tfjs(tf, { x, w, dy }) {
        const gradient = tf.grad((filter) => tf.conv2d(x, filter, 1, "same"));
        return () => ({ dw: gradient(w, dy) });
      },
      jax({ jit, grad, lax }, { x, w, dy }) {
        const inner = (filter: typeof w, image: typeof x, seed: typeof dy) =>
          lax.convGeneralDilated(image, filter, [1, 1], pad.jax).mul(seed).sum();
        const f = jit((filter: typeof w, image: typeof x, seed: typeof dy) => grad(inner)(filter, image, seed));
        return () => ({ dw: f(w.ref, x.ref, dy.ref) });
      },
    },
    {
      ...common,
      name: "conv 3x3 input gradient",
      tensors: () => ({ x: image, w: weights, dy }),
      layouts: { dx: IMAGE },
      ours: ({ w, dy }) => ({ outputs: { dx: conv2dInputGrad(dy, w, { padding, inputSize: [H, H] }) } }),
      tfjs(tf, { x, w, dy }) {
        const gradient = tf.grad((image) => tf.conv2d(image, w, 1, "same"));
        return () => ({ dx: gradient(x, dy) });
      },
      jax({ jit, grad, lax }, { x, w, dy }) {
        const inner = (image: typeof x, filter: typeof w, seed: typeof dy) =>
          lax.convGeneralDilated(image, filter, [1, 1], pad.jax).mul(seed).sum();
        const f = jit((image: typeof x, filter: typeof w, seed: typeof dy) => grad(inner)(image, filter, seed));
        return () => ({ dx: f(x.ref, w.ref, dy.ref) });
      },
    },
  ];
}

export const convolutions: readonly Workload[] = [
  forward("conv 3x3 64->64 at 56", "large product", { C: 64, K: 64, H: 56, R: 3 }),
  ...gradients({ C: 64, K: 64, H: 56, R: 3 }),
  forward("conv 1x1 256->64 at 56", "product", { C: 256, K: 64, H: 56, R: 1 }),
  forward("conv 7x7 stem 3->64 at 224", "product", { C: 3, K: 64, H: 224, R: 7, stride: 2 }),
  depthwise("depthwise 3x3 128 at 56", { C: 128, H: 56, R: 3 }),
];
