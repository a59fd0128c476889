/** Attention of queries to keys, and the layer of several heads around it (Vaswani et al., arXiv:1706.03762). */
import { add, GraphError, matmul, mean, mul, reshape, select, softmax, split, transpose, type Init, type Node } from "../../graph/index.ts";
import { constantInit, torchInit, xavierUniform } from "../init.ts";
import type { Params } from "../params.ts";
import { checkRange, COUNT, describe, shapeText, UNIT } from "../ranges.ts";
import { inference, type Training } from "../training.ts";
import { linear } from "./affine.ts";
import { dropout } from "./dropout.ts";

export interface MultiheadAttentionOptions {
  /** They share the E features evenly. */
  readonly heads: number;
  /** [B, S, K]. Default: the query, which attends to itself. */
  readonly key?: Node;
  /** [B, S, V]. Default: the key. */
  readonly value?: Node;
  /** [B, S] i32: not 0 where a key is padding, which no query attends to. */
  readonly keyPaddingMask?: Node;
  /** [L, S], or [B heads, L, S]. i32: not 0 where the query must not attend to the key. f32: added to the scores. */
  readonly attnMask?: Node;
  /** Default: true. */
  readonly bias?: boolean;
  /** Of the weights; needs `training`. Default: 0. */
  readonly dropout?: number;
  readonly training?: Training;
}

export interface MultiheadAttentionResult {
  /** [B, L, E] */
  readonly output: Node;
  /** [B, L, S]: how much each query attends to each key, averaged over the heads. Costs nothing where it is not used. */
  readonly weights: Node;
  /** [B, heads, L, S] */
  readonly headWeights: Node;
}

/**
 * torch.nn.MultiheadAttention with batch_first: query [B, L, E]. in_proj_weight [3E, E], in_proj_bias [3E], out_proj.weight [E, E],
 * out_proj.bias [E]; where keys or values have not E features, q_proj_weight [E, E], k_proj_weight [E, K] and v_proj_weight [E, V] in place
 * of in_proj_weight. A query for which every key is masked has no weights: NaN, as in PyTorch.
 */
export function multiheadAttention(p: Params, query: Node, options: MultiheadAttentionOptions): MultiheadAttentionResult {
  return p.scope(() => {
    const { heads, key = query, value = key, bias = true, dropout: rate = 0, training } = options;
    check(p, query, key, value, options);
    const [B, L, E] = query.shape;
    const S = key.shape[1];
    const [q, k, v] = project(p, [query, key, value], bias).map((x) => transpose(reshape(x, [B, -1, heads, E / heads]), [0, 2, 1, 3]));
    const scores = mul(matmul(q, k, { transposeB: true }), 1 / Math.sqrt(E / heads));
    const spread = softmax(masked(scores, options), 3);
    const headWeights = rate > 0 ? dropout(p.at("dropout"), spread, { rate, training: training ?? inference }) : spread;
    const joined = reshape(transpose(matmul(headWeights, v), [0, 2, 1, 3]), [B, L, E]);
    const output = linear(p.at("out_proj"), joined, { out: E, bias, weightInit: torchInit(E), biasInit: ZERO });
    return { output: p.tap("", output), weights: p.tap("weights", mean(reshape(headWeights, [B, heads, L, S]), 1)), headWeights };
  });
}

const ZERO = constantInit(0);

/** Queries, keys and values: [B, ..., E] each. One product where a sequence attends to itself. */
function project(p: Params, inputs: readonly [query: Node, key: Node, value: Node], bias: boolean): readonly Node[] {
  const E = inputs[0].shape[2];
  const weights = inputWeights(p, inputs);
  const added = bias ? p.variable("in_proj_bias", [3 * E], { init: ZERO }) : null;
  const affine = (x: Node, weight: Node, offset: Node | null = null): Node => {
    const y = matmul(x, weight, { transposeB: true });
    return offset ? add(y, offset) : y;
  };
  if (weights.length === 1 && inputs.every((x) => x === inputs[0])) return split(affine(inputs[0], weights[0], added), 2, [E, E, E]);
  const parts = weights.length === 1 ? split(weights[0], 0, [E, E, E]) : weights;
  const offsets = added && split(added, 0, [E, E, E]);
  return inputs.map((x, i) => affine(x, parts[i], offsets?.[i]));
}

/** PyTorch keeps the three weights in one where they have one shape. */
function inputWeights(p: Params, inputs: readonly Node[]): readonly Node[] {
  const E = inputs[0].shape[2];
  const xavier = (rows: number, columns: number): Init => xavierUniform({ fanIn: columns, fanOut: rows });
  if (inputs.every((x) => x.shape[2] === E)) return [p.variable("in_proj_weight", [3 * E, E], { init: xavier(3 * E, E) })];
  return inputs.map(({ shape: [, , features] }, i) => p.variable(`${"qkv"[i]}_proj_weight`, [E, features], { init: xavier(E, features) }));
}

/** scores [B, heads, L, S]: -infinity where a mask forbids, of which softmax makes 0. */
function masked(scores: Node, { keyPaddingMask, attnMask }: MultiheadAttentionOptions): Node {
  const [B, heads, L, S] = scores.shape;
  const allowed = keyPaddingMask ? select(reshape(keyPaddingMask, [B, 1, 1, S]), Number.NEGATIVE_INFINITY, scores) : scores;
  if (!attnMask) return allowed;
  const mask = reshape(attnMask, attnMask.shape.length === 2 ? [1, 1, L, S] : [B, heads, L, S]);
  return mask.dtype === "f32" ? add(allowed, mask) : select(mask, Number.NEGATIVE_INFINITY, allowed);
}

function check(p: Params, query: Node, key: Node, value: Node, options: MultiheadAttentionOptions): void {
  const { heads, keyPaddingMask, attnMask, dropout: rate = 0, training } = options;
  const where = `multiheadAttention at ${p.path}`;
  const fail = (message: string): never => {
    throw new GraphError(`${where}: ${message}`);
  };
  checkRange(where, COUNT, { heads });
  checkRange(where, UNIT, { dropout: rate });
  if (rate > 0 && !training) fail("dropout needs the pass as `training`, createTraining() or inference");
  const [B, L, E] = query.shape;
  const S = key.shape[1];
  for (const [name, x] of Object.entries({ query, key, value }))
    if (x.dtype !== "f32" || x.shape.length !== 3 || x.shape[0] !== B)
      fail(`expected f32 [B, length, features] for ${name}, got ${describe(x)}`);
  if (value.shape[1] !== S) fail(`expected a value for each of ${S} keys, got ${describe(value)}`);
  if (E % heads !== 0) fail(`${E} features do not divide into ${heads} heads`);
  const wanted = `i32 [${B}, ${S}]`;
  if (keyPaddingMask && describe(keyPaddingMask) !== wanted) fail(`expected ${wanted} for keyPaddingMask, got ${describe(keyPaddingMask)}`);
  const shapes = [`[${L}, ${S}]`, `[${B * heads}, ${L}, ${S}]`];
  if (attnMask && !shapes.includes(shapeText(attnMask))) fail(`expected ${shapes.join(" or ")} for attnMask, got ${describe(attnMask)}`);
}
