/**
 * Set Transformer (Lee et al., arXiv:1810.00825): attention among the instances, and attention of learnt seeds to them. Names and layers are those of
 * the authors' code (juho-lee/set_transformer).
 */
import {
  add,
  broadcastTo,
  GraphError,
  matmul,
  mean,
  mul,
  type Node,
  relu,
  reshape,
  select,
  softmax,
  transpose,
} from "../../graph/index.ts";
import { xavierUniform } from "../init.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { checkRange, COUNT } from "../ranges.ts";
import { checkInstances, NO_INSTANCE } from "./pooling.ts";

export interface SetTransformerOptions {
  /** K: features of every layer. */
  readonly width: number;
  /** They share the K features evenly. */
  readonly heads: number;
  /** Layers in which the instances attend to each other. Default: 2. */
  readonly layers?: number;
  /** M: inducing points through which they do (ISAB), so that a layer costs L M and not L^2. Default: none (SAB). */
  readonly inducing?: number;
  /** Layer normalisation after each part. Default: no. */
  readonly layerNorm?: boolean;
}

export interface SetTransformer {
  /** [B, K] */
  readonly code: Node;
  /** [B, L]: how much the seed attends to each instance, the mean of the heads. */
  readonly weights: Node;
}

/** Encoder enc.0, enc.1, ... and pooling by attention with one seed, dec.0. Instances f32 [B, L, F], mask i32 [B, L]. */
export function setTransformer(p: Params, instances: Node, mask: Node, options: SetTransformerOptions): SetTransformer {
  const { width, layers = 2, inducing } = options;
  check(p, instances, mask, options);
  const bags = instances.shape[0];
  let x = instances;
  for (let layer = 0; layer < layers; layer++) {
    const place = p.at(`enc.${layer}`);
    if (inducing === undefined) x = attentionBlock(place.at("mab"), x, x, mask, options).output;
    else {
      const points = learnt(place, "I", bags, inducing, width);
      const summary = attentionBlock(place.at("mab0"), points, x, mask, options).output;
      x = attentionBlock(place.at("mab1"), x, summary, null, options).output;
    }
  }
  const seed = learnt(p.at("dec.0"), "S", bags, 1, width);
  const { output, weights } = attentionBlock(p.at("dec.0.mab"), seed, x, mask, options);
  return { code: reshape(output, [bags, width]), weights: reshape(weights, [bags, instances.shape[1]]) };
}

/** M rows that are the same for all sets: the variable [1, M, K], as [B, M, K]. */
const learnt = (p: Params, name: string, bags: number, count: number, width: number): Node =>
  broadcastTo(p.variable(name, [1, count, width], { init: xavierUniform({ fanIn: count * width, fanOut: width }) }), [bags, count, width]);

/**
 * Multihead attention block (their Eq. 6 and 7): H = Q' + attention(Q', K', V'), then H + relu(fc_o(H)), with Q', K', V' the projections fc_q, fc_k,
 * fc_v. As in the authors' code the residual is the projected query, and scores are divided by the root of the whole width. Queries [B, M, F], keys
 * [B, L, F'], mask of the keys [B, L] -> output [B, M, K], weights [B, M, L].
 */
function attentionBlock(
  p: Params,
  queries: Node,
  keys: Node,
  mask: Node | null,
  { width, heads, layerNorm = false }: SetTransformerOptions,
) {
  const [B, M] = queries.shape;
  const L = keys.shape[1];
  const split = (x: Node): Node => transpose(reshape(x, [B, -1, heads, width / heads]), [0, 2, 1, 3]);
  const joined = (x: Node): Node => reshape(transpose(x, [0, 2, 1, 3]), [B, M, width]);
  const projected = nn.linear(p.at("fc_q"), queries, { out: width });
  const [k, v] = ["fc_k", "fc_v"].map((name) => split(nn.linear(p.at(name), keys, { out: width })));
  const scores = mul(matmul(split(projected), k, { transposeB: true }), 1 / Math.sqrt(width));
  const spread = softmax(mask ? select(reshape(mask, [B, 1, 1, L]), scores, NO_INSTANCE) : scores, 3);
  const normed = (name: string, x: Node): Node => (layerNorm ? nn.layerNorm(p.at(name), x) : x);
  const attended = normed("ln0", add(projected, joined(matmul(spread, v))));
  const output = normed("ln1", add(attended, relu(nn.linear(p.at("fc_o"), attended, { out: width }))));
  return { output, weights: mean(spread, 1) };
}

function check(p: Params, instances: Node, mask: Node, { width, heads, layers, inducing }: SetTransformerOptions): void {
  const where = `setTransformer at ${p.path}`;
  checkInstances(where, instances, mask);
  checkRange(where, COUNT, { width, heads, layers, inducing });
  if (width % heads !== 0) throw new GraphError(`${where}: ${width} features do not divide into ${heads} heads`);
}
