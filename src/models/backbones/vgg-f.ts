/**
 * VGG-F (Chatfield et al., arXiv:1405.3531), the "fast" network of Chapter 3, as MatConvNet's cnn_imagenet_init.m builds it: names, local
 * response normalisation, pools that are padded at the bottom and on the right, fully connected layers as convolutions.
 */
import { add, maxPool2d, mul, pad, pow, relu, sliceAxis, square, type Node, type Padding } from "../../graph/index.ts";
import { constantInit, normalInit } from "../init.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { inference } from "../training.ts";
import { pooledLinear, squeezed, strideLimit, variantOf, type Backbone, type BackboneOptions } from "./backbone.ts";

export interface VggFVariant {
  /** Output channels of conv1 to conv5. */
  readonly channels: readonly [number, number, number, number, number];
  /** Of fc6 and fc7. */
  readonly hidden: number;
}

export const VGG_F = {
  vgg_f: { channels: [64, 256, 256, 256, 256], hidden: 4096 },
} satisfies Record<string, VggFVariant>;

export interface VggFOptions extends BackboneOptions {
  /** Default: vgg_f. */
  readonly variant?: keyof typeof VGG_F | VggFVariant;
}

/**
 * [N, 3, H, W] -> logits [N, classes], features (pool5) [N, 256, 6, 6] from 224 x 224. The published head takes that size only (up to
 * 255); the CAM head, `fc`, any from 51. Weights from N(0, 0.01^2), biases 0. Taps: MatConvNet's layers, conv1, relu1, norm1, pool1,
 * ... relu7, fc8; Chapter 3 describes an image by all of them up to relu7.
 */
export function vggF(p: Params, x: Node, options: VggFOptions = {}): Backbone {
  const { channels, hidden } = variantOf<VggFVariant>(VGG_F, options.variant ?? "vgg_f");
  const { head = "published", classes = 1000, dropout = 0.5, training = inference } = options;
  const limit = strideLimit(options);
  const conv = (name: string, input: Node, out: number, window: { kernelSize: number; stride?: number; padding?: number }): Node =>
    nn.conv2d(p.at(name), input, { out, ...window, weightInit: normalInit(0.01), biasInit: constantInit(0) });
  const rectified = (index: number, y: Node): Node => p.tap(`relu${index}`, relu(y));
  const normed = (index: number, y: Node): Node => p.tap(`norm${index}`, localResponseNorm(y));
  const pool = (index: number, y: Node): Node =>
    limit(2) === 2 ? p.tap(`pool${index}`, maxPool2d(y, { kernelSize: 3, stride: 2, padding: BOTTOM_RIGHT })) : y;

  let y = rectified(1, conv("conv1", x, channels[0], { kernelSize: 11, stride: limit(4) }));
  y = pool(1, normed(1, y));
  y = rectified(2, conv("conv2", y, channels[1], { kernelSize: 5, padding: 2 }));
  y = pool(2, normed(2, y));
  for (const i of [3, 4, 5]) y = rectified(i, conv(`conv${i}`, y, channels[i - 1], { kernelSize: 3, padding: 1 }));
  const features = pool(5, y);
  if (head === "cam") return { features, ...pooledLinear(p, features, { ...options, linear: p.at("fc") }) };

  y = rectified(6, conv("fc6", features, hidden, { kernelSize: 6 }));
  y = nn.dropout(p.at("dropout6"), y, { rate: dropout, training });
  y = rectified(7, conv("fc7", y, hidden, { kernelSize: 1 }));
  y = nn.dropout(p.at("dropout7"), y, { rate: dropout, training });
  return { features, logits: squeezed(p.at("fc8"), conv("fc8", y, classes, { kernelSize: 1 }), x), classifier: null };
}

/** [top, bottom, left, right] */
const BOTTOM_RIGHT: Padding = [0, 1, 0, 1];

/**
 * Across neighbouring channels (Krizhevsky et al., 2012): y_k = x_k (1 + alpha / 5 sum over q = k - 2 ... k + 2 of x_q^2)^-beta, with
 * alpha = 1e-4, beta = 0.75. [N, C, H, W] -> the same. MatConvNet's [5, 1, 1e-4 / 5, 0.75] is PyTorch's LocalResponseNorm(5).
 */
export function localResponseNorm(x: Node, { size = 5, alpha = 1e-4, beta = 0.75, k = 1 } = {}): Node {
  const before = Math.floor(size / 2);
  const squares = pad(square(x), [0, before, 0, 0], [0, size - 1 - before, 0, 0]);
  const channels = x.shape[1];
  let total = sliceAxis(squares, 1, 0, channels);
  for (let q = 1; q < size; q++) total = add(total, sliceAxis(squares, 1, q, q + channels));
  return mul(x, pow(add(mul(total, alpha / size), k), -beta));
}
