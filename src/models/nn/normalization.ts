/** Layer, group and instance normalisation: each example by its own mean and variance, whatever else is in the batch. */
import { add, GraphError, mean, moments, mul, reciprocal, reshape, sqrt, sub, type Node } from "../../graph/index.ts";
import { constantInit } from "../init.ts";
import type { Params } from "../params.ts";
import { checkRange, COUNT, describe, NOT_NEGATIVE, UNIT } from "../ranges.ts";
import { inference, type Training } from "../training.ts";
import { runningStatistics, trackMoments } from "./running-statistics.ts";

export interface NormOptions {
  /** Added to the variance. Default: 1e-5. */
  readonly eps?: number;
  /** Scale and shift: `weight`, from 1, and `bias`, from 0. */
  readonly affine?: boolean;
}

export interface LayerNormOptions extends NormOptions {
  /** How many of the last axes are normalised together. Default: 1. */
  readonly axes?: number;
  /** False: a weight alone. Default: true. */
  readonly bias?: boolean;
}

/**
 * Layer normalisation (Ba et al., arXiv:1607.06450) over the last axes: [..., F] -> the same. Weight and bias have the shape of those axes,
 * one number per element. `affine` (PyTorch's elementwise_affine) is true by default.
 */
export function layerNorm(p: Params, x: Node, { axes = 1, eps = 1e-5, affine = true, bias = true }: LayerNormOptions = {}): Node {
  return p.scope(() => {
    checkRange(`layerNorm at ${p.path}`, COUNT, { axes });
    checkRange(`layerNorm at ${p.path}`, NOT_NEGATIVE, { eps });
    checkInput(p, "layerNorm", x, axes, `${axes} axes or more`);
    const lead = x.shape.length - axes;
    const y = standardized(
      x,
      x.shape.flatMap((_, axis) => (axis < lead ? [] : [axis])),
      eps,
    );
    const shape = x.shape.slice(lead);
    const scaled = affine ? mul(y, p.variable("weight", shape, { init: constantInit(1) })) : y;
    return p.tap("", affine && bias ? add(scaled, p.variable("bias", shape)) : scaled);
  });
}

export interface GroupNormOptions extends NormOptions {
  /** Of which the channels are made; neighbours form a group. 1 normalises the whole example, C each channel. */
  readonly groups: number;
}

/** Group normalisation (Wu and He, arXiv:1803.08494): [N, C] or [N, C, ...] -> the same. Weight and bias [C]; `affine` is true by default. */
export function groupNorm(p: Params, x: Node, { groups, eps = 1e-5, affine = true }: GroupNormOptions): Node {
  return p.scope(() => {
    checkRange(`groupNorm at ${p.path}`, COUNT, { groups });
    checkRange(`groupNorm at ${p.path}`, NOT_NEGATIVE, { eps });
    checkInput(p, "groupNorm", x, 2, "[N, C, ...]");
    const [N, C] = x.shape;
    if (C % groups !== 0) throw new GraphError(`groupNorm at ${p.path}: ${C} channels do not divide into ${groups} groups`);
    const y = reshape(standardized(reshape(x, [N, groups, -1]), [2], eps), x.shape);
    return p.tap("", affine ? affineOf(p, y) : y);
  });
}

export interface InstanceNormOptions extends NormOptions {
  /** Keeps running statistics, by which inference then normalises. Needs `training`. Default: false. */
  readonly trackRunningStats?: boolean;
  /** The pass; without running statistics training and inference are the same. */
  readonly training?: Training;
  /** Share of the batch in the next running statistics. Default: 0.1. */
  readonly momentum?: number;
}

/**
 * Instance normalisation (Ulyanov et al., arXiv:1607.08022) of each channel of each example: [N, C, ...] -> the same. `affine` is false by
 * default; if true, weight and bias [C]. With running statistics: running_mean, running_var [C], the latter unbiased, both averaged over the
 * batch; and num_batches_tracked [], which PyTorch has but does not count.
 */
