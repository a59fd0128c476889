/**
 * A training step of the thesis' set classifier (src/studies/mil/): LeNet describes each digit, a bidirectional LSTM reads the bag, one
 * number per bag. 8 bags of 8 to 12 digits, 500 features, 500 hidden units per direction; Adam; no dropout, so that it can be compared.
 */
import { grad, input, type Node } from "../../src/graph/index.ts";
import { adam, bceWithLogits, createParams, inference, pairs } from "../../src/models/index.ts";
import { scoreBags } from "../../src/studies/mil/model.ts";
import type { JaxApi, JaxArray } from "../libraries/jax-api.ts";
import type { TfApi, TfTensor } from "../libraries/tfjs-api.ts";
import { modelTensors } from "../model-tensors.ts";
import { FILTER, flattened, IMAGE, type Specs } from "../tensors.ts";
import type { Named, Workload } from "../workload.ts";
import { jaxLenet, LINEAR1, tfLenet } from "./lenet.ts";
import { compared, EPSILON, jaxAdam, TOLERANCE, tfStep } from "./peer-training.ts";

const LENGTHS = Int32Array.of(10, 9, 11, 10, 8, 12, 10, 10);
const BAGS = LENGTHS.length;
const STEPS = Math.max(...LENGTHS);
const DIGITS = LENGTHS.reduce((a, b) => a + b, 0);
const [FEATURES, HIDDEN] = [500, 500];
const CONFIG = { method: "lstm", channels1: 20, channels2: 50, features: FEATURES, hidden: HIDDEN, attention: 128, dropout: 0 } as const;
const SETTINGS = { rate: 5e-4, compared: ["feature_extractor_part1.0.weight", "prediction.bias"] };
/** As every MNIST recipe normalises. */
const [MEAN, SCALE] = [255 * 0.1307, 1 / (255 * 0.3081)];
const FORWARD =
  2 * DIGITS * (20 * 25 * 24 * 24 + 50 * 20 * 25 * 8 * 8 + 800 * FEATURES) +
  2 * 2 * 4 * HIDDEN * (BAGS * STEPS * FEATURES + BAGS * (STEPS - 1) * HIDDEN);

/** [bags, steps]: which digit; -1 where the bag has none. */
const INDEX = Int32Array.from({ length: BAGS * STEPS }, (_, i) => {
  const [bag, step] = [Math.floor(i / STEPS), i % STEPS];
  return step < LENGTHS[bag] ? LENGTHS.slice(0, bag).reduce((a, b) => a + b, 0) + step : -1;
});

function ours(pixels: Node, index: Node, lengths: Node) {
  const p = createParams();
  return { p, scores: scoreBags(p, { pixels, index, lengths }, CONFIG, inference) };
}

function tensors(): Specs {
  const [pixels, index] = [
    [DIGITS, 1, 28, 28],
    [BAGS, STEPS],
  ];
  const { p } = ours(input("pixels", pixels), input("index", index, "i32"), input("lengths", [BAGS], "i32"));
  return {
    pixels: { shape: pixels, offset: 127.5, scale: 127.5, layout: IMAGE },
    labels: { shape: [BAGS], values: Float32Array.from(LENGTHS, (_, bag) => bag % 2) },
    index: { shape: index, values: INDEX },
    lengths: { shape: [BAGS], values: LENGTHS },
    // Both peers take the digits in the order of the steps, and where there is none any digit: the mask leaves it out.
    order: { shape: [STEPS * BAGS], values: Int32Array.from({ length: STEPS * BAGS }, (_, i) => Math.max(0, INDEX[at(i)])) },
    mask: { shape: [STEPS, BAGS, 1], values: Float32Array.from({ length: STEPS * BAGS }, (_, i) => (INDEX[at(i)] < 0 ? 0 : 1)) },
    ...modelTensors(p, { [`${LINEAR1}.weight`]: flattened(FEATURES, 50, 4, 4), ...LSTM_LAYOUTS }),
  };
}

/**
 * tfjs keeps the LSTM's weights as [4 H, in], like PyTorch: the other way round, the gradient by the state is a product over 2000 with a
 * transposed factor, which tfjs 4.22 gets wrong (its MatMulSplitKProgram, from 2000 on).
 */
const LSTM_LAYOUTS = Object.fromEntries(
  ["weight_ih_l0", "weight_hh_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse"].map((name) => [`lstm.${name}`, { jax: [1, 0] }]),
);

/** Step-major -> bag-major. */
const at = (i: number): number => (i % BAGS) * STEPS + Math.floor(i / BAGS);

const ORDERS = [
  ["", Array.from({ length: STEPS }, (_, t) => t)],
  ["_reverse", Array.from({ length: STEPS }, (_, t) => STEPS - 1 - t)],
] as const;

/** [BAGS, HIDDEN] each. The first step has none: its product with h = 0 is left out, as ours is. */
interface State<T> {
  readonly h: T;
  readonly c: T;
}

