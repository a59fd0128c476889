/** Batch normalisation (Ioffe and Szegedy, arXiv:1502.03167) over every axis but the second. */
import { add, constant, GraphError, moments, mul, reciprocal, reshape, sqrt, sub, type Moments, type Node } from "../../graph/index.ts";
import { constantInit } from "../init.ts";
import type { Params } from "../params.ts";
import { checkRange, NOT_NEGATIVE, UNIT } from "../ranges.ts";
import { advance, latest, type Training } from "../training.ts";
import { runningStatistics, trackMoments } from "./running-statistics.ts";

export interface BatchNormOptions {
  readonly training: Training;
  /** Share of the batch in the next running statistics. Default: 0.1. */
  readonly momentum?: number;
  readonly eps?: number;
  /** Scale and shift. Default: true. */
  readonly affine?: boolean;
  /** False: a training pass that normalises by its batch but leaves the running statistics alone. Default: true. */
  readonly track?: boolean;
}

/**
 * [N, C] or [N, C, ...] -> the same. Weight, bias, running_mean, running_var [C], num_batches_tracked [] (i32; I64 in a file).
 * Training: normalises by the batch's mean and biased variance; the running variance takes the unbiased one, as PyTorch. Several uses
 * in one pass chain their statistics in call order. Inference: normalises by the statistics from before the step, updates nothing.
 */
export function batchNorm(
  p: Params,
  x: Node,
  { training, momentum = 0.1, eps = 1e-5, affine = true, track = true }: BatchNormOptions,
): Node {
  return p.scope(() => {
    const rank = x.shape.length;
    checkRange(`batchNorm at ${p.path}`, UNIT, { momentum });
    checkRange(`batchNorm at ${p.path}`, NOT_NEGATIVE, { eps });
    if (rank < 2) throw new GraphError(`batchNorm at ${p.path}: expected [N, C, ...], got [${x.shape.join(", ")}]`);
    const channels = [x.shape[1]];
    const weight = affine ? p.variable("weight", channels, { init: constantInit(1) }) : null;
    const bias = affine ? p.variable("bias", channels) : null;
    const state = runningStatistics(p, channels);
    const perChannel = (node: Node): Node => reshape(node, [channels[0], ...Array<number>(rank - 2).fill(1)]);

    const batch = training.training ? momentsOf(p, x) : null;
    if (batch && track) {
      const variance = mul(batch.variance, batch.count / (batch.count - 1));
      trackMoments(training, state, { mean: batch.mean, variance }, momentum, batch.centred);
      advance(training, state.count, add(latest(training, state.count), constant(1, [], "i32")), batch.centred);
    }
    // Not rsqrt, whose derivative holds the third power: 0 in f32 where the deviation is 1e13.
    const scale = reciprocal(sqrt(add(batch ? batch.variance : perChannel(state.variance), eps)));
    const centred = batch ? batch.centred : sub(x, perChannel(state.mean));
    const scaled = mul(centred, weight ? mul(scale, perChannel(weight)) : scale);
    return p.tap("", bias ? add(scaled, perChannel(bias)) : scaled);
  });
}

/** Over all axes but the second. */
function momentsOf(p: Params, x: Node): Moments {
  const found = moments(
    x,
    x.shape.map((_, axis) => axis).filter((axis) => axis !== 1),
  );
  if (found.count === 1)
    throw new GraphError(`batchNorm at ${p.path}: training needs more than one value per channel, got [${x.shape.join(", ")}]`);
  return found;
}
