/** Max pooling, 3x3 with stride 2 as after ResNet's stem, and its gradient. */
import { grad, maxPool2d, mul, sum } from "../../src/graph/index.ts";
import type { JaxApi, JaxArray } from "../libraries/jax-api.ts";
import { IMAGE } from "../tensors.ts";
import type { Workload } from "../workload.ts";

const [C, H] = [64, 112];
/** Positive, so that the zeros with which jax-js pads never win. */
const image = { shape: [1, C, H, H], offset: 2, layout: IMAGE };
const dy = { shape: [1, C, H / 2, H / 2], layout: IMAGE };
const WINDOW = { kernelSize: 3, stride: 2, padding: 1 };

/** x [N, C, H, W] -> [N, C, H/2, W/2] */
export const jaxMaxPool = ({ lax, numpy: np }: JaxApi, x: JaxArray): JaxArray => {
  const padded = np.pad(x, [
    [0, 0],
    [0, 0],
    [1, 1],
    [1, 1],
  ]);
  return lax.reduceWindow(padded, np.max, [3, 3], [2, 2]);
};

export const pooling: readonly Workload[] = [
  {
    name: "max pool 3x3/2, 64 at 112",
    goal: "memory-bound",
    bytes: 4 * (C * H * H + (C * H * H) / 4),
    tensors: () => ({ x: image }),
    layouts: { y: IMAGE },
    ours: ({ x }) => ({ outputs: { y: maxPool2d(x, WINDOW) } }),
    tfjs:
      (tf, { x }) =>
      () => ({ y: tf.maxPool(x, 3, 2, 1) }),
    jax(jax, { x }) {
      const f = jax.jit((input: JaxArray) => jaxMaxPool(jax, input));
      return () => ({ y: f(x.ref) });
    },
  },
  {
    name: "max pool gradient",
    goal: "memory-bound",
    bytes: 4 * (2 * C * H * H + (C * H * H) / 4),
    tensors: () => ({ x: image, dy }),
    layouts: { dx: IMAGE },
    ours: ({ x, dy }) => ({ outputs: { dx: grad(sum(mul(maxPool2d(x, WINDOW), dy)), [x])[0] } }),
    tfjs(tf, { x, dy }) {
      const gradient = tf.grad((input) => tf.maxPool(input, 3, 2, 1));
      return () => ({ dx: gradient(x, dy) });
    },
    jax(jax, { x, dy }) {
      const inner = (input: JaxArray, seed: JaxArray) => jaxMaxPool(jax, input).mul(seed).sum();
      const f = jax.jit((input: JaxArray, seed: JaxArray) => jax.grad(inner)(input, seed));
      return () => ({ dx: f(x.ref, dy.ref) });
    },
  },
];
