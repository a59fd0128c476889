/** Concatenations: what is written straight into place, and what is stored there. */
import { type Node, sizeOf } from "../../graph/node.ts";
import { isSource, unview } from "../common/nodes.ts";
import type { Fusion } from "./fuse.ts";
import type { Group, Home, Write } from "./group.ts";
import { bindingsOfGroup, elementwiseGroup } from "./make.ts";
import type { BindingLimits } from "./measure.ts";

/**
 * A concatenation costs nothing for parts that a kernel can write straight into their region (all extents before the axis are 1).
 * The other parts are stored into place: those of one shape by one kernel.
 */
export function concatGroups(node: Node & { op: "concat" }, fusion: Fusion, homes: Map<Node, Home>, options: BindingLimits): Group[] {
  const { axis } = node.attrs;
  const inner = sizeOf(node.shape.slice(axis + 1));
  const contiguous = sizeOf(node.shape.slice(0, axis)) === 1;
  const pending = new Map<string, Write[]>();
  let start = 0;
  for (const input of node.inputs) {
    const part = unview(input);
    if (contiguous && fusion.stored.has(part) && !isSource(part) && !homes.has(part))
      homes.set(part, { owner: node, offset: start * inner });
    else {
      const key = input.shape.join();
      pending.set(key, [...(pending.get(key) ?? []), { value: input, into: node, placement: { axis, start } }]);
    }
    start += input.shape[axis];
  }
  const groups: Group[] = [];
  const place = (stores: readonly Write[]): void => {
    const together = elementwiseGroup(stores, fusion, "concat");
    if (stores.length === 1 || bindingsOfGroup(together, options) <= options.maxBindings) groups.push(together);
    else for (const half of [stores.slice(0, stores.length / 2), stores.slice(stores.length / 2)]) place(half);
  };
  for (const stores of pending.values()) for (const chunk of chunks(stores)) place(chunk);
  // All parts are in place already: readers still need a group to wait for.
  const made = groups.length > 0 ? groups : [{ kind: "concat", heavy: node, stores: [], reads: [], reason: "in place" } satisfies Group];
  return made.map((group) => ({ ...group, heavy: node }));
}

/** Sixteen at a time, then eight, four, ...: as few kernels' texts as possible, however many parts there are. */
function chunks<T>(items: readonly T[]): T[][] {
  const result: T[][] = [];
  for (let at = 0, size = 16; at < items.length; ) {
    while (size > items.length - at) size /= 2;
    result.push(items.slice(at, at + size));
    at += size;
  }
  return result;
}
