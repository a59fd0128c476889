/** A training step with Adam in each peer: tfjs has an optimizer, jax-js a gradient to which the formula is written here. */
import type { Node, Update } from "../../src/graph/index.ts";
import { pathOf } from "../../src/models/index.ts";
import type { JaxApi, JaxArray } from "../libraries/jax-api.ts";
import type { TfApi, TfTensor, TfVariable } from "../libraries/tfjs-api.ts";
import type { Named } from "../workload.ts";

export interface AdamSettings {
  readonly rate: number;
  readonly betas?: readonly [number, number];
  /** Weights that the step gives back after it, under their names. */
  readonly compared: readonly string[];
}

/** Adam's, in all three: large, so that a weight after one step is a smooth function of its gradient, not its sign, and can be compared. */
export const EPSILON = 1e-3;
/** A hundredth of what a step changes. */
export const TOLERANCE = 1e-5;

/** Of our own step: the new values of the weights to compare, as outputs. */
export const compared = (updates: readonly Update[], { compared: names }: Pick<AdamSettings, "compared">): Named<Node> =>
  Object.fromEntries(updates.flatMap(([weight, next]) => (names.includes(pathOf(weight)) ? [[pathOf(weight), next]] : [])));

/** `loss` is called inside the optimizer, with variables for the initial weights. */
export function tfStep(
  tf: TfApi,
  initial: Named<TfTensor>,
  { rate, betas = [0.9, 0.999], compared: names }: AdamSettings,
  loss: (weights: Named<TfVariable>) => TfTensor,
): () => Named<TfTensor> {
  const weights = Object.fromEntries(Object.entries(initial).map(([name, value]) => [name, tf.variable(value)]));
  for (const value of Object.values(initial)) value.dispose();
  const optimizer = tf.train.adam(rate, betas[0], betas[1], EPSILON);
  return () => ({
    loss: optimizer.minimize(() => loss(weights), true),
    ...Object.fromEntries(names.map((name) => [name, tf.clone(weights[name])])),
  });
}

type Weights = Named<JaxArray>;

/** The whole step is one jitted function, as ours is one program. `loss` takes `.ref` of what it uses. */
export function jaxAdam(
  jax: JaxApi,
  initial: Weights,
  data: Named<JaxArray>,
  { rate, betas: [beta1, beta2] = [0.9, 0.999], compared: names }: AdamSettings,
  loss: (weights: Weights, data: Named<JaxArray>) => JaxArray,
): () => Named<JaxArray> {
  const { tree, numpy: np } = jax;
  const zeros = (): Weights => tree.map((w) => np.zerosLike(w.ref), initial);
  const one = (): JaxArray => np.array(Float32Array.of(1), { shape: [], dtype: np.float32 });
  /** betas: their powers, of the number of steps. */
  let state = { weights: initial, mean: zeros(), squares: zeros(), betas: { first: one(), second: one() } };
  const step = jax.jit((before: typeof state, inputs: Named<JaxArray>) => {
    const [value, gradients] = jax.valueAndGrad(loss)(tree.ref(before.weights), inputs);
    const betas = { first: before.betas.first.mul(beta1), second: before.betas.second.mul(beta2) };
    const mean = tree.map((m, g) => m.mul(beta1).add(g.mul(1 - beta1)), before.mean, tree.ref(gradients));
    const squares = tree.map((v, g) => v.mul(beta2).add(np.square(g).mul(1 - beta2)), before.squares, gradients);
    const weights = tree.map(
      (w, m, v) => {
        const [unbiased, scale] = [m.div(betas.first.ref.mul(-1).add(1)), v.div(betas.second.ref.mul(-1).add(1))];
        return w.sub(unbiased.mul(rate).div(np.sqrt(scale).add(EPSILON)));
      },
      before.weights,
      tree.ref(mean),
      tree.ref(squares),
    );
    return { value, state: { weights, mean, squares, betas } };
  });
  return () => {
    const { value, state: next } = step(state, tree.ref(data));
    state = next;
    return { loss: value, ...Object.fromEntries(names.map((name) => [name, next.weights[name].ref])) };
  };
}
