/** Around the optimizer: clipping, moving averages of weights, and steps that do nothing when something is not finite. */
import {
  add,
  GraphError,
  constant,
  div,
  isFinite as finite,
  minimum,
  mul,
  reduceMin,
  select,
  sqrt,
  square,
  sum,
  variable,
  type Node,
  type Update,
} from "../../graph/index.ts";
import { checkRange, NOT_NEGATIVE, UNIT } from "../ranges.ts";
import { blend, pathOf } from "./common.ts";

/**
 * Scales all gradients by min(1, maxNorm / (norm + 1e-6)), norm = the L2 norm of all of them together (torch's clip_grad_norm_;
 * Pascanu et al., arXiv:1211.5063). Returns the norm before clipping, [].
 */
export function clipByGlobalNorm(gradients: readonly Node[], maxNorm: number): { gradients: Node[]; norm: Node } {
  checkRange("clipByGlobalNorm", NOT_NEGATIVE, { maxNorm });
  const norm = globalNorm(gradients);
  const scale = minimum(div(maxNorm, add(norm, 1e-6)), 1);
  return { gradients: gradients.map((gradient) => mul(gradient, scale)), norm };
}

/** The L2 norm of all tensors together, []. */
export const globalNorm = (nodes: readonly Node[]): Node =>
  sqrt(nodes.map((node) => sum(square(node))).reduce((total, part) => add(total, part)));

/** Where `ema` keeps the average of the variable at `path`. */
export const emaPath = (path: string, name = "ema"): string => `${path}/${name}`;

/**
 * Moving averages of what the updates make: a' = decay a + (1 - decay) w', and a' = w' in the first step (torch's AveragedModel).
 * Pass the updates of the weights to average; slots: `<path>/<name>`, and `<name>/started` [] i32.
 */
export function ema(updates: readonly Update[], { decay, name = "ema" }: { readonly decay: number; readonly name?: string }): Update[] {
  checkRange("ema", UNIT, { decay });
  const started = variable(`${name}/started`, [], { role: "slot", dtype: "i32" });
  const averages = updates.map(([weight, next]): Update => {
    const average = variable(emaPath(pathOf(weight), name), weight.shape, { role: "slot" });
    return [average, select(started, blend(average, next, decay), next)];
  });
  return [...averages, [started, constant(1, [], "i32")]];
}

/**
 * A step that must not spoil what was learnt: where any of the checked tensors, or the next value of a running statistic, holds an infinity
 * or a NaN (tested on exponent bits, which shader optimisers leave alone), every update becomes "keep". `ok` is [] i32, 1 or 0, for the host.
 * Check the loss and `globalNorm(gradients)`: it is finite only if every gradient is, and small enough for the squares that Adam keeps.
 */
export function guardFinite(updates: readonly Update[], checked: readonly Node[]): { ok: Node; updates: Update[] } {
  const statistics = updates.filter(([target]) => target.op === "variable" && target.attrs.role === "buffer" && target.dtype === "f32");
  const nodes = [...checked, ...statistics.map(([, next]) => next)];
  if (nodes.length === 0) throw new GraphError("guardFinite: there is nothing to check");
  const ok = nodes.map((node) => reduceMin(finite(node))).reduce((all, each) => minimum(all, each));
  return { ok, updates: updates.map(([target, next]): Update => [target, select(ok, next, target)]) };
}
