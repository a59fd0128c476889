/** VGG (Simonyan and Zisserman, arXiv:1409.1556), with torchvision's keys and torchvision's batch-normalised variants. */
import { adaptiveAvgPool2d, flatten, maxPool2d, relu, type Node } from "../../graph/index.ts";
import { constantInit, kaimingNormal, normalInit } from "../init.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { inference } from "../training.ts";
import { normLayer, pooledLinear, strideLimit, variantOf, type Backbone, type BackboneOptions } from "./backbone.ts";

export interface VggVariant {
  /** Output channels of the 3x3 convolutions; a 2x2 max pool ends each block. */
  readonly blocks: readonly (readonly number[])[];
  readonly batchNorm?: boolean;
  /** Width of the two hidden layers of the published head. Default: 4096. */
  readonly hidden?: number;
}

// Columns A, B, D and E of the paper's table 1.
const A = [[64], [128], [256, 256], [512, 512], [512, 512]];
const B = [
  [64, 64],
  [128, 128],
  [256, 256],
  [512, 512],
  [512, 512],
];
const D = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
];
const E = [
  [64, 64],
  [128, 128],
  [256, 256, 256, 256],
  [512, 512, 512, 512],
  [512, 512, 512, 512],
];

export const VGG = {
  vgg11: { blocks: A },
  vgg13: { blocks: B },
  vgg16: { blocks: D },
  vgg19: { blocks: E },
  vgg11_bn: { blocks: A, batchNorm: true },
  vgg13_bn: { blocks: B, batchNorm: true },
  vgg16_bn: { blocks: D, batchNorm: true },
  vgg19_bn: { blocks: E, batchNorm: true },
} satisfies Record<string, VggVariant>;

export interface VggOptions extends BackboneOptions {
  readonly variant: keyof typeof VGG | VggVariant;
}

/**
 * [N, 3, H, W] -> logits [N, classes], features [N, 512, H/32, W/32]. The published head pools to 7 x 7 and has two hidden layers with
 * dropout 0.5. The CAM head is a 3x3 convolution to 1024 channels with ReLU (`conv6`, then the features), the average, and `fc`, as the
 * benchmarks of weakly supervised localisation have it (Choe et al., arXiv:2001.07437); Chapter 5 takes it with outputStride 16.
 * Taps: every layer under its key (features.0, features.1 ...), features, avgpool.
 */
export function vgg(p: Params, x: Node, options: VggOptions): Backbone {
  const { blocks, batchNorm = false, hidden = 4096 } = variantOf<VggVariant>(VGG, options.variant);
  const limit = strideLimit(options);
  let index = 0;
  let y = x;
  const next = (): Params => p.at(`features.${index++}`);
  for (const block of blocks) {
    for (const out of block) {
      y = nn.conv2d(next(), y, { out, kernelSize: 3, padding: 1, weightInit: kaimingNormal(out * 9), biasInit: constantInit(0) });
      if (batchNorm) y = normLayer(next(), y, options);
      y = next().tap("", relu(y));
    }
    // A pool that is left out keeps its number.
    const pool = next();
    if (limit(2) === 2) y = pool.tap("", maxPool2d(y, { kernelSize: 2 }));
  }
  const features = p.tap("features", y);
  if (options.head === "cam") return camHead(p, features, options);
  return { features, logits: publishedHead(p, features, { ...options, hidden }), classifier: null };
}

/** features [N, K, H, W] -> logits [N, classes] */
function publishedHead(p: Params, features: Node, options: VggOptions & { readonly hidden: number }): Node {
  const { hidden, classes = 1000, dropout = 0.5, training = inference } = options;
  const at = (index: number): Params => p.at(`classifier.${index}`);
  const linear = (index: number, input: Node, out: number): Node =>
    nn.linear(at(index), input, { out, weightInit: normalInit(0.01), biasInit: constantInit(0) });

  let y = flatten(p.tap("avgpool", adaptiveAvgPool2d(features, [7, 7])));
  y = at(1).tap("", relu(linear(0, y, hidden)));
  y = nn.dropout(at(2), y, { rate: dropout, training });
  y = at(4).tap("", relu(linear(3, y, hidden)));
  y = nn.dropout(at(5), y, { rate: dropout, training });
  return linear(6, y, classes);
}

/** The last pool's features [N, K, H, W] -> features [N, 1024, H, W], logits [N, classes] */
function camHead(p: Params, input: Node, options: VggOptions): Backbone {
  const y = nn.conv2d(p.at("conv6"), input, { out: 1024, kernelSize: 3, padding: 1, weightInit: kaimingNormal(1024 * 9) });
  const features = p.tap("relu6", relu(y));
  return { features, ...pooledLinear(p, features, { ...options, linear: p.at("fc") }) };
}
