/**
 * Self-attention masks: a small branch beside a network reads a representation and says which part of it matters, by place, by channel, or by
 * element of a set. Each function gives the mask H; `attend(x, H)` multiplies.
 */
import {
  concat,
  GraphError,
  globalAveragePool,
  mean,
  mul,
  reduceMax,
  relu,
  reshape,
  select,
  sigmoid,
  softmax,
  tanh,
  type Node,
} from "../../graph/index.ts";
import type { Params } from "../params.ts";
import { checkRange, COUNT, describe } from "../ranges.ts";
import { conv2d, linear } from "./affine.ts";

export interface SpatialAttentionOptions {
  /** Odd. Default: 7. */
  readonly kernelSize?: number;
}

/**
 * Where (CBAM, Woo et al., arXiv:1807.06521): sigmoid(conv([mean over channels, maximum over channels])). [N, C, H, W] -> [N, 1, H, W] in (0, 1).
 * conv.weight [1, 2, kernelSize, kernelSize].
 */
export function spatialAttention(p: Params, x: Node, { kernelSize = 7 }: SpatialAttentionOptions = {}): Node {
  return p.scope(() => {
    checkRange(`spatialAttention at ${p.path}`, ODD, { kernelSize });
    checkImages(p, "spatialAttention", x);
    const pooled = concat([mean(x, 1, { keepDims: true }), reduceMax(x, 1, { keepDims: true })], 1);
    return p.tap("", sigmoid(conv2d(p.at("conv"), pooled, { out: 1, kernelSize, padding: (kernelSize - 1) / 2, bias: false })));
  });
}

const ODD = { text: "an odd number of at least 1", holds: (value: number) => Number.isInteger(value) && value >= 1 && value % 2 === 1 };

export interface ChannelAttentionOptions {
  /** Channels of the bottleneck; torchvision's squeeze_channels. Default: C / 16, at least 1. */
  readonly squeeze?: number;
}

/**
 * Which channel (squeeze and excitation, Hu et al., arXiv:1709.01507): sigmoid(fc2(relu(fc1(mean over places)))). [N, C, H, W] -> [N, C] in (0, 1).
 * Keys as torchvision.ops.SqueezeExcitation: fc1.weight [squeeze, C, 1, 1], fc2.weight [C, squeeze, 1, 1], with biases.
 */
export function channelAttention(p: Params, x: Node, options: ChannelAttentionOptions = {}): Node {
  return p.scope(() => {
    checkImages(p, "channelAttention", x);
    const [N, C] = x.shape;
    const { squeeze = Math.max(1, Math.floor(C / 16)) } = options;
    checkRange(`channelAttention at ${p.path}`, COUNT, { squeeze });
    const hidden = relu(conv2d(p.at("fc1"), reshape(globalAveragePool(x), [N, C, 1, 1]), { out: squeeze, kernelSize: 1 }));
    return p.tap("", reshape(sigmoid(conv2d(p.at("fc2"), hidden, { out: C, kernelSize: 1 })), [N, C]));
  });
}

export interface ElementAttentionOptions {
  /** Features of the branch's hidden layer. */
  readonly hidden: number;
  /** [B, L] i32: 0 where a set has no element. Default: all are there. */
  readonly mask?: Node;
}

/**
 * Which element of a set (Ilse et al., arXiv:1802.04712): softmax over the elements of w tanh(V h). [B, L, F] -> [B, L], each row summing to 1;
 * absent elements get 0. Keys as the Sequential there: 0.weight [hidden, F], 2.weight [1, hidden], with biases.
 */
export function elementAttention(p: Params, x: Node, { hidden, mask }: ElementAttentionOptions): Node {
  return p.scope(() => {
    checkRange(`elementAttention at ${p.path}`, COUNT, { hidden });
    if (x.shape.length !== 3) throw new GraphError(`elementAttention at ${p.path}: expected [B, L, F], got ${describe(x)}`);
    const [B, L] = x.shape;
    if (mask && describe(mask) !== `i32 [${B}, ${L}]`)
      throw new GraphError(`elementAttention at ${p.path}: expected a mask of i32 [${B}, ${L}], got ${describe(mask)}`);
    const logits = reshape(linear(p.at("2"), tanh(linear(p.at("0"), x, { out: hidden })), { out: 1 }), [B, L]);
    return p.tap("", softmax(mask ? select(mask, logits, Number.NEGATIVE_INFINITY) : logits, 1));
  });
}

/** x times a mask that has x's first axes, and after them 1 or nothing: [N, 1, H, W] or [N, C] on [N, C, H, W], [B, L] on [B, L, F]. */
export const attend = (x: Node, mask: Node): Node =>
  mul(x, reshape(mask, [...mask.shape, ...x.shape.slice(mask.shape.length).map(() => 1)]));

function checkImages(p: Params, layer: string, x: Node): void {
  if (x.shape.length !== 4) throw new GraphError(`${layer} at ${p.path}: expected [N, C, H, W], got ${describe(x)}`);
}
