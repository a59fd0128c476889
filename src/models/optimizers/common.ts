/**
 * What optimizers share. An optimizer is a graph: pairs of a variable and its gradient in, assignments for the end of the step out.
 * It keeps its state in slots: variables whose path is `<path of the weight>/<PyTorch's name of the state>`.
 */
import { add, GraphError, mul, variable, type Node, type Value } from "../../graph/index.ts";
import type { Update } from "../training.ts";

export type { Update };
export type Pair = readonly [variable: Node, gradient: Node];

export interface OptimizerOptions {
  /** A number, or a variable that the host writes as a schedule says (see `rateVariable`). */
  readonly lr: Value;
  readonly weightDecay?: number;
}

/** Pairs each weight with its gradient. */
export function pairs(weights: readonly Node[], gradients: readonly Node[]): Pair[] {
  if (weights.length !== gradients.length) throw new GraphError(`${weights.length} weights but ${gradients.length} gradients`);
  return weights.map((weight, i) => [weight, gradients[i]]);
}

/** A learning rate [] that lives on the device: write it there whenever it changes; the program stays the same. */
export const rateVariable = (lr: number, path = "optimizer/lr"): Node =>
  variable(path, [], { role: "slot", init: { kind: "constant", value: lr } });

/** The state `name` of a weight, zeros at first. */
export const slot = (weight: Node, name: string): Node => variable(`${pathOf(weight)}/${name}`, weight.shape, { role: "slot" });

export function pathOf(weight: Node): string {
  if (weight.op !== "variable")
    throw new GraphError(`expected a variable, got the result of ${weight.op}${weight.name && ` at ${weight.name}`}`);
  return weight.attrs.path;
}

/** Weight decay as an L2 penalty: g + weightDecay w. */
export const decayed = ([weight, gradient]: Pair, weightDecay: number): Node =>
  weightDecay === 0 ? gradient : add(gradient, mul(weight, weightDecay));

/** keep old + (1 - keep) fresh */
export const blend = (old: Node, fresh: Node, keep: number): Node => add(mul(old, keep), mul(fresh, 1 - keep));
