/**
 * Mutual information between what is seen of an instance and its description (thesis Eq. 7.1; Deep InfoMax, Hjelm et al., arXiv:1808.06670): heads that
 * tell what belongs to one instance from what belongs to two, and a prior that descriptions should look like.
 */
import {
  add,
  concat,
  flatten,
  GraphError,
  matmul,
  mean,
  mul,
  type Node,
  relu,
  reshape,
  softplus,
  split,
  stopGradient,
  sum,
  take,
  transpose,
} from "../../graph/index.ts";
import { torchInit } from "../init.ts";
import type { Params } from "../params.ts";
import { checkRange, COUNT, describe, NOT_NEGATIVE } from "../ranges.ts";

export interface InfoMaxInputs {
  /** f32 [T, C, h, w]: the feature maps of all instances. */
  readonly map: Node;
  /** f32 [T, F]: their descriptions. */
  readonly code: Node;
  /** i32 [T]: for each instance another one, whose map (or code) does not belong to it. */
  readonly other: Node;
  /** f32 [T, F]: a draw from the prior, uniform in [0, 1). */
  readonly prior: Node;
  /** f32 [T]: what each instance counts, 0 for a place without one; they sum to 1. */
  readonly weight: Node;
}

/**
 * "published": as the authors' code has it (shadowwkl/LSTM-for-Multiple-Instance-Learning): the global pair is (code, code) against (code, another's
 * code), and the encoder minimises the prior's loss together with its discriminator. "adversarial": as Hjelm et al. mean it: the global pair is
 * (code, whole map) against (code, another's map); the discriminator learns to tell the prior from codes, and the encoder to deceive it.
 */
export const INFOMAX_MODES = ["published", "adversarial"] as const;
export type InfoMaxMode = (typeof INFOMAX_MODES)[number];

export interface InfoMaxOptions {
  readonly mode: InfoMaxMode;
  /** Where the prior's discriminator is, if another optimizer trains it ("adversarial"). Default: below `p`. */
  readonly discriminator?: Params;
  /** alpha, beta, gamma of Eq. 7.1. Default: [0.5, 1, 0.1]. */
  readonly weights?: readonly [global: number, local: number, prior: number];
  /** Of the heads' two hidden layers. Default: [512, 128]. */
  readonly hidden?: readonly [number, number];
}

export interface InfoMax {
  /** What heads and encoder minimise: alpha global + beta local + gamma prior. [] */
  readonly loss: Node;
  readonly global: Node;
  readonly local: Node;
  readonly prior: Node;
  /** What the prior's discriminator minimises, in "adversarial"; it does not move the encoder. [] */
  readonly adversary: Node | null;
}

/** Heads dis_g, dis_l (1 x 1 convolutions) and dis_p, each with the layers 0, 2 and 4 of the authors' code. */
export function mutualInformation(p: Params, inputs: InfoMaxInputs, options: InfoMaxOptions): InfoMax {
  const { mode, weights = [0.5, 1, 0.1], hidden = [512, 128], discriminator = p } = options;
  check(p, inputs, weights, hidden);
  const { map, code, other, weight } = inputs;
  const [instances, channels, height, width] = map.shape;
  const places = transpose(reshape(map, [instances, channels, height * width]), [0, 2, 1]);
  const whole = mode === "published" ? code : flatten(map);
  const codes = reshape(code, [instances, 1, -1]);
  const global = pairLoss(p.at("dis_g"), codes, reshape(whole, [instances, 1, -1]), { other, weight, hidden, kernel: [] });
  const local = pairLoss(p.at("dis_l"), codes, places, { other, weight, hidden, kernel: [1, 1] });
  const { prior, adversary } = priorLoss(discriminator.at("dis_p"), inputs, mode, hidden);
  const loss = [global, local, prior].map((part, i) => mul(part, weights[i])).reduce(add);
  return { loss, global, local, prior, adversary };
}

interface PairOptions {
  readonly other: Node;
  readonly weight: Node;
  readonly hidden: readonly [number, number];
  /** What stands behind the weights' [out, in]. */
  readonly kernel: readonly number[];
}

