/**
 * What optimizers share. An optimizer is a graph: pairs of a variable and its gradient in, assignments for the end of the step out.
 * It keeps its state in slots: variables whose path is `<path of the weight>/<PyTorch's name of the state>`.
 */
import { add, GraphError, isFinite, mul, select, square, sub, variable, type Node, type Value } from "../../graph/index.ts";
import { checkRange, checkValue, describe, NOT_NEGATIVE } from "../ranges.ts";

/** A variable and its gradient, of one shape. */
export type GradientPair = readonly [variable: Node, gradient: Node];

export interface OptimizerOptions {
  /** A number, or a variable that the host writes as a schedule says (see `rateVariable`). */
  readonly lr: Value;
  readonly weightDecay?: number;
}

export const isPairs = (value: readonly GradientPair[] | object): value is readonly GradientPair[] => Array.isArray(value);

/** Pairs each weight with its gradient. */
export function pairs(weights: readonly Node[], gradients: readonly Node[]): GradientPair[] {
  if (weights.length !== gradients.length) throw new GraphError(`${weights.length} weights but ${gradients.length} gradients`);
  return weights.map((weight, i) => {
    if (describe(weight) !== describe(gradients[i]))
      throw new GraphError(`pairs: expected a gradient of ${describe(weight)} for ${pathOf(weight)}, got ${describe(gradients[i])}`);
    return [weight, gradients[i]];
  });
}

/** A learning rate [] that lives on the device: write it there whenever it changes; the program stays the same. */
export function rateVariable(lr: number, path = "optimizer/lr"): Node {
  checkRange("rateVariable", NOT_NEGATIVE, { lr });
  return variable(path, [], { role: "slot", init: { kind: "constant", value: lr } });
}

/** The state `name` of a weight, zeros at first. */
export const slot = (weight: Node, name: string): Node => variable(`${pathOf(weight)}/${name}`, weight.shape, { role: "slot" });

export function pathOf(weight: Node): string {
  if (weight.op !== "variable")
    throw new GraphError(`expected a variable, got the result of ${weight.op}${weight.name && ` at ${weight.name}`}`);
  return weight.attrs.path;
}

/** Weight decay as an L2 penalty: g + weightDecay w. */
export const decayed = ([weight, gradient]: GradientPair, weightDecay: number): Node =>
  weightDecay === 0 ? gradient : add(gradient, mul(weight, weightDecay));

/**
 * keep old + (1 - keep) fresh, as old + (1 - keep) (fresh - old): the two shares add up to 1 in spite of rounding. As two products
 * with 0.9999 and 0.0001, an average of a constant w would end at 0.99983 w.
 */
export const blend = (old: Node, fresh: Node, keep: number): Node =>
  keep < 0.5 ? add(fresh, mul(sub(old, fresh), keep)) : add(old, mul(sub(fresh, old), 1 - keep));

/**
 * keep old + (1 - keep) g^2. Once a square overflows f32 the average stays infinite, as in PyTorch, and the weight no longer changes;
 * infinity - infinity would make it NaN.
 */
export const blendSquares = (old: Node, gradient: Node, keep: number): Node =>
  select(isFinite(old), blend(old, square(gradient), keep), old);

export function checkOptimizer(where: string, { lr, weightDecay }: OptimizerOptions): void {
  checkValue(where, NOT_NEGATIVE, "lr", lr);
  checkRange(where, NOT_NEGATIVE, { weightDecay });
}
