/**
 * A training step that guards itself: a loss or gradient that stops being finite changes nothing, and neither does any later step, so
 * that the host may check only every few steps and still finds the last good state.
 */

import {
  add,
  constant,
  div,
  equal,
  input,
  minimum,
  mul,
  type Node,
  reshape,
  select,
  sliceAxis,
  square,
  stack,
  sub,
  sum as sumOver,
  type Update,
  variable,
} from "../graph/index.ts";
import { guardFinite } from "../models/index.ts";

/** How many steps were good: i32 [], a variable of every training. The step that comes next has this number. */
export const GOOD_STEPS = "training/good";
/** The sums over all steps since the last reset: see `runningSums`. */
export const SUMS = "training/sums";

export interface GuardedStep {
  readonly updates: readonly Update[];
  /** i32 []: 1 if this step counts. */
  readonly alive: Node;
  /** i32 []: `GOOD_STEPS` after this step. */
  readonly good: Node;
}

/**
 * Makes all updates conditional: on a finite loss and finite gradients, and on every earlier step having been good, which is so if the
 * count of good steps equals the fed number `step` (i32 []). Squares are tested, since Adam's second moment holds them.
 */
export function guardStep(updates: readonly Update[], { loss, gradients }: { loss: Node; gradients: readonly Node[] }): GuardedStep {
  const count = variable(GOOD_STEPS, [], { role: "slot", dtype: "i32" });
  const { ok } = guardFinite([], [loss, ...gradients.map((gradient) => square(gradient))]);
  const alive = minimum(ok, equal(count, input("step", [], "i32")));
  const good = add(count, alive);
  const guarded = updates.map(([target, next]): Update => [target, select(alive, next, target)]);
  return { updates: [...guarded, [count, good]], alive, good };
}

/** Values of a level that are summed before they go to the next level: 32 equal ones lose at most 5 10^-7 of their sum. */
const TURNS = 32;
const LEVELS = 4;

/**
 * Adds `values` f32 [K] to the running sums, which the host sets to zero; `value(alive)` f32 [K] is what they are after the step. They are kept
 * as [LEVELS, K]: a level takes TURNS sums of the one below, which is then set to zero. Their sum over the levels is `totals`.
 */
export function runningSums(values: Node): { update: Update; value: (alive: Node) => Node } {
  const before = variable(SUMS, [LEVELS, ...values.shape], { role: "slot" });
  const steps = add(input("step", [], "i32"), 1);
  const levels: Node[] = [];
  let carried = values;
  for (let level = 0; level < LEVELS; level++) {
    const sum = add(reshape(sliceAxis(before, 0, level, level + 1), values.shape), carried);
    const turn = TURNS ** (level + 1);
    const full = level + 1 < LEVELS ? equal(sub(steps, mul(div(steps, turn), turn)), 0) : constant(0, [], "i32");
    levels.push(select(full, 0, sum));
    carried = select(full, sum, 0);
  }
  const after = stack(levels, 0);
  return { update: [before, after], value: (alive) => sumOver(select(alive, after, before), 0) };
}

/** The running sums [K] as a host adds them up from what the variable holds. */
export const totals = (levels: ArrayLike<number>): number[] => {
  const K = levels.length / LEVELS;
  return Array.from({ length: K }, (_, k) => Array.from({ length: LEVELS }, (_, level) => levels[level * K + k]).reduce((a, b) => a + b));
};
