/** MobileNetV2 at 224 x 224, inference. The peers have batch norm folded into their convolutions. */
import { input, type Node } from "../../src/graph/index.ts";
import { createParams, mobileNetV2 } from "../../src/models/index.ts";
import type { JaxArray } from "../libraries/jax-api.ts";
import { depthwiseLayouts, foldBatchNorm, modelTensors } from "../model-tensors.ts";
import { IMAGE, type Specs } from "../tensors.ts";
import type { Named, Workload } from "../workload.ts";
import { type Conv, jaxConv, tfConv } from "./peer-convs.ts";

/** Multiply-adds of one image times two. */
const FLOPS = 2 * 0.3008e9;

/** The paper's table 2: expansion, output channels, repetitions, first stride. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

function ours(image: Node) {
  const p = createParams();
  return { p, ...mobileNetV2(p, image) };
}

const tensors = (batch: number): Specs => {
  const image = { shape: [batch, 3, 224, 224], layout: IMAGE };
  const { p } = ours(input("image", image.shape));
  return { image, ...modelTensors(p, depthwiseLayouts(p)) };
};

/** What both peers share: image -> the last features [N, 1280, 7, 7]. */
function trunk<T>(image: T, conv: Conv<T>, add: (a: T, b: T) => T, use: (x: T) => T): T {
  const activation = "relu6";
  let y = conv("features.0.0", image, { stride: 2, activation });
  let [index, channels] = [0, 32];
  for (const [expansion, out, count, first] of STAGES)
    for (let k = 0; k < count; k++) {
      const stride = k === 0 ? first : 1;
      const block = `features.${++index}.conv`;
      const x = y;
      const shortcut = stride === 1 && channels === out ? use(x) : null;
      y = expansion === 1 ? x : conv(`${block}.0.0`, x, { activation });
      const at = expansion === 1 ? 0 : 1;
      y = conv(`${block}.${at}.0`, y, { stride, depthwise: true, activation });
      y = conv(`${block}.${at + 1}`, y);
      if (shortcut) y = add(y, shortcut);
      channels = out;
    }
  return conv(`features.${++index}.0`, y, { activation });
}

const inference = (batch: number): Workload => ({
  name: `MobileNetV2, batch ${batch}`,
  goal: "inference",
  ...(batch === 1 ? {} : { only: "system" }),
  flops: batch * FLOPS,
  tensors: () => tensors(batch),
  peerTensors: foldBatchNorm,
  ours: ({ image }) => ({ outputs: { logits: ours(image).logits } }),
  tfjs(tf, weights) {
    const conv = tfConv(tf, weights);
    return () => {
      const features = trunk(weights.image, conv, tf.add, (x) => x);
      return { logits: tf.add(tf.matMul(tf.mean(features, [1, 2]), weights["classifier.1.weight"]), weights["classifier.1.bias"]) };
    };
  },
  jax(jax, weights) {
    const { numpy: np } = jax;
    const f = jax.jit((w: Named<JaxArray>) => {
      const add = (a: JaxArray, b: JaxArray): JaxArray => a.add(b);
      const features = trunk(w.image.ref, jaxConv(jax, w), add, (x) => x.ref);
      return np.matmul(np.mean(features, [2, 3]), w["classifier.1.weight"].ref).add(w["classifier.1.bias"].ref);
    });
    return () => ({ logits: f(jax.tree.ref(weights)) });
  },
});

export const mobilenets: readonly Workload[] = [inference(1), inference(4)];
