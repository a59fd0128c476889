/** Gradient accumulation: one step of the optimizer on a batch that the device takes in parts. */
import { add, constant, div, mul, variable, zeros, type Node, type Value, type Update } from "../../graph/index.ts";
import { checkValue, POSITIVE } from "../ranges.ts";
import { type GradientPair, slot } from "./common.ts";

export interface AccumulateOptions {
  /** Weight of this part in the mean: its number of items, if the loss is their mean. Default: 1. */
  readonly weight?: Value;
  /** Where the sum of the weights is kept; two accumulations in one program need two names. Default: "accumulated". */
  readonly name?: string;
}

/**
 * For the program of a part: adds the part's gradients to what is kept. Slots: grad_sum of each weight, and `<name>/weight` [].
 * The parts' gradients add up to that of the whole batch, but for layers that look at a batch as a whole: batch norm normalises each part
 * by the part's own statistics, and its running averages move once per part.
 */
export function accumulate(pairs: readonly GradientPair[], options: AccumulateOptions = {}): Update[] {
  const { sums, total, targets } = added(pairs, options);
  return [...pairs.map(([weight], i): Update => [sumOf(weight), sums[i]]), [targets.total, total]];
}

export interface Accumulated {
  /** Each weight with the weighted mean of its gradients: what an optimizer takes. */
  readonly pairs: readonly GradientPair[];
  /** Hand them to `compile` with the optimizer's: they set the sums to zero for the next batch. */
  readonly clear: readonly Update[];
}

/** For the program that runs the optimizer when all parts have been added. */
export function accumulated(weights: readonly Node[], { name = "accumulated" }: Pick<AccumulateOptions, "name"> = {}): Accumulated {
  const total = totalOf(name);
  return { pairs: weights.map((weight): GradientPair => [weight, div(sumOf(weight), total)]), clear: cleared(weights, total) };
}

/** For the program of the last part, which runs the optimizer at once: as `accumulate`, and then `accumulated`. */
export function accumulateLast(pairs: readonly GradientPair[], options: AccumulateOptions = {}): Accumulated {
  const { sums, total, targets } = added(pairs, options);
  const weights = pairs.map(([weight]) => weight);
  return { pairs: weights.map((weight, i): GradientPair => [weight, div(sums[i], total)]), clear: cleared(weights, targets.total) };
}

const sumOf = (weight: Node): Node => slot(weight, "grad_sum");
const totalOf = (name: string): Node => variable(`${name}/weight`, [], { role: "slot" });

function added(pairs: readonly GradientPair[], { weight = 1, name = "accumulated" }: AccumulateOptions) {
  checkValue("accumulate", POSITIVE, "weight", weight);
  const targets = { total: totalOf(name) };
  const sums = pairs.map(([variable, gradient]) => add(sumOf(variable), mul(gradient, weight)));
  return { sums, total: add(targets.total, weight), targets };
}

const cleared = (weights: readonly Node[], total: Node): Update[] => [
  ...weights.map((weight): Update => [sumOf(weight), zeros(weight.shape)]),
  [total, constant(0)],
];
