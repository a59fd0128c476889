/** What moves bytes: a chain of elementwise operations, a softmax, reductions, each over four million values. */
import { add, mul, relu, softmax, sum, type Node } from "../../src/graph/index.ts";
import type { JaxApi, JaxArray } from "../libraries/jax-api.ts";
import type { TfApi, TfTensor } from "../libraries/tfjs-api.ts";
import type { Workload } from "../workload.ts";

const SIDE = 2048;
const VALUES = SIDE * SIDE;

interface Forms {
  readonly ours: (x: Node) => Node;
  readonly tfjs: (tf: TfApi, x: TfTensor) => TfTensor;
  readonly jax: (jax: JaxApi, x: JaxArray) => JaxArray;
}

/** y = f(x), x [2048, 2048]. `bytes`: what is read and written at least. */
const unary = (name: string, bytes: number, { ours, tfjs, jax }: Forms): Workload => ({
  name,
  goal: "memory-bound",
  bytes,
  tensors: () => ({ x: { shape: [SIDE, SIDE] } }),
  ours: ({ x }) => ({ outputs: { y: ours(x) } }),
  tfjs:
    (tf, { x }) =>
    () => ({ y: tfjs(tf, x) }),
  jax(api, { x }) {
    const f = api.jit((input: JaxArray) => jax(api, input));
    return () => ({ y: f(x.ref) });
  },
});

export const elementwise: readonly Workload[] = [
  unary("relu(x + 1) * 2, 4M", 2 * 4 * VALUES, {
    ours: (x) => mul(relu(add(x, 1)), 2),
    tfjs: (tf, x) => tf.mul(tf.relu(tf.add(x, 1)), 2),
    jax: ({ nn }, x) => nn.relu(x.add(1)).mul(2),
  }),
  unary("softmax of 2048 rows, 4M", 2 * 4 * VALUES, {
    ours: (x) => softmax(x, 1),
    tfjs: (tf, x) => tf.softmax(x, 1),
    jax: ({ nn }, x) => nn.softmax(x, 1),
  }),
  unary("sum of 2048 rows, 4M", 4 * VALUES, {
    ours: (x) => sum(x, 1),
    tfjs: (tf, x) => tf.sum(x, 1),
    jax: (_, x) => x.sum(1),
  }),
  unary("sum of everything, 4M", 4 * VALUES, {
    // Of the squares: a sum of numbers around 0 is mostly rounding, and could not be compared.
    ours: (x) => sum(mul(x, x)),
    tfjs: (tf, x) => tf.sum(tf.square(x)),
    jax: (_, x) => x.ref.mul(x).sum(),
  }),
];
