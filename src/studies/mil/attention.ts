/** The baselines of Ilse, Tomczak and Welling (2018, arXiv:1802.04712): attention and gated attention, keys as in AttentionDeepMIL. */

import { flatten, matmul, mul, type Node, reshape, select, sigmoid, softmax, tanh } from "../../graph/index.ts";
import { nn, type Params } from "../../models/index.ts";
import type { ModelConfig } from "./config.ts";

/** Softmax gives a place with this logit the weight 0. */
const NONE = -1e9;

/** The weight of each instance before the softmax: w tanh(V h), or w (tanh(V h) * sigmoid(U h)). [B, L, F] -> [B, L] */
function attentionLogits(p: Params, instances: Node, { method, attention }: ModelConfig): Node {
  const [bags, length] = instances.shape;
  const out = attention;
  if (method === "attention") {
    const hidden = tanh(nn.linear(p.at("attention.0"), instances, { out }));
    return reshape(nn.linear(p.at("attention.2"), hidden, { out: 1 }), [bags, length]);
  }
  const value = tanh(nn.linear(p.at("attention_V.0"), instances, { out }));
  const gate = sigmoid(nn.linear(p.at("attention_U.0"), instances, { out }));
  return reshape(nn.linear(p.at("attention_w"), mul(value, gate), { out: 1 }), [bags, length]);
}

/** z = sum_l a_l h_l with a = softmax over the bag's own instances, then a linear unit. [B, L, F] -> [B] */
export function attentionPool(p: Params, instances: Node, lengths: Node, config: ModelConfig): Node {
  const [bags, length] = instances.shape;
  const mask = nn.lengthMask(lengths, length);
  const weights = softmax(select(mask, attentionLogits(p, instances, config), NONE), 1);
  p.at("attention_weights").tap("", weights);
  const pooled = flatten(matmul(reshape(weights, [bags, 1, length]), instances), 1);
  return reshape(nn.linear(p.at("classifier.0"), pooled, { out: 1 }), [bags]);
}
