/** Groups as they are made first: one for each value, before any are merged. */
import type { Node } from "../../graph/node.ts";
import { isInline, operand } from "../common/nodes.ts";
import type { Fusion } from "./fuse.ts";
import type { Group, Write } from "./group.ts";
import type { BindingLimits } from "./measure.ts";

/** The group that stores `node`: its heavy op with the epilogue, or its expression. */
export function groupOf(node: Node, fusion: Fusion): Group {
  const heavy = fusion.heavyOf.get(node);
  const reason = fusion.stored.get(node) as string;
  if (!heavy) return elementwiseGroup([{ value: node, into: node, placement: null }], fusion, reason);
  const reads = new Set<Node>();
  for (const input of heavy.inputs) collectReads(operand(heavy, input), fusion, new Set(), reads);
  if (node !== heavy) collectReads(node, fusion, new Set([node, heavy]), reads);
  return { kind: heavy.op, heavy, stores: [{ value: node, into: node, placement: null }], reads: [...reads], reason };
}

/** A group of elementwise stores, with what they load. */
export function elementwiseGroup(stores: readonly Write[], fusion: Fusion, reason: string): Group {
  const reads = new Set<Node>();
  for (const { value, into } of stores) collectReads(value, fusion, value === into ? new Set([value]) : new Set(), reads);
  return { kind: "elementwise", heavy: null, stores, reads: [...reads], reason };
}

/** Adds the stored nodes that computing `node` loads; `computed` are taken as values, not loaded. */
function collectReads(node: Node, fusion: Fusion, computed: ReadonlySet<Node>, reads: Set<Node>, seen = new Set<Node>()): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (fusion.stored.has(node) && !computed.has(node)) reads.add(node);
  else if (isInline(node)) for (const input of node.inputs) collectReads(input, fusion, computed, reads, seen);
}

/** Storage bindings of a group's kernel. */
export function bindingsOfGroup(group: Group, options: BindingLimits): number {
  const owners = new Set<Node>([...group.reads, ...group.stores.map((store) => store.into)]);
  let count = 0;
  for (const owner of owners) count += options.bindingsOf(owner);
  return count;
}
