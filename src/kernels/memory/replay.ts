/**
 * A sequence of kernels that rematerialises values: what is dropped between two uses is computed again before the second one. A kernel that runs
 * twice has the same text and the same uniform, bound to other memory: the same bits, and no pipeline is compiled for it. Random numbers come
 * from counters, and variables change after the last kernel that reads them, so the second run sees what the first one saw.
 */
import { type Node, remake } from "../../graph/node.ts";
import type { Kernel } from "../lower/kernel.ts";
import { liveBytes, type Sequence } from "./sequence.ts";

interface Step {
  readonly kernel: number;
  /** What it reads or writes, as `touches` lists it: value + version * number of values. */
  readonly keys: readonly number[];
  /** Does the kernel run for the second time? */
  readonly recomputes: boolean;
}

/** A way to run a sequence. */
export interface Replay {
  readonly steps: readonly Step[];
  /** Bytes that live at each step. */
  readonly live: Float64Array;
}

/**
 * Runs the sequence without keeping the `dropped` values over their gaps; null if one of them cannot be computed again. Versions of a value:
 * 0 as computed first, 1 as computed again, from 2 on what a kernel that runs twice writes although only its other values were wanted.
 */
export function replay(sequence: Sequence, dropped: ReadonlySet<number>): Replay | null {
  const { touches, writes, commits, gaps, owners } = sequence;
  const steps: Step[] = [];
  const recomputed = new Set<number>();
  const changed = new Set<number>();
  let unwanted = 2;
  for (let at = 0; at < touches.length; at++) {
    const isMissing = (value: number): boolean =>
      dropped.has(value) && !recomputed.has(value) && at > (gaps[value] as readonly number[])[0];
    const missing = dropped.size === 0 ? [] : touches[at].filter(isMissing);
    if (missing.length > 0) {
      const { kernels, values } = closure(sequence, missing, isMissing);
      for (const value of values) recomputed.add(value);
      for (const kernel of kernels) {
        if (commits[kernel] || touches[kernel].some((value) => changed.has(value))) return null;
        const version = (value: number, i: number): number => (recomputed.has(value) ? 1 : writes[kernel][i] ? unwanted++ : 0);
        steps.push({ kernel, keys: touches[kernel].map((value, i) => value + version(value, i) * owners.length), recomputes: true });
      }
    }
    const keys = touches[at].map((value) => (recomputed.has(value) ? value + owners.length : value));
    steps.push({ kernel: at, keys, recomputes: false });
    if (commits[at]) for (const [i, value] of touches[at].entries()) if (writes[at][i]) changed.add(value);
  }
  const live = liveBytes(
    sequence,
    steps.map(({ keys }) => keys),
  );
  return { steps, live };
}

/** The kernels, in order, that compute the missing values, and those that compute whichever of their own inputs are missing. */
function closure({ touches, writers }: Sequence, missing: readonly number[], isMissing: (value: number) => boolean) {
  const values = new Set(missing);
  const kernels = new Set<number>();
  for (const value of values)
    for (const kernel of writers[value]) {
      if (kernels.has(kernel)) continue;
      kernels.add(kernel);
      for (const other of touches[kernel]) if (isMissing(other)) values.add(other);
    }
  return { values, kernels: [...kernels].sort((a, b) => a - b) };
}

/** The replay as kernels: what is computed again has memory of its own. */
export function kernelsOf({ kernels, owners, touches }: Sequence, { steps }: Replay): Kernel[] {
  const copies = new Map<number, Node>();
  const ownerOf = (key: number): Node => {
    if (key < owners.length) return owners[key];
    const copy = copies.get(key) ?? remake(owners[key % owners.length]);
    copies.set(key, copy);
    return copy;
  };
  return steps.map(({ kernel: index, keys, recomputes }) => {
    const kernel = kernels[index];
    if (!recomputes && keys.every((key) => key < owners.length)) return kernel;
    const renamed = new Map(touches[index].map((value, i) => [owners[value], ownerOf(keys[i])]));
    const bindings = kernel.bindings.map((binding) => ({ ...binding, owner: renamed.get(binding.owner) as Node }));
    return recomputes ? { ...kernel, bindings, label: `${kernel.label}, again`, recomputes } : { ...kernel, bindings };
  });
}
