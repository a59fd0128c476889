/** Elementwise groups join others: fewer dispatches, and what two of them load is loaded once. */
import { type Node, sizeOf } from "../../graph/node.ts";
import { hasEpilogue, unview } from "../common/nodes.ts";
import { readsInPlace } from "./access.ts";
import type { Fusion } from "./fuse.ts";
import type { Group } from "./group.ts";
import { bindingsOfGroup } from "./make.ts";
import type { BindingLimits } from "./measure.ts";

/** How far back a group looks for one to join: bounds the work on long graphs. */
const LOOK_BACK = 48;

/** Stores of one elementwise kernel: more would make its text long. */
const MOST_STORES = 16;

/** Elementwise groups over one shape become one kernel with several stores, where no group between them depends on one and feeds the other. */
export function mergeElementwise(
  groups: readonly Group[],
  fusion: Fusion,
  options: BindingLimits,
  isAllowed?: (joined: Group) => boolean,
): Group[] {
  const result: Group[] = [];
  const madeAt = new Map<Node, number>();
  for (const group of groups) {
    const target = mergeTarget(group, result, madeAt, fusion, options, isAllowed);
    const at = target ?? result.length;
    if (target === null) result.push(group);
    else result[target] = join(result[target], group);
    for (const { into } of group.stores) madeAt.set(into, Math.max(madeAt.get(into) ?? -1, at));
    if (group.heavy?.op === "concat")
      madeAt.set(group.heavy, Math.max(at, ...group.heavy.inputs.map((input) => madeAt.get(unview(input)) ?? -1)));
  }
  return result;
}

function mergeTarget(
  group: Group,
  result: readonly Group[],
  madeAt: ReadonlyMap<Node, number>,
  fusion: Fusion,
  options: BindingLimits,
  isAllowed: (joined: Group) => boolean = () => true,
): number | null {
  if (group.kind !== "elementwise") return null;
  const after = Math.max(-1, ...group.reads.map((node) => madeAt.get(node) ?? -1));
  for (let i = result.length - 1; i >= Math.max(after, result.length - LOOK_BACK, 0); i--) {
    const candidate = result[i];
    const behind = goesOn(candidate, group);
    if (!behind && (candidate.kind !== "elementwise" || !sameDomain(candidate, group))) continue;
    if (candidate.stores.length + group.stores.length > MOST_STORES) continue;
    const own = new Set(candidate.stores.filter((store) => store.value === store.into).map((store) => store.value));
    const fromCandidate = group.reads.filter((node) => candidate.stores.some((store) => store.into === node));
    // A value made by the candidate is at hand; of a variable that it writes, the old value is: all loads come before the first store.
    const inPlace = fromCandidate.every(
      (node) => (own.has(node) || node.op === "variable") && group.stores.every((store) => readsInPlace(store.value, node, fusion)),
    );
    if (!inPlace || (behind && fromCandidate.length === 0)) continue;
    const joined = join(candidate, group);
    if (bindingsOfGroup(joined, options) <= options.maxBindings && isAllowed(joined)) return i;
  }
  return null;
}

/** Can the kernel of a heavy op also compute an elementwise group from its result? */
const goesOn = ({ heavy, stores }: Group, group: Group): boolean =>
  heavy !== null && hasEpilogue(heavy) && stores.length > 0 && sizeOf(heavy.shape) === sizeOf(group.stores[0].value.shape);

const sameDomain = (a: Group, b: Group): boolean => a.stores[0].value.shape.join() === b.stores[0].value.shape.join();

function join(a: Group, b: Group): Group {
  const written = new Set(a.stores.map((store) => store.into));
  const reads = new Set([...a.reads, ...b.reads.filter((node) => !written.has(node))]);
  return { ...a, stores: [...a.stores, ...b.stores], reads: [...reads], reason: `${a.reason}; ${b.reason}` };
}
