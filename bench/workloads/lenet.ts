/** A training step of LeNet on 32 digits: forward, backward, Adam. The step's loss and two of the weights that it leaves are compared. */
import { constant, grad, input, type Node } from "../../src/graph/index.ts";
import { adam, createParams, crossEntropy, lenet, nn, pairs } from "../../src/models/index.ts";
import type { JaxApi, JaxArray } from "../libraries/jax-api.ts";
import type { TfApi, TfTensor } from "../libraries/tfjs-api.ts";
import { modelTensors } from "../model-tensors.ts";
import { FILTER, flattened, IMAGE, type Specs } from "../tensors.ts";
import type { Named, Workload } from "../workload.ts";
import { compared, EPSILON, jaxAdam, TOLERANCE, tfStep } from "./peer-training.ts";

const BATCH = 32;
const CLASSES = 10;
const LABELS = Int32Array.from({ length: BATCH }, (_, i) => i % CLASSES);
const PIXELS = [BATCH, 1, 28, 28];
const FORWARD = 2 * BATCH * (20 * 25 * 24 * 24 + 50 * 20 * 25 * 8 * 8 + 800 * 500 + 500 * 10);
/** Where the parts are, as paths of weights. */
const [CONV1, CONV2] = ["feature_extractor_part1.0", "feature_extractor_part1.3"];
export const LINEAR1 = "feature_extractor_part2.0";
const LINEAR2 = "digit";
const SETTINGS = { rate: 1e-3, compared: [`${CONV1}.weight`, `${LINEAR2}.bias`] };

function ours(pixels: Node) {
  const p = createParams();
  const logits = nn.linear(p.at("digit"), lenet(p, pixels).global, { out: CLASSES });
  return { p, loss: crossEntropy(logits, constant(LABELS)) };
}

const tensors = (): Specs => ({
  pixels: { shape: PIXELS, layout: IMAGE },
  labels: { shape: [BATCH], values: LABELS },
  ...modelTensors(ours(input("pixels", PIXELS)).p, { [`${LINEAR1}.weight`]: flattened(500, 50, 4, 4) }),
});

/** [N, C, H, W] -> [N, C, H/2, W/2], the largest of each 2 x 2. */
function jaxHalve({ numpy: np }: JaxApi, x: JaxArray): JaxArray {
  const [N, C, H, W] = x.shape;
  return np.max(x.reshape([N, C, H / 2, 2, W / 2, 2]), [3, 5]);
}

/** LeNet's description of each digit: [N, 28, 28, 1] -> [N, 500]. */
export function tfLenet(tf: TfApi, w: Named<TfTensor>, pixels: TfTensor): TfTensor {
  const conv = (x: TfTensor, path: string): TfTensor =>
    tf.maxPool(tf.relu(tf.add(tf.conv2d(x, w[`${path}.weight`], 1, "valid"), w[`${path}.bias`])), 2, 2, "valid");
  const local = tf.reshape(conv(conv(pixels, CONV1), CONV2), [pixels.shape[0], -1]);
  return tf.relu(tf.add(tf.matMul(local, w[`${LINEAR1}.weight`]), w[`${LINEAR1}.bias`]));
}

/** The same from [N, 1, 28, 28]. */
export function jaxLenet(jax: JaxApi, w: Named<JaxArray>, pixels: JaxArray): JaxArray {
  const { lax, nn: layers, numpy: np } = jax;
  const conv = (x: JaxArray, path: string): JaxArray => {
    const y = lax.convGeneralDilated(x, w[`${path}.weight`].ref, [1, 1], "VALID");
    return jaxHalve(jax, layers.relu(y.add(w[`${path}.bias`].ref.reshape([-1, 1, 1]))));
  };
  const local = conv(conv(pixels, CONV1), CONV2).reshape([pixels.shape[0], -1]);
  return layers.relu(np.matmul(local, w[`${LINEAR1}.weight`].ref).add(w[`${LINEAR1}.bias`].ref));
}

const step: Workload = {
  name: "LeNet training step, batch 32",
  goal: "training, measured whole",
  flops: 3 * FORWARD,
  tensors,
  tolerance: TOLERANCE,
  layouts: { [`${CONV1}.weight`]: FILTER },
  ours({ pixels }) {
    const { p, loss } = ours(pixels);
    const weights = p.trainable();
    const updates = adam(pairs(weights, grad(loss, weights)), { lr: SETTINGS.rate, eps: EPSILON });
    return { outputs: { loss, ...compared(updates, SETTINGS) }, updates };
  },
  tfjs(tf, { pixels, labels, ...initial }) {
    const target = tf.oneHot(labels, CLASSES);
    return tfStep(tf, initial, SETTINGS, (w) => {
      const logits = tf.add(tf.matMul(tfLenet(tf, w, pixels), w[`${LINEAR2}.weight`]), w[`${LINEAR2}.bias`]);
      return tf.losses.softmaxCrossEntropy(target, logits);
    });
  },
  jax(jax, { pixels, labels, ...initial }) {
    const { nn: layers, numpy: np } = jax;
    const target = layers.oneHot(labels, CLASSES);
    const loss = (w: Named<JaxArray>, { x, y }: Named<JaxArray>): JaxArray => {
      const logits = np.matmul(jaxLenet(jax, w, x), w[`${LINEAR2}.weight`].ref).add(w[`${LINEAR2}.bias`].ref);
      return layers
        .logSoftmax(logits)
        .mul(y)
        .sum()
        .mul(-1 / BATCH);
    };
    return jaxAdam(jax, initial, { x: pixels, y: target }, SETTINGS, loss);
  },
};

export const lenets: readonly Workload[] = [step];
