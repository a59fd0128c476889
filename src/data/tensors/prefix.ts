/**
 * What training code puts before every key of a state_dict: `module.` (DataParallel), `_orig_mod.` (torch.compile), `model.` (Lightning),
 * `state_dict.` (a checkpoint that was written whole), or several of them.
 */

import type { TensorSource } from "./source.ts";

/** The prefix, ending in a point, under which most of the wanted keys are found; "" if most are found without one. */
export function prefixOf(wanted: Iterable<string>, found: Iterable<string>): string {
  const keys = new Set(wanted);
  const hits = new Map<string, number>();
  for (const name of found)
    for (let at = 0; at >= 0; at = name.indexOf(".", at) + 1 || -1)
      if (keys.has(name.slice(at))) hits.set(name.slice(0, at), (hits.get(name.slice(0, at)) ?? 0) + 1);
  let best = "";
  for (const [prefix, count] of hits) if (count > (hits.get(best) ?? 0)) best = prefix;
  return best;
}

/** "62 tensors, such as conv1.weight [64, 3, 7, 7] and fc.bias [10]": what a file holds, for people. */
export function describeKeys({ entries }: Pick<TensorSource, "entries">): string {
  const all = [...entries];
  if (all.length === 0) return "no tensors";
  const shown = (all.length > 2 ? [all[0], all[all.length - 1]] : all).map(([name, { shape }]) => `${name} [${shape.join(", ")}]`);
  return `${all.length} ${all.length === 1 ? "tensor" : "tensors"}, ${all.length > 2 ? "such as " : ""}${shown.join(" and ")}`;
}
