/** The running mean and variance of normalisation layers, under PyTorch's keys. */
import { add, mul, reshape, sub, type Node } from "../../graph/index.ts";
import { constantInit } from "../init.ts";
import type { Params } from "../params.ts";
import { advance, latest, type Training } from "../training.ts";

export interface RunningStatistics {
  /** `running_mean`, `running_var`: [C] */
  readonly mean: Node;
  readonly variance: Node;
  /** `num_batches_tracked`: [] i32; I64 in a file. */
  readonly count: Node;
}

export const runningStatistics = (p: Params, channels: readonly number[]): RunningStatistics => ({
  mean: p.variable("running_mean", channels, { role: "buffer" }),
  variance: p.variable("running_var", channels, { role: "buffer", init: constantInit(1) }),
  count: p.variable("num_batches_tracked", [], { role: "buffer", dtype: "i32" }),
});

/** running += momentum (batch - running), for the unbiased variance; both of C elements. `user`: see `advance`. */
export function trackMoments(
  training: Training,
  state: RunningStatistics,
  batch: Readonly<Record<"mean" | "variance", Node>>,
  momentum: number,
  user: Node,
): void {
  for (const [running, value] of [
    [state.mean, batch.mean],
    [state.variance, batch.variance],
  ]) {
    const before = latest(training, running);
    advance(training, running, add(before, mul(sub(reshape(value, running.shape), before), momentum)), user);
  }
}
