/** Where inside a group a value is read: at the element that is being computed, or anywhere. */
import type { Node } from "../../graph/node.ts";
import { isElementwise, isInline, isLookup, unview } from "../common/nodes.ts";
import type { Fusion } from "./fuse.ts";

/** Does computing `value` load `leaf` only at the element that is being computed? */
export function readsInPlace(value: Node, leaf: Node, fusion: Fusion): boolean {
  const seen = new Set<Node>();
  const visit = (node: Node, moved: boolean): boolean => {
    if (unview(node) === leaf) return !moved;
    if (node !== value && fusion.stored.has(node)) return true;
    if (seen.has(node) && !moved) return true;
    seen.add(node);
    if (!isInline(node)) return true;
    const still = isElementwise(node) || node.op === "reshape";
    // A lookup reads its index at the element itself.
    return node.inputs.every((input, i) => visit(input, moved || !(still || (isLookup(node) && i === 1))));
  };
  return visit(value, false);
}
