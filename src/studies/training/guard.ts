/**
 * A training step that guards itself: a loss or gradient that stops being finite changes nothing, and neither does any later step, so
 * that the host may look only now and then and still finds the last good state.
 */

import { add, equal, type Node, input, minimum, select, square, variable } from "../../graph/index.ts";
import { guardFinite, type Update } from "../../models/index.ts";

/** How many steps went well: i32 [], a variable of every training. The step that comes next has this number. */
export const GOOD_STEPS = "training/good";
/** What the steps since the last reset add up: f32 [K]. */
export const SUMS = "training/sums";

export interface GuardedStep {
  readonly updates: readonly Update[];
  /** i32 []: 1 if this step counts. */
  readonly alive: Node;
  /** i32 []: `GOOD_STEPS` after this step. */
  readonly good: Node;
}

/**
 * Makes all updates conditional: on a finite loss and finite gradients, and on every earlier step having gone well, which is so if the
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

/** Adds `values` f32 [K] to the running sums; `value(alive)` is what they are after the step. */
export function runningSums(values: Node): { update: Update; value: (alive: Node) => Node } {
  const before = variable(SUMS, values.shape, { role: "slot" });
  const after = add(before, values);
  return { update: [before, after], value: (alive) => select(alive, after, before) };
}
