/**
 * A random graph while it grows, with the value of every node. All numbers are small integers, wrapped into -64 .. 64 where they grow, so that
 * every op is exact in f32: a device that differs from the reference at all is wrong, and comparisons cannot tip over.
 */
import {
  broadcastTo,
  cast,
  evaluate,
  floor,
  mul,
  type Node,
  pad,
  reshape,
  type Shape,
  sizeOf,
  slice,
  sub,
  type Tensor,
} from "../../../src/graph/index.ts";

export class Graph {
  readonly nodes: Node[] = [];
  readonly values = new Map<Node | string, Tensor>();
  /** Elements; a step that would make more is left out. */
  readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  add(node: Node): Node {
    let made = node.dtype === "f32" ? node : cast(node, "f32");
    const largest = (at: Node): number => this.valueOf(at).data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (largest(made) > 64) made = sub(made, mul(floor(mul(made, 1 / 64)), 64));
    this.nodes.push(made);
    return made;
  }

  valueOf(node: Node): Tensor {
    const known = this.values.get(node);
    if (known) return known;
    for (const before of node.inputs) this.valueOf(before);
    const [value] = evaluate([node], this.values);
    this.values.set(node, value);
    return value;
  }

  pick = (back: number): Node => this.nodes[this.nodes.length - 1 - (back % this.nodes.length)];
}

/** The elements of x in another shape: broadcast where that fits, else as many of the elements as there is room for, or zeros behind them. */
export function fit(x: Node, shape: Shape): Node {
  const lead = shape.length - x.shape.length;
  if (lead >= 0 && x.shape.every((extent, axis) => extent === 1 || extent === shape[axis + lead])) return broadcastTo(x, shape);
  const [have, want] = [sizeOf(x.shape), sizeOf(shape)];
  const flat = reshape(x, [have]);
  return reshape(have > want ? slice(flat, [have - want], [have]) : have < want ? pad(flat, [1], [want - have - 1]) : flat, shape);
}
