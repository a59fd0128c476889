/**
 * A step of a WGAN critic with gradient penalty (arXiv:1704.00028) on 16 images of 32 x 32, DCGAN's critic of width 64. The penalty is
 * a gradient inside the loss: training it takes gradients of second order.
 */
import { grad, input, type Node } from "../../src/graph/index.ts";
import { adam, createParams, dcganCritic, pairs, wganGpCriticLoss } from "../../src/models/index.ts";
import { modelTensors } from "../model-tensors.ts";
import { FILTER, IMAGE, type Specs } from "../tensors.ts";
import type { Named, Workload } from "../workload.ts";
import { compared, EPSILON, jaxAdam, TOLERANCE, tfStep } from "./peer-training.ts";

const BATCH = 16;
const IMAGES = [BATCH, 3, 32, 32];
const [SLOPE, WEIGHT] = [0.2, 10];
const SETTINGS = { rate: 1e-4, betas: [0.5, 0.9], compared: ["main.0.weight", "main.4.bias"] } as const;
/** Keys of the four convolutions; the last has no padding and no activation. */
const LAYERS = ["main.0", "main.2", "main.4"];
const LAST = "main.6";
const FORWARD = 2 * BATCH * 16 * (64 * 3 * 16 ** 2 + 128 * 64 * 8 ** 2 + 256 * 128 * 4 ** 2 + 256);

function ours(real: Node, fake: Node, mix: Node) {
  const p = createParams();
  return { p, ...wganGpCriticLoss((x) => dcganCritic(p.shared(), x), { real, fake, mix, weight: WEIGHT }) };
}

function tensors(): Specs {
  const { p } = ours(input("real", IMAGES), input("fake", IMAGES), input("mix", [BATCH, 1, 1, 1]));
  const images = { shape: IMAGES, layout: IMAGE };
  return { real: images, fake: images, mix: { shape: [BATCH, 1, 1, 1], offset: 0.5, scale: 0.5 }, ...modelTensors(p) };
}

const step: Workload = {
  name: "WGAN-GP critic step, batch 16",
  goal: "training",
  // Three critics forward; their gradient by the weights and inputs; that of the penalty, twice as deep.
  flops: FORWARD * (3 + 2 * 2 + 1 + 3),
  tensors,
  tolerance: TOLERANCE,
  layouts: { "main.0.weight": FILTER },
  ours({ real, fake, mix }) {
    const { p, loss } = ours(real, fake, mix);
    const weights = p.trainable();
    const updates = adam(pairs(weights, grad(loss, weights)), { lr: SETTINGS.rate, betas: SETTINGS.betas, eps: EPSILON });
    return { outputs: { loss, ...compared(updates, SETTINGS) }, updates };
  },
  tfjs(tf, { real, fake, mix, ...initial }) {
    type Tensor = typeof real;
    const sides: [number, number] = [1, 1];
    return tfStep(tf, initial, SETTINGS, (w) => {
      // tfjs' own leakyRelu has no second gradient.
      const leakyRelu = (x: Tensor): Tensor => tf.sub(tf.relu(x), tf.mul(tf.relu(tf.neg(x)), SLOPE));
      const critic = (x: Tensor): Tensor => {
        const down = (y: Tensor, path: string): Tensor =>
          leakyRelu(tf.add(tf.conv2d(y, w[`${path}.weight`], 2, [[0, 0], sides, sides, [0, 0]]), w[`${path}.bias`]));
        return tf.add(tf.conv2d(LAYERS.reduce(down, x), w[`${LAST}.weight`], 1, "valid"), w[`${LAST}.bias`]);
      };
      const distance = tf.sub(tf.mean(critic(real)), tf.mean(critic(fake)));
      const between = tf.add(tf.mul(mix, real), tf.mul(tf.sub(1, mix), fake));
      const slope = tf.grad((x) => tf.sum(critic(x)))(between);
      const norm = tf.sqrt(tf.sum(tf.square(slope), [1, 2, 3]));
      return tf.sub(tf.mul(tf.mean(tf.square(tf.sub(norm, 1))), WEIGHT), distance);
    });
  },
  jax(jax, { real, fake, mix, ...initial }) {
    type Tensor = typeof real;
    const { lax, nn, numpy: np } = jax;
    const sides: [number, number] = [1, 1];
    const loss = (w: Named<Tensor>, data: Named<Tensor>): Tensor => {
      const conv = (y: Tensor, path: string, stride: number, padding: "VALID" | [number, number][]): Tensor =>
        lax.convGeneralDilated(y, w[`${path}.weight`].ref, [stride, stride], padding).add(w[`${path}.bias`].ref.reshape([-1, 1, 1]));
      const down = (y: Tensor, path: string): Tensor => nn.leakyRelu(conv(y, path, 2, [sides, sides]), SLOPE);
      const critic = (x: Tensor): Tensor => conv(LAYERS.reduce(down, x), LAST, 1, "VALID");
      const distance = critic(data.real.ref).mean().sub(critic(data.fake.ref).mean());
      const between = data.mix.ref.mul(data.real).add(data.mix.mul(-1).add(1).mul(data.fake));
      const slope = jax.grad((x: Tensor) => critic(x).sum())(between);
      const norm = np.sqrt(np.square(slope).sum([1, 2, 3]));
      return np.square(norm.sub(1)).mean().mul(WEIGHT).sub(distance);
    };
    return jaxAdam(jax, initial, { real, fake, mix }, SETTINGS, loss);
  },
};

export const critics: readonly Workload[] = [step];