/** digits [STEPS * BAGS, FEATURES] -> the final h of both directions [BAGS, 2 HIDDEN]. Gates (i, f, g, o), as PyTorch. */
function tfLstm(tf: TfApi, w: Named<TfTensor>, digits: TfTensor, mask: TfTensor): TfTensor {
  const present = tf.unstack(mask, 0);
  const ends = ORDERS.map(([suffix, order]) => {
    const part = (name: string): TfTensor => w[`lstm.${name}_l0${suffix}`];
    const projected = tf.add(tf.matMul(digits, part("weight_ih"), false, true), tf.add(part("bias_ih"), part("bias_hh")));
    const rows = tf.unstack(tf.reshape(projected, [STEPS, BAGS, 4 * HIDDEN]), 0);
    const next = (state: State<TfTensor> | undefined, t: number): State<TfTensor> => {
      const keep = (fresh: TfTensor, old: TfTensor | undefined): TfTensor =>
        old ? tf.add(old, tf.mul(present[t], tf.sub(fresh, old))) : tf.mul(present[t], fresh);
      const gates: TfTensor = state ? tf.add(rows[t], tf.matMul(state.h, part("weight_hh"), false, true)) : rows[t];
      const [i, f, g, o] = tf.split(gates, 4, 1);
      const fresh = tf.mul(tf.sigmoid(i), tf.tanh(g));
      const c = keep(state ? tf.add(tf.mul(tf.sigmoid(f), state.c), fresh) : fresh, state?.c);
      return { c, h: keep(tf.mul(tf.sigmoid(o), tf.tanh(c)), state?.h) };
    };
    return order.reduce<State<TfTensor> | undefined>(next, undefined)?.h as TfTensor;
  });
  return tf.concat(ends, 1);
}

function jaxLstm({ nn, numpy: np }: JaxApi, w: Named<JaxArray>, digits: JaxArray, mask: JaxArray): JaxArray {
  const ends = ORDERS.map(([suffix, order]) => {
    const part = (name: string): JaxArray => w[`lstm.${name}_l0${suffix}`].ref;
    const rows = np
      .matmul(digits.ref, part("weight_ih"))
      .add(part("bias_ih").add(part("bias_hh")))
      .reshape([STEPS, BAGS, 4 * HIDDEN]);
    const next = (state: State<JaxArray> | undefined, t: number): State<JaxArray> => {
      const present = mask.ref.slice(t);
      const keep = (fresh: JaxArray, old: JaxArray | undefined): JaxArray =>
        old ? old.ref.add(present.ref.mul(fresh.sub(old))) : present.ref.mul(fresh);
      const row = rows.ref.slice(t);
      const gates: JaxArray = state ? row.add(np.matmul(state.h.ref, part("weight_hh"))) : row;
      const [i, f, g, o] = np.split(gates, 4, 1);
      const fresh = nn.sigmoid(i).mul(np.tanh(g));
      const c = keep(state ? nn.sigmoid(f).mul(state.c.ref).add(fresh) : fresh, state?.c);
      return { c, h: keep(nn.sigmoid(o).mul(np.tanh(c.ref)), state?.h) };
    };
    return order.reduce<State<JaxArray> | undefined>(next, undefined)?.h as JaxArray;
  });
  return np.concatenate(ends, 1);
}

const step: Workload = {
  name: "MIL bi-LSTM training step, 8 bags",
  goal: "training",
  flops: 3 * FORWARD,
  tensors,
  tolerance: TOLERANCE,
  layouts: { "feature_extractor_part1.0.weight": FILTER },
  ours({ pixels, index, lengths, labels }) {
    const { p, scores } = ours(pixels, index, lengths);
    const loss = bceWithLogits(scores, labels);
    const weights = p.trainable();
    const updates = adam(pairs(weights, grad(loss, weights)), { lr: SETTINGS.rate, eps: EPSILON });
    return { outputs: { loss, ...compared(updates, SETTINGS) }, updates };
  },
  tfjs: (tf, { pixels, labels, index: _, lengths: __, order, mask, ...initial }) =>
    tfStep(tf, initial, SETTINGS, (w) => {
      const features = tfLenet(tf, w, tf.mul(tf.sub(pixels, MEAN), SCALE));
      const code = tfLstm(tf, w, tf.gather(features, order, 0), mask);
      const scores = tf.reshape(tf.add(tf.matMul(code, w["prediction.weight"]), w["prediction.bias"]), [BAGS]);
      return tf.mean(tf.sub(tf.softplus(scores), tf.mul(scores, labels)));
    }),
  jax(jax, { pixels, labels, index: _, lengths: __, order, mask, ...initial }) {
    const { nn, numpy: np } = jax;
    const loss = (w: Named<JaxArray>, data: Named<JaxArray>): JaxArray => {
      const features = jaxLenet(jax, w, data.pixels.sub(MEAN).mul(SCALE));
      const code = jaxLstm(jax, w, np.take(features, data.order, 0), data.mask);
      const scores = np.matmul(code, w["prediction.weight"].ref).add(w["prediction.bias"].ref).reshape([BAGS]);
      return nn.softplus(scores.ref).sub(scores.mul(data.labels)).mean();
    };
    return jaxAdam(jax, initial, { pixels, labels, order, mask }, SETTINGS, loss);
  },
};

export const mils: readonly Workload[] = [step];
