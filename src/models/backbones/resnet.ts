/** ResNet v1.5 (He et al., arXiv:1512.03385; the stride is on the 3x3 of a bottleneck), with torchvision's keys. */
import { add, maxPool2d, relu, type Node } from "../../graph/index.ts";
import type { Params } from "../params.ts";
import { conv, normLayer, pooledLinear, strideLimit, variantOf, type Backbone, type BackboneOptions } from "./backbone.ts";

export interface ResNetVariant {
  readonly block: "basic" | "bottleneck";
  /** Blocks of layer1 to layer4. */
  readonly layers: readonly [number, number, number, number];
  /** Planes of layer1; they double from layer to layer. Default: 64. */
  readonly width?: number;
}

export const RESNET = {
  resnet18: { block: "basic", layers: [2, 2, 2, 2] },
  resnet34: { block: "basic", layers: [3, 4, 6, 3] },
  resnet50: { block: "bottleneck", layers: [3, 4, 6, 3] },
  resnet101: { block: "bottleneck", layers: [3, 4, 23, 3] },
  resnet152: { block: "bottleneck", layers: [3, 8, 36, 3] },
} satisfies Record<string, ResNetVariant>;

export interface ResNetOptions extends BackboneOptions {
  readonly variant: keyof typeof RESNET | ResNetVariant;
}

/**
 * [N, 3, H, W] -> logits [N, classes], features [N, 512 (basic) or 2048, H/32, W/32]. The published head is a CAM head, `fc`.
 * Taps: every layer under its key, the ReLUs of a block as relu, relu_1, relu_2, blocks (layer1.0) and layers (layer1), avgpool.
 */
export function resnet(p: Params, x: Node, options: ResNetOptions): Backbone {
  const { block, layers, width = 64 } = variantOf<ResNetVariant>(RESNET, options.variant);
  const limit = strideLimit(options);
  let y = conv(p.at("conv1"), x, { out: width, kernelSize: 7, stride: limit(2) });
  y = p.tap("relu", relu(normLayer(p.at("bn1"), y, options)));
  y = p.tap("maxpool", maxPool2d(y, { kernelSize: 3, stride: limit(2), padding: 1 }));
  layers.forEach((count, i) => {
    const layer = p.at(`layer${i + 1}`);
    const planes = width * 2 ** i;
    const stride = i === 0 ? 1 : limit(2);
    for (let k = 0; k < count; k++)
      y = BLOCKS[block](layer.at(String(k)), y, { planes, stride: k === 0 ? stride : 1, narrows: k === 0 && i > 0 }, options);
    layer.tap("", y);
  });
  return { features: y, ...pooledLinear(p, y, { ...options, linear: p.at("fc") }) };
}

interface BlockOptions {
  readonly planes: number;
  readonly stride: number;
  /** Published with stride 2: its shortcut has weights, whatever the stride is. */
  readonly narrows: boolean;
}

const BLOCKS = { basic, bottleneck };

/** [N, C, H, W] -> [N, planes, H/stride, W/stride] */
function basic(p: Params, x: Node, block: BlockOptions, pass: BackboneOptions): Node {
  const { planes, stride } = block;
  let y = conv(p.at("conv1"), x, { out: planes, kernelSize: 3, stride });
  y = p.tap("relu", relu(normLayer(p.at("bn1"), y, pass)));
  y = conv(p.at("conv2"), y, { out: planes, kernelSize: 3 });
  y = normLayer(p.at("bn2"), y, pass);
  return p.tap("", p.tap("relu_1", relu(add(y, shortcut(p.at("downsample"), x, { ...block, planes }, pass)))));
}

/** [N, C, H, W] -> [N, 4 planes, H/stride, W/stride] */
function bottleneck(p: Params, x: Node, block: BlockOptions, pass: BackboneOptions): Node {
  const { planes, stride } = block;
  let y = conv(p.at("conv1"), x, { out: planes, kernelSize: 1 });
  y = p.tap("relu", relu(normLayer(p.at("bn1"), y, pass)));
  y = conv(p.at("conv2"), y, { out: planes, kernelSize: 3, stride });
  y = p.tap("relu_1", relu(normLayer(p.at("bn2"), y, pass)));
  y = conv(p.at("conv3"), y, { out: 4 * planes, kernelSize: 1 });
  y = normLayer(p.at("bn3"), y, pass);
  return p.tap("", p.tap("relu_2", relu(add(y, shortcut(p.at("downsample"), x, { ...block, planes: 4 * planes }, pass)))));
}

/** The identity where shapes allow, else a projection: [N, C, H, W] -> [N, planes, H/stride, W/stride] */
function shortcut(p: Params, x: Node, { planes, stride, narrows }: BlockOptions, pass: BackboneOptions): Node {
  if (!narrows && x.shape[1] === planes) return x;
  return normLayer(p.at("1"), conv(p.at("0"), x, { out: planes, kernelSize: 1, stride }), pass);
}
