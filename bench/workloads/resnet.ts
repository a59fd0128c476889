/** ResNet-50 at 224 x 224: inference, and Grad-CAM at layer4. The peers have batch norm folded into their convolutions. */
import { grad, input, mean, mul, relu, sliceAxis, sum, type Node } from "../../src/graph/index.ts";
import { createParams, resnet } from "../../src/models/index.ts";
import type { JaxApi, JaxArray } from "../libraries/jax-api.ts";
import type { TfApi, TfTensor } from "../libraries/tfjs-api.ts";
import { foldBatchNorm, modelTensors } from "../model-tensors.ts";
import { IMAGE, type Specs } from "../tensors.ts";
import type { Named, Workload } from "../workload.ts";
import { type Conv, jaxConv, tfConv } from "./peer-convs.ts";
import { jaxMaxPool } from "./pool.ts";

/** Multiply-adds of one image times two. */
const FLOPS = 2 * 4.089e9;
const CLASS = 7;
const LAYERS = [3, 4, 6, 3];

function ours(image: Node) {
  const p = createParams();
  return { p, ...resnet(p, image, { variant: "resnet50" }) };
}

const tensors = (batch: number): Specs => {
  const image = { shape: [batch, 3, 224, 224], layout: IMAGE };
  const { p } = ours(input("image", image.shape));
  return { image, ...modelTensors(p) };
};

/** What both peers share: image -> layer4, with the library's own convolution, pool and relu(a + b). */
function trunk<T>(image: T, conv: Conv<T>, pool: (x: T) => T, addRelu: (a: T, b: T) => T, use: (x: T) => T): T {
  let y = pool(conv("conv1", image, { stride: 2, activation: "relu" }));
  LAYERS.forEach((count, i) => {
    for (let k = 0; k < count; k++) {
      const block = `layer${i + 1}.${k}`;
      const stride = i > 0 && k === 0 ? 2 : 1;
      const x = y;
      const shortcut = k === 0 ? conv(`${block}.downsample.0`, use(x), { stride }) : use(x);
      y = conv(`${block}.conv1`, x, { activation: "relu" });
      y = conv(`${block}.conv2`, y, { stride, activation: "relu" });
      y = addRelu(conv(`${block}.conv3`, y), shortcut);
    }
  });
  return y;
}

const tfTrunk = (tf: TfApi, weights: Named<TfTensor>): TfTensor =>
  trunk(
    weights.image,
    tfConv(tf, weights),
    (x) => tf.maxPool(x, 3, 2, 1),
    (a, b) => tf.relu(tf.add(a, b)),
    (x) => x,
  );

const tfHead = (tf: TfApi, weights: Named<TfTensor>, features: TfTensor): TfTensor =>
  tf.add(tf.matMul(tf.mean(features, [1, 2]), weights["fc.weight"]), weights["fc.bias"]);

const jaxTrunk = (jax: JaxApi, weights: Named<JaxArray>): JaxArray =>
  trunk(
    weights.image.ref,
    jaxConv(jax, weights),
    (x) => jaxMaxPool(jax, x),
    (a, b) => jax.nn.relu(a.add(b)),
    (x) => x.ref,
  );

const jaxHead = ({ numpy: np }: JaxApi, weights: Named<JaxArray>, features: JaxArray): JaxArray =>
  np.matmul(np.mean(features, [2, 3]), weights["fc.weight"].ref).add(weights["fc.bias"].ref);

const inference = (batch: number): Workload => ({
  name: `ResNet-50, batch ${batch}`,
  goal: batch === 1 ? "inference, measured whole" : "inference",
  ...(batch === 1 ? {} : { only: "system" }),
  flops: batch * FLOPS,
  tensors: () => tensors(batch),
  peerTensors: foldBatchNorm,
  ours: ({ image }) => ({ outputs: { logits: ours(image).logits } }),
  tfjs: (tf, weights) => () => ({ logits: tfHead(tf, weights, tfTrunk(tf, weights)) }),
  jax(jax, weights) {
    const f = jax.jit((w: Named<JaxArray>) => jaxHead(jax, w, jaxTrunk(jax, w)));
    return () => ({ logits: f(jax.tree.ref(weights)) });
  },
});

/** map = relu(sum over k of a_k A_k), A = layer4 [1, 2048, 7, 7], a_k = mean of d logit / d A_k (Selvaraju et al., arXiv:1610.02391). */
const gradCam: Workload = {
  name: "Grad-CAM, ResNet-50",
  goal: "inference",
  flops: FLOPS,
  tensors: () => tensors(1),
  peerTensors: foldBatchNorm,
  ours({ image }) {
    const { features, logits } = ours(image);
    const [slope] = grad(sum(sliceAxis(logits, 1, CLASS, CLASS + 1)), [features]);
    return { outputs: { map: relu(sum(mul(mean(slope, [2, 3], { keepDims: true }), features), 1)) } };
  },
  tfjs(tf, weights) {
    const slopeOf = tf.grad((features) => tf.slice(tfHead(tf, weights, features), [0, CLASS], [1, 1]));
    return () => {
      const features = tfTrunk(tf, weights);
      return { map: tf.relu(tf.sum(tf.mul(tf.mean(slopeOf(features), [1, 2], true), features), 3)) };
    };
  },
  jax(jax, weights) {
    const { numpy: np } = jax;
    const f = jax.jit((w: Named<JaxArray>) => {
      const features = jaxTrunk(jax, w);
      const logit = (at: JaxArray) => jaxHead(jax, w, at).slice(0, CLASS);
      const slope = jax.grad(logit)(features.ref);
      return jax.nn.relu(np.mean(slope, [2, 3], { keepdims: true }).mul(features).sum(1));
    });
    return () => ({ map: f(jax.tree.ref(weights)) });
  },
};

export const resnets: readonly Workload[] = [inference(1), inference(4), gradCam];