/**
 * The Jensen-Shannon bound (Hjelm et al., Eq. 4) of left [T, 1, A] and right [T, P, B]: softplus(-D(own pair)) + softplus(D(pair of two)), the mean over P.
 * The head's first layer is linear in the pair, so that it is computed once for every left and every right, and not for every pair.
 */
function pairLoss(p: Params, left: Node, right: Node, { other, weight, hidden, kernel }: PairOptions): Node {
  const [instances, places, B] = right.shape;
  const A = left.shape[2];
  const { weight: both, bias } = layerOf(p.at("0"), A + B, hidden[0], kernel);
  const [ofLeft, ofRight] = split(both, 1, [A, B]);
  const l = add(matmul(left, ofLeft, { transposeB: true }), bias);
  const r = matmul(right, ofRight, { transposeB: true });
  const pairs = concat([add(l, r), add(l, take(r, other, 0))], 0);
  const [own, strange] = split(reshape(rest(p, relu(pairs), hidden[1], kernel), [2 * instances, places]), 0, [instances, instances]);
  return weighted(weight, mean(add(softplus(mul(own, -1)), softplus(strange)), 1));
}

/** The prior's discriminator says how much a description looks like a draw from the prior. */
function priorLoss(p: Params, { code, prior, weight }: InfoMaxInputs, mode: InfoMaxMode, hidden: readonly [number, number]) {
  const [instances, features] = code.shape;
  const scores = (at: Params, rows: Node): Node => {
    const { weight: first, bias } = layerOf(at.at("0"), features, hidden[0], []);
    return reshape(rest(at, relu(add(matmul(rows, first, { transposeB: true }), bias)), hidden[1], []), [rows.shape[0]]);
  };
  const told = (codes: Node): Node => {
    const [real, made] = split(scores(p.shared(), concat([prior, codes], 0)), 0, [instances, instances]);
    return weighted(weight, add(softplus(mul(real, -1)), softplus(made)));
  };
  if (mode === "published") return { prior: told(code), adversary: null };
  return { prior: weighted(weight, softplus(mul(scores(p.shared(), code), -1))), adversary: told(stopGradient(code)) };
}

/** The second and third layer: [..., hidden 0] -> [..., 1] */
function rest(p: Params, x: Node, width: number, kernel: readonly number[]): Node {
  const apply = (name: string, rows: Node, out: number): Node => {
    const { weight, bias } = layerOf(p.at(name), rows.shape[rows.shape.length - 1], out, kernel);
    return add(matmul(rows, weight, { transposeB: true }), bias);
  };
  return apply("4", relu(apply("2", x, width)), 1);
}

/** A linear layer's variables, or those of a 1 x 1 convolution: weight [out, in], bias [out]. */
function layerOf(p: Params, features: number, out: number, kernel: readonly number[]) {
  const init = torchInit(features);
  const weight = p.variable("weight", [out, features, ...kernel], { init });
  return { weight: reshape(weight, [out, features]), bias: p.variable("bias", [out], { init }) };
}

const weighted = (weight: Node, values: Node): Node => sum(mul(weight, values));

function check(p: Params, { map, code, other, prior, weight }: InfoMaxInputs, weights: readonly number[], hidden: readonly number[]): void {
  const where = `mutualInformation at ${p.path}`;
  const [T, F] = code.shape;
  if (code.dtype !== "f32" || code.shape.length !== 2) throw new GraphError(`${where}: expected code f32 [T, F], got ${describe(code)}`);
  if (map.dtype !== "f32" || map.shape.length !== 4 || map.shape[0] !== T)
    throw new GraphError(`${where}: expected map f32 [${T}, C, h, w], got ${describe(map)}`);
  const wanted = { other: [other, `i32 [${T}]`], prior: [prior, `f32 [${T}, ${F}]`], weight: [weight, `f32 [${T}]`] } as const;
  for (const [name, [node, text]] of Object.entries(wanted))
    if (describe(node) !== text) throw new GraphError(`${where}: expected ${name} ${text}, got ${describe(node)}`);
  for (const value of weights) checkRange(where, NOT_NEGATIVE, { weights: value });
  for (const value of hidden) checkRange(where, COUNT, { hidden: value });
}
