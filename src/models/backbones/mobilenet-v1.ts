/**
 * MobileNet (Howard et al., arXiv:1704.04861). torchvision has none; the keys (model.0.0, model.1.3 ..., fc) are those of the PyTorch
 * port by marvis, whose weights are the ones in use, Chapter 5's among them.
 */
import { relu, type Node } from "../../graph/index.ts";
import type { Params } from "../params.ts";
import {
  conv,
  convNormRelu,
  normLayer,
  pooledLinear,
  strideLimit,
  variantOf,
  type Backbone,
  type BackboneOptions,
  type ConvNormOptions,
} from "./backbone.ts";

export interface MobileNetV1Variant {
  /** The width multiplier alpha. */
  readonly width: number;
  /** [output channels, stride] of each depthwise separable convolution. Default: table 1 of the paper. */
  readonly blocks?: readonly (readonly [out: number, stride: number])[];
}

const TABLE_1 = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

export const MOBILENET_V1 = {
  mobilenet_v1: { width: 1 },
  mobilenet_v1_075: { width: 0.75 },
  mobilenet_v1_050: { width: 0.5 },
  mobilenet_v1_025: { width: 0.25 },
} satisfies Record<string, MobileNetV1Variant>;

export interface MobileNetV1Options extends BackboneOptions {
  /** Default: mobilenet_v1. */
  readonly variant?: keyof typeof MOBILENET_V1 | MobileNetV1Variant;
}

/**
 * [N, 3, H, W] -> logits [N, classes], features [N, 1024 width, H/32, W/32]. The published head is a CAM head.
 * Taps: every layer under its key, blocks (model.1), model, avgpool.
 */
export function mobileNetV1(p: Params, x: Node, options: MobileNetV1Options = {}): Backbone {
  const { width, blocks = TABLE_1 } = variantOf<MobileNetV1Variant>(MOBILENET_V1, options.variant ?? "mobilenet_v1");
  const limit = strideLimit(options);
  const scaled = (channels: number): number => Math.floor(channels * width);
  const model = p.at("model");
  let y = model.tap("0", convNormRelu(model.at("0"), x, { out: scaled(32), kernelSize: 3, stride: limit(2) }, options));
  blocks.forEach(([out, stride], i) => {
    y = separable(model.at(String(i + 1)), y, { out: scaled(out), kernelSize: 3, stride: limit(stride) }, options);
  });
  const features = model.tap("", y);
  return { features, ...pooledLinear(p, features, { ...options, linear: p.at("fc") }) };
}

/** Depthwise 3x3 (keys 0, 1, 2), then pointwise 1x1 (3, 4, 5): [N, C, H, W] -> [N, out, H/stride, W/stride] */
function separable(p: Params, x: Node, { out, kernelSize, stride }: ConvNormOptions, pass: BackboneOptions): Node {
  const channels = x.shape[1];
  let y = convNormRelu(p, x, { out: channels, kernelSize, stride, groups: channels }, pass);
  y = normLayer(p.at("4"), conv(p.at("3"), y, { out, kernelSize: 1 }), pass);
  return p.tap("", p.tap("5", relu(y)));
}
