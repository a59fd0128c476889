/** Matrix products: square ones, a tall one as im2col makes it, a batch of small ones. */
import { matmul } from "../../src/graph/index.ts";
import type { GoalName } from "../goals.ts";
import type { Workload } from "../workload.ts";

/** [..., M, K] x [..., K, N] */
function product(name: string, goal: GoalName, [M, K, N]: readonly [number, number, number], batch: readonly number[] = []): Workload {
  const count = batch.reduce((a, b) => a * b, 1);
  return {
    name,
    goal,
    flops: 2 * count * M * K * N,
    tensors: () => ({ a: { shape: [...batch, M, K] }, b: { shape: [...batch, K, N] } }),
    ours: ({ a, b }) => ({ outputs: { y: matmul(a, b) } }),
    tfjs:
      (tf, { a, b }) =>
      () => ({ y: tf.matMul(a, b) }),
    jax({ jit, numpy: np }, { a, b }) {
      const f = jit(np.matmul);
      return () => ({ y: f(a.ref, b.ref) });
    },
  };
}

export const matmuls: readonly Workload[] = [
  product("matmul 512", "product", [512, 512, 512]),
  product("matmul 1024", "large product", [1024, 1024, 1024]),
  product("matmul tall 12544x147x64", "product", [12544, 147, 64]),
  product("matmul batched 24x(197x64x197)", "product", [197, 64, 197], [24]),
];
