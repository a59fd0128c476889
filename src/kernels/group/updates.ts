/**
 * Updates commit together: every kernel of the step reads the old value of every variable. A group that writes a variable therefore runs
 * after all groups that read its old value. Where groups wait for each other, one writes to temporary memory, which is copied into the
 * variable at the end.
 */
import type { Node } from "../../graph/node.ts";
import { copyOf } from "../common/nodes.ts";
import { readsInPlace } from "./access.ts";
import type { Fusion } from "./fuse.ts";
import type { Group, Home, Write } from "./group.ts";

/** The commit groups in an order in which no old value is lost. `split` gives a merged group's stores a kernel each. */
export function orderUpdates(
  groups: readonly Group[],
  homes: Map<Node, Home>,
  fusion: Fusion,
  split: (group: Group) => readonly Group[],
): Group[] {
  const ordered: Group[] = [];
  const copies: Group[] = [];
  let left = groups.map((group) => viaTemporary(group, (store) => !isSafe(store, group, fusion), homes, copies));
  while (left.length > 0) {
    const free = left.find(
      (group) => !left.some((other) => other !== group && writes(group).some((variable) => other.reads.includes(variable))),
    );
    if (free) {
      ordered.push(free);
      left = left.filter((group) => group !== free);
    } else {
      // Alone, a store has a binding to spare for its temporary.
      const [first, ...others] = split(left[0]);
      left = [viaTemporary(first, () => true, homes, copies), ...others, ...left.slice(1)];
    }
  }
  return [...ordered, ...copies];
}

const writes = (group: Group): Node[] => group.stores.filter((store) => store.into.op === "variable").map((store) => store.into);

/** Can the store write its variable in place? Not if the same kernel reads other elements of it. */
const isSafe = (store: Write, group: Group, fusion: Fusion): boolean =>
  store.into.op !== "variable" || group.stores.every((other) => readsInPlace(other.value, store.into, fusion));

/** Can all stores of a group write in place? */
export const isInPlace = (group: Group, fusion: Fusion): boolean => group.stores.every((store) => isSafe(store, group, fusion));

/** Redirects the chosen stores into temporaries, and adds to `copies` the kernels that copy those into the variables. */
function viaTemporary(group: Group, chosen: (store: Write) => boolean, homes: Map<Node, Home>, copies: Group[]): Group {
  const stores = group.stores.map((store) => {
    if (store.into.op !== "variable" || !chosen(store)) return store;
    // Not the value itself: that one may be stored elsewhere already, or live only here.
    const temporary = copyOf(store.value);
    homes.set(temporary, { owner: temporary, offset: 0 });
    copies.push({
      kind: "elementwise",
      heavy: null,
      stores: [{ value: temporary, into: store.into, placement: null }],
      reads: [temporary],
      reason: "commit",
    });
    return { ...store, into: temporary };
  });
  return { ...group, stores };
}
