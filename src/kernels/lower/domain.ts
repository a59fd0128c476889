/** The iteration domain of a kernel: axes that all its values treat alike are merged into one. */
import { type Node, type Shape, sizeOf } from "../../graph/node.ts";
import { isElementwise } from "../common/nodes.ts";
import { cutsOf } from "../wgsl/movement.ts";

/**
 * `shape` with axes merged as far as the expressions of `roots` (all of that size) ask for no coordinate inside a merged axis. [n] where
 * nobody asks for coordinates at all.
 */
export function domainOf(shape: Shape, roots: readonly Node[], isStored: (node: Node) => boolean, kept: readonly number[] = []): number[] {
  const size = sizeOf(shape);
  const cuts = new Set<number>(kept);
  const seen = new Set<Node>();
  const around = (node: Node, from: number, to: number = from): void => {
    cuts.add(sizeOf(node.shape.slice(from)));
    cuts.add(sizeOf(node.shape.slice(to + 1)));
  };
  const visit = (node: Node): void => {
    if (seen.has(node) || isStored(node) || sizeOf(node.shape) === 1) return;
    seen.add(node);
    switch (node.op) {
      case "transpose":
      case "broadcast":
      case "slice":
      case "reverse":
        for (const cut of cutsOf(node)) cuts.add(cut);
        return;
      case "pad":
        node.attrs.low.forEach((low, axis) => {
          if (low !== 0 || node.attrs.high[axis] !== 0 || node.attrs.interior[axis] !== 0) around(node, axis);
        });
        return;
      case "iota":
        around(node, node.attrs.axis);
        return;
      case "gather":
        around(node, node.attrs.axis);
        visit(node.inputs[1]);
        return;
      case "poolGather":
        around(node, 2, 3);
        visit(node.inputs[1]);
        return;
      default:
        if (isElementwise(node) || node.op === "reshape") node.inputs.forEach(visit);
    }
  };
  roots.forEach(visit);
  return shapeOf(size, cuts) ?? [...shape];
}

/** The shape whose axes end at the given inner sizes, or null where they do not nest. */
function shapeOf(size: number, cuts: ReadonlySet<number>): number[] | null {
  const inner = [...cuts].filter((cut) => cut > 1 && cut < size).sort((a, b) => b - a);
  const shape: number[] = [];
  let outer = size;
  for (const cut of [...inner, 1]) {
    if (outer % cut !== 0) return null;
    shape.push(outer / cut);
    outer = cut;
  }
  return shape;
}
