/**
 * The set classifier of thesis Chapter 7 (Fig. 7.1): Instance Description Unit, Set Representation Encoder, Prediction Unit.
 * K. Wang, J. Oramas, T. Tuytelaars, "In Defense of LSTMs for addressing Multiple Instance Learning Problems", ACCV 2020; the layers
 * are those of the authors' code.
 */

import { concat, mul, type Node, reshape, sub, take } from "../../graph/index.ts";
import { lenet, nn, type Params, type Training } from "../../models/index.ts";
import { attentionPool } from "./attention.ts";
import type { ModelConfig } from "./config.ts";

/** Bags side by side, as `fit` lays them out (src/training/loader/bags.ts). */
export interface BagInputs {
  /** f32 [T, 1, 28, 28] in 0..255, 255 = ink. */
  readonly pixels: Node;
  /** i32 [B, L]: which instance is the l-th of bag b; -1 where there is none. */
  readonly index: Node;
  /** i32 [B] */
  readonly lengths: Node;
}

/** MNIST's mean and standard deviation, as every MNIST recipe since LeCun's uses them. */
const MEAN = 0.1307;
const STD = 0.3081;

/** [T, 1, 28, 28] in 0..255 -> (x / 255 - mean) / std */
const normalize = (pixels: Node): Node => mul(sub(pixels, 255 * MEAN), 1 / (255 * STD));

/** IDU: what one instance looks like. [T, 1, 28, 28] -> [T, features] */
export const describeInstances = (p: Params, pixels: Node, { channels1, channels2, features }: ModelConfig): Node =>
  lenet(p, normalize(pixels), { channels: [channels1, channels2], features }).global;

/** [T, F] by [B, L] -> [B, L, F]; zeros where the index is -1. */
function gatherBags(features: Node, index: Node): Node {
  const [bags, length] = index.shape;
  return reshape(take(features, reshape(index, [bags * length]), 0), [bags, length, features.shape[1]]);
}

/** SRE: reads the instances one after another, from both ends. [B, L, F] -> [B, 2 hidden], each direction's final state */
function encodeSet(p: Params, instances: Node, lengths: Node, hidden: number): Node {
  const mask = nn.lengthMask(lengths, instances.shape[1]);
  const { final } = nn.lstm(p, instances, { hidden, bidirectional: true, mask });
  return concat(
    final.map(({ h }) => h),
    1,
  );
}

/** SRE and Prediction Unit, or the attention of Ilse et al. [B, L, F], lengths [B] -> [B] */
export function scoreFeatures(p: Params, instances: Node, lengths: Node, config: ModelConfig, training: Training): Node {
  if (config.method !== "lstm") return attentionPool(p, instances, lengths, config);
  const code = encodeSet(p.at("lstm"), instances, lengths, config.hidden);
  const kept = nn.dropout(p.at("dropout"), code, { rate: config.dropout, training });
  return reshape(nn.linear(p.at("prediction"), kept, { out: 1 }), [instances.shape[0]]);
}

/** The whole pipeline: a number per bag [B], the logit of "positive" or, of a counting task, the count. */
export function scoreBags(p: Params, { pixels, index, lengths }: BagInputs, config: ModelConfig, training: Training): Node {
  const features = describeInstances(p, pixels, config);
  return scoreFeatures(p, gatherBags(features, index), lengths, config, training);
}
