/** Batch norm as a training step uses it: normalised by the batch's own statistics, and its gradient by input, scale and shift. */
import { grad, mul, sum, type Node } from "../../src/graph/index.ts";
import { createParams, createTraining, nn } from "../../src/models/index.ts";
import type { JaxApi, JaxArray } from "../libraries/jax-api.ts";
import type { TfApi, TfTensor } from "../libraries/tfjs-api.ts";
import { IMAGE, type Specs } from "../tensors.ts";
import type { Workload } from "../workload.ts";

const [N, C, H] = [16, 64, 28];
const EPSILON = 1e-5;
const SIZE = N * C * H * H;

const tensors = (): Specs => ({
  x: { shape: [N, C, H, H], offset: 0.3, layout: IMAGE },
  "bn.weight": { shape: [C], offset: 1, scale: 0.2 },
  "bn.bias": { shape: [C] },
});

const ours = (x: Node) => {
  const p = createParams().at("bn");
  const y = nn.batchNorm(p, x, { training: createTraining(), track: false, eps: EPSILON });
  return { y, weights: p.trainable() };
};

function tfBatchNorm(tf: TfApi, x: TfTensor, scale: TfTensor, shift: TfTensor): TfTensor {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return tf.batchNorm(x, mean, variance, shift, scale, EPSILON);
}

/** scale, shift [C] */
export function jaxBatchNorm({ numpy: np }: JaxApi, x: JaxArray, scale: JaxArray, shift: JaxArray): JaxArray {
  const perChannel = (values: JaxArray): JaxArray => values.reshape([1, -1, 1, 1]);
  const centered = x.ref.sub(np.mean(x, [0, 2, 3], { keepdims: true }));
  const variance = np.mean(np.square(centered.ref), [0, 2, 3], { keepdims: true });
  return centered
    .div(np.sqrt(variance.add(EPSILON)))
    .mul(perChannel(scale))
    .add(perChannel(shift));
}

export const normalization: readonly Workload[] = [
  {
    name: "batch norm, training, 16x64 at 28",
    goal: "memory-bound",
    bytes: 2 * 4 * SIZE,
    tensors,
    layouts: { y: IMAGE },
    ours: ({ x }) => ({ outputs: { y: ours(x).y } }),
    tfjs:
      (tf, { x, "bn.weight": scale, "bn.bias": shift }) =>
      () => ({ y: tfBatchNorm(tf, x, scale, shift) }),
    jax(jax, { x, "bn.weight": scale, "bn.bias": shift }) {
      const f = jax.jit((input: JaxArray, a: JaxArray, b: JaxArray) => jaxBatchNorm(jax, input, a, b));
      return () => ({ y: f(x.ref, scale.ref, shift.ref) });
    },
  },
  {
    name: "batch norm gradient",
    goal: "memory-bound",
    bytes: 3 * 4 * SIZE,
    tensors: () => ({ ...tensors(), dy: { shape: [N, C, H, H], layout: IMAGE } }),
    layouts: { dx: IMAGE },
    ours({ x, dy }) {
      const { y, weights } = ours(x);
      const [dx, dscale, dshift] = grad(sum(mul(y, dy)), [x, ...weights]);
      return { outputs: { dx, dscale, dshift } };
    },
    tfjs(tf, { x, dy, "bn.weight": scale, "bn.bias": shift }) {
      const gradients = tf.grads((input, a, b) => tfBatchNorm(tf, input, a, b));
      return () => {
        const [dx, dscale, dshift] = gradients([x, scale, shift], dy);
        return { dx, dscale, dshift };
      };
    },
    jax(jax, { x, dy, "bn.weight": scale, "bn.bias": shift }) {
      type Inputs = { x: JaxArray; scale: JaxArray; shift: JaxArray };
      const inner = (v: Inputs, seed: JaxArray) => jaxBatchNorm(jax, v.x, v.scale, v.shift).mul(seed).sum();
      const f = jax.jit((v: Inputs, seed: JaxArray) => jax.grad(inner)(v, seed));
      return () => {
        const { x: dx, scale: dscale, shift: dshift } = f({ x: x.ref, scale: scale.ref, shift: shift.ref }, dy.ref);
        return { dx, dscale, dshift };
      };
    },
  },
];
