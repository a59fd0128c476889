/** Optimizers that are chosen before there are weights: `adam({ lr: 1e-3 })` rather than `adam(pairs, { lr })`. */
import type { Update, Value } from "../../graph/index.ts";
import type { GradientPair, OptimizerOptions } from "./common.ts";

/** What a group of weights has of its own. */
export interface GroupSettings {
  /** A number, or a node [] that the host feeds as a schedule says. */
  readonly lr: Value;
  readonly weightDecay?: number;
  /** Tells the state of two groups apart. */
  readonly name?: string;
}

/** The rate, or what it is at the optimizer's own step 0, 1, ..., of `steps` in the whole training. */
export type LearningRate = number | ((step: number, steps: number) => number);

export interface Optimizer {
  readonly lr: LearningRate;
  /** The updates of weights with their gradients, as the optimizer's own function makes them. */
  updates(pairs: readonly GradientPair[], settings: GroupSettings): Update[];
}

/** The options of an optimizer that waits for its weights: the rate may be a schedule. */
export type Later<O extends OptimizerOptions> = Omit<O, "lr"> & { readonly lr: LearningRate };

export function later<O extends OptimizerOptions>(
  make: (pairs: readonly GradientPair[], options: O) => Update[],
  options: Later<O>,
): Optimizer {
  const { lr } = options;
  // Refused now, not when the first step is built.
  make([], { ...options, lr: typeof lr === "number" ? lr : lr(0, 1) } as unknown as O);
  return {
    lr,
    updates: (pairs, { weightDecay, ...settings }) =>
      make(pairs, { ...options, ...settings, ...(weightDecay === undefined ? {} : { weightDecay }) } as unknown as O),
  };
}
