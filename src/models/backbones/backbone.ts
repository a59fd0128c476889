/** What backbones share: options, results, and layers that several of them use. */
import { globalAveragePool, GraphError, relu, reshape, type Node } from "../../graph/index.ts";
import { constantInit, kaimingNormal } from "../init.ts";
import * as nn from "../nn/index.ts";
import type { Params, Variable } from "../params.ts";
import { inference, type Training } from "../training.ts";

export interface BackboneOptions {
  /** Default: `inference`. */
  readonly training?: Training;
  /** Default: 1000. */
  readonly classes?: number;
  /**
   * "cam": global average pooling and one linear layer (Zhou et al., arXiv:1512.04150), so that a class activation map is
   * sum over k of classifier[c, k] features[k]. Default: "published", which is the same for networks that end so anyway.
   */
  readonly head?: "published" | "cam";
  /**
   * Input pixels per pixel of `features`. Strides (and pools) that would lead beyond it become 1 (are left out); the weights are the
   * same ones. The thesis' Chapter 5 takes 16 for VGG16 (14 x 14 from 224 x 224), 8 for ResNet-50 and the MobileNets (28 x 28).
   * Default: 32, as published.
   */
  readonly outputStride?: OutputStride;
  /** Whether the layer at a full path is frozen: its batch norm reads its statistics, in training too. See `fineTuned`. */
  readonly frozen?: (path: string) => boolean;
  /** Probability of dropping, instead of the published one. */
  readonly dropout?: number;
}

export type OutputStride = 8 | 16 | 32;

export interface Backbone {
  /** The last feature maps: [N, K, H / outputStride, W / outputStride]. */
  readonly features: Node;
  /** [N, classes] */
  readonly logits: Node;
  /** The weights [classes, K] of the one linear layer on averaged `features`; null if the head is another one. */
  readonly classifier: Variable | null;
}

/** The parameters to train where the rest is frozen: `trainable(p, frozen)` beside `resnet(p, x, { frozen, ... })`. */
export const trainable = (p: Params, frozen: (path: string) => boolean): readonly Variable[] => p.trainable((path) => !frozen(path));

/** The named variant of a family, or the caller's own. */
export function variantOf<T extends object>(table: Readonly<Record<string, T>>, variant: string | T): T {
  if (typeof variant !== "string") return variant;
  if (!Object.hasOwn(table, variant)) throw new GraphError(`no variant "${variant}"; there are ${Object.keys(table).join(", ")}`);
  return table[variant];
}

/** Takes a network's strides in their order. One that would lead beyond the output stride gives 1. */
export function strideLimit({ outputStride = 32 }: BackboneOptions): (stride: number) => number {
  if (![8, 16, 32].includes(outputStride)) throw new GraphError(`expected an output stride of 8, 16 or 32, got ${outputStride}`);
  let total = 1;
  return (stride) => {
    if (total * stride > outputStride) return 1;
    total *= stride;
    return stride;
  };
}

export interface ConvNormOptions {
  readonly out: number;
  readonly kernelSize: number;
  readonly stride?: number;
  readonly groups?: number;
  /** Default: (kernelSize - 1) / 2 on each side. "same" is TensorFlow's: where a stride leaves an odd rest, it lies below and to the right. */
  readonly padding?: "same";
  /** The batch norm behind the convolution is part of its weight and bias, so that there is none. Default: false. */
  readonly folded?: boolean;
}

/** Convolution without bias (with one where the norm is folded into it), padded to keep the size at stride 1; He initialisation by fan-out, as torchvision. */
export const conv = (p: Params, x: Node, { kernelSize, stride, groups, out, padding, folded = false }: ConvNormOptions): Node =>
  nn.conv2d(p, x, {
    ...{ out, kernelSize, stride, groups, bias: folded },
    padding: padding ?? (kernelSize - 1) / 2,
    weightInit: kaimingNormal(out * kernelSize ** 2),
    biasInit: constantInit(0),
  });

/** Batch norm: by the batch in training, by its running statistics in inference and where the layer is frozen. */
export const normLayer = (p: Params, x: Node, { training = inference, frozen }: BackboneOptions): Node =>
  nn.batchNorm(p, x, { training: frozen?.(p.path) ? inference : training });

/** Keys 0 (convolution), 1 (batch norm, unless it is folded), 2 (ReLU; `max: 6` for ReLU6) of a Sequential. */
export function convNormRelu(p: Params, x: Node, options: ConvNormOptions & { readonly max?: number }, pass: BackboneOptions): Node {
  const y = conv(p.at("0"), x, options);
  return p.tap("2", relu(options.folded ? y : normLayer(p.at("1"), y, pass), { max: options.max }));
}

export interface PooledLinear {
  readonly logits: Node;
  readonly classifier: Variable;
}

/** Global average pooling, dropout (its own place), one linear layer: features [N, K, H, W] -> logits [N, classes]. */
export function pooledLinear(
  p: Params,
  features: Node,
  { classes = 1000, dropout = 0, training = inference, linear }: BackboneOptions & { readonly linear: Params },
): PooledLinear {
  const pooled = p.tap("avgpool", globalAveragePool(features));
  const kept = dropout === 0 ? pooled : nn.dropout(p.at("dropout"), pooled, { rate: dropout, training });
  const logits = nn.linear(linear, kept, { out: classes });
  const path = `${linear.path}.weight`;
  const classifier = linear.all().find(({ attrs }) => attrs.path === path);
  return { logits, classifier: classifier as Variable };
}

/** Only where [N, C, 1, 1] is left: -> [N, C]. */
export function squeezed(p: Params, x: Node, input: Node): Node {
  const [N, C, H, W] = x.shape;
  if (H !== 1 || W !== 1) {
    const found = `images of ${input.shape[2]} x ${input.shape[3]}`;
    throw new GraphError(`the head at ${p.path}: ${found} leave ${H} x ${W} outputs where 1 x 1 is needed; take 224 x 224, or head: "cam"`);
  }
  return reshape(x, [N, C]);
}