export function instanceNorm(p: Params, x: Node, options: InstanceNormOptions = {}): Node {
  const { eps = 1e-5, affine = false, trackRunningStats = false, training, momentum = 0.1 } = options;
  return p.scope(() => {
    checkRange(`instanceNorm at ${p.path}`, NOT_NEGATIVE, { eps });
    checkRange(`instanceNorm at ${p.path}`, UNIT, { momentum });
    checkInput(p, "instanceNorm", x, 3, "[N, C, ...] with at least three axes");
    if (trackRunningStats && !training)
      throw new GraphError(`instanceNorm at ${p.path}: trackRunningStats needs the pass as \`training\`, createTraining() or inference`);
    const y = trackRunningStats ? tracked(p, x, eps, momentum, training ?? inference) : byInstance(p, x, eps);
    return p.tap("", affine ? affineOf(p, y) : y);
  });
}

export interface AdaptiveInstanceNormOptions {
  /** [N, C]: the standard deviation and the mean that each channel of each example gets. */
  readonly scale: Node;
  readonly shift: Node;
  /** Default: 1e-5. */
  readonly eps?: number;
}

/**
 * Adaptive instance normalisation (Huang and Belongie, arXiv:1703.06868): x without its style, then `scale` and `shift`, which come from
 * another image or from a network. [N, C, ...] -> the same. No parameters; `p` names the place.
 */
export function adaptiveInstanceNorm(p: Params, x: Node, { scale, shift, eps = 1e-5 }: AdaptiveInstanceNormOptions): Node {
  return p.scope(() => {
    checkRange(`adaptiveInstanceNorm at ${p.path}`, NOT_NEGATIVE, { eps });
    checkInput(p, "adaptiveInstanceNorm", x, 3, "[N, C, ...] with at least three axes");
    const [N, C] = x.shape;
    for (const [name, node] of Object.entries({ scale, shift }))
      if (node.dtype !== "f32" || node.shape.join() !== `${N},${C}`)
        throw new GraphError(`adaptiveInstanceNorm at ${p.path}: expected f32 [${N}, ${C}] for ${name}, got ${describe(node)}`);
    const perInstance = (node: Node): Node => reshape(node, [N, C, ...x.shape.slice(2).map(() => 1)]);
    return p.tap("", add(mul(byInstance(p, x, eps), perInstance(scale)), perInstance(shift)));
  });
}

/** (x - mean) / sqrt(variance + eps), both over `axes`. Not rsqrt, whose derivative holds the third power of what may be 1e-13. */
function standardized(x: Node, axes: readonly number[], eps: number): Node {
  const { centred, variance } = moments(x, axes);
  return mul(centred, reciprocal(sqrt(add(variance, eps))));
}

function byInstance(p: Params, x: Node, eps: number): Node {
  checkPixels(p, x);
  return standardized(x, pixelAxes(x), eps);
}

function tracked(p: Params, x: Node, eps: number, momentum: number, training: Training): Node {
  const state = runningStatistics(p, [x.shape[1]]);
  if (!training.training) return mul(sub(x, perChannel(x, state.mean)), reciprocal(sqrt(add(perChannel(x, state.variance), eps))));
  checkPixels(p, x);
  const { centred, variance, count, mean: means } = moments(x, pixelAxes(x));
  const unbiased = mul(mean(variance, 0), count / (count - 1));
  trackMoments(training, state, { mean: mean(means, 0), variance: unbiased }, momentum, centred);
  return mul(centred, reciprocal(sqrt(add(variance, eps))));
}

function affineOf(p: Params, y: Node): Node {
  const weight = p.variable("weight", [y.shape[1]], { init: constantInit(1) });
  const bias = p.variable("bias", [y.shape[1]]);
  return add(mul(y, perChannel(y, weight)), perChannel(y, bias));
}

const perChannel = (x: Node, node: Node): Node => reshape(node, [x.shape[1], ...x.shape.slice(2).map(() => 1)]);
const pixelAxes = (x: Node): readonly number[] => x.shape.flatMap((_, axis) => (axis < 2 ? [] : [axis]));

function checkPixels(p: Params, x: Node): void {
  if (pixelAxes(x).every((axis) => x.shape[axis] === 1))
    throw new GraphError(`instanceNorm at ${p.path}: needs more than one value per channel and example, got [${x.shape.join(", ")}]`);
}

function checkInput(p: Params, layer: string, x: Node, rank: number, expected: string): void {
  if (x.dtype !== "f32" || x.shape.length < rank)
    throw new GraphError(`${layer} at ${p.path}: expected f32 ${expected}, got ${describe(x)}`);
}
