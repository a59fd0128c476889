/**
 * Sums of many contributions, as gradients make them:
 * - slices of one tensor give a sum of zero-padded pieces. Where the pieces do not overlap, that is a concatenation.
 * - a weight used at every step of a recurrence gives sum_t A_t^T B_t, which is one product with all A_t and B_t stacked along K;
 *   in a batch (the two directions of an LSTM) as well.
 */
import { add, concat, full, matmul, reshape, transpose } from "../../graph/index.ts";
import type { Node, NodeOf } from "../../graph/node.ts";

/** A better form of the sum that ends in `node`, or null. Adds in `partials` have no other reader: they are opened up. */
export function rewriteSum(node: Node, partials: ReadonlySet<Node>): Node | null {
  const terms = termsOf(node, partials);
  const pads = terms.filter(isZeroPad);
  const products = terms.filter(isOuterProduct);
  const merged = new Map<Node, Node | null>();
  if (pads.length > 1) mergePads(pads, merged);
  for (const group of groupBy(products, kindOf)) if (group.length > 1) mergeProducts(group, merged);
  if (merged.size === 0) return null;
  const left = terms.flatMap((term) => {
    const replacement = merged.get(term);
    return replacement === undefined ? [term] : replacement === null ? [] : [replacement];
  });
  return left.reduce((sum, term) => add(sum, term));
}

/** The leaves of a tree of adds, left to right. */
function termsOf(node: Node, partials: ReadonlySet<Node>): Node[] {
  const terms: Node[] = [];
  const stack = [node];
  const seen = new Map<Node, number>();
  while (stack.length > 0) {
    const top = stack.pop() as Node;
    if (top === node || (top.op === "add" && partials.has(top))) stack.push(top.inputs[1], top.inputs[0]);
    else {
      terms.push(top);
      seen.set(top, (seen.get(top) ?? 0) + 1);
    }
  }
  // A term that occurs twice is left alone as a whole: pieces that coincide overlap.
  return [...seen.values()].some((count) => count > 1) ? [] : terms;
}

type Pad = NodeOf<"pad"> & Node;
type Product = NodeOf<"matmul"> & Node;

const isZeroPad = (node: Node): node is Pad =>
  node.op === "pad" &&
  node.attrs.value === 0 &&
  node.attrs.interior.every((n) => n === 0) &&
  paddedAxes(node).length === 1 &&
  node.attrs.low.every((n) => n >= 0) &&
  node.attrs.high.every((n) => n >= 0);
const paddedAxes = (node: Pad): number[] =>
  [...node.shape.keys()].filter((axis) => node.attrs.low[axis] !== 0 || node.attrs.high[axis] !== 0);

const isOuterProduct = (node: Node): node is Product =>
  node.op === "matmul" && node.attrs.transposeA && !node.attrs.transposeB && (node.shape.length === 2 || node.shape.length === 3);

/** Products that can be stacked: of one shape, and in a batch also with one K. */
const kindOf = ({ shape, inputs }: Product): string => `${shape.join()}|${shape.length === 3 ? inputs[0].shape.join() : ""}`;

/** Pieces along one axis that do not overlap become one concatenation, with zeros where there is none. */
function mergePads(pads: readonly Pad[], merged: Map<Node, Node | null>): void {
  for (const group of groupBy(pads, (pad) => String(paddedAxes(pad)[0]))) {
    const axis = paddedAxes(group[0])[0];
    const sorted = [...group].sort((a, b) => a.attrs.low[axis] - b.attrs.low[axis]);
    const parts: Node[] = [];
    let position = 0;
    for (const pad of sorted) {
      const start = pad.attrs.low[axis];
      if (start < position) return;
      if (start > position) parts.push(zeros(pad, axis, start - position));
      parts.push(pad.inputs[0]);
      position = start + pad.inputs[0].shape[axis];
    }
    const gap = group[0].shape[axis] - position;
    if (group.length < 2) continue;
    if (gap > 0) parts.push(zeros(group[0], axis, gap));
    group.forEach((pad, i) => merged.set(pad, i === 0 ? concat(parts, axis) : null));
  }
}

const zeros = (like: Node, axis: number, extent: number): Node =>
  full(
    like.shape.map((n, i) => (i === axis ? extent : n)),
    0,
    like.dtype,
  );

/** sum_t A_t^T B_t = [A_1; A_2; ...]^T [B_1; B_2; ...], in the order in which the B_t were made: that of the steps. */
function mergeProducts(products: readonly Product[], merged: Map<Node, Node | null>): void {
  const ordered = [...products].sort((x, y) => x.inputs[1].id - y.inputs[1].id);
  const [a, b] = [0, 1].map((side) => stacked(ordered.map((product) => product.inputs[side])));
  products.forEach((product, i) => merged.set(product, i === 0 ? matmul(a, b, { transposeA: true }) : null));
}

/** T matrices [K, M] -> [T K, M]; T batches [D, K, M] -> [D, T K, M], one after the other in memory first. */
function stacked(parts: readonly Node[]): Node {
  const [D, K, M] = parts[0].shape;
  if (parts[0].shape.length === 2) return concat(parts, 0);
  const steps = concat(
    parts.map((part) => reshape(part, [1, D, K, M])),
    0,
  );
  return reshape(transpose(steps, [1, 0, 2, 3]), [D, parts.length * K, M]);
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return [...groups.values()];
}
