/** Where inside a group a value is read: at the element that is being computed, or anywhere. */
import { OPS } from "../../graph/index.ts";
import type { Node } from "../../graph/node.ts";
import { type Fusion, unview } from "./fuse.ts";
import { isInline } from "../rewrite/simplify.ts";

/** Does computing `value` load `leaf` only at the element that is being computed? */
export function readsInPlace(value: Node, leaf: Node, fusion: Fusion): boolean {
  const seen = new Set<Node>();
  const visit = (node: Node, moved: boolean): boolean => {
    if (unview(node) === leaf) return !moved;
    if (node !== value && fusion.stored.has(node)) return true;
    if (seen.has(node) && !moved) return true;
    seen.add(node);
    if (!isInline(node.op)) return true;
    const still = OPS[node.op].wgsl !== undefined || node.op === "reshape";
    // A gather reads its index where it is.
    const indexed = node.op === "gather" || node.op === "poolGather";
    return node.inputs.every((input, i) => visit(input, moved || !(still || (indexed && i === 1))));
  };
  return visit(value, false);
}
