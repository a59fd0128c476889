/** What the user-facing functions share: numbers become constants, shapes meet by NumPy's broadcasting, axes are normalised. */
import { GraphError, currentScope, type DType, type Node, type Shape } from "../node.ts";
import { broadcast, filled } from "../ops/broadcast.ts";
import { sameShape, shapeText } from "../ops/common.ts";
import { constant } from "../ops/sources.ts";

/** A node, or a number that stands for a constant. */
export type Value = Node | number;

/** A GraphError of a user-facing function; it names the function and the path. */
export function mistake(name: string, message: string): never {
  const at = currentScope();
  throw new GraphError(`${name}${at ? ` at ${at}` : ""}: ${message}`);
}

/** The first input that is not f32 is an error that names the function. */
export function floats(name: string, ...nodes: readonly Node[]): void {
  for (const { dtype } of nodes) if (dtype !== "f32") mistake(name, `expected f32, got ${dtype}; cast(x, "f32") makes one`);
}

export const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "op" in value;

/** A number as a scalar constant. */
export const asNode = (value: Value, dtype: DType = "f32"): Node =>
  typeof value === "number" ? constant([], { shape: [], dtype, data: [value] }) : value;

/** The shape to which all of `shapes` broadcast. */
export function commonShape(name: string, shapes: readonly Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let extent = 1;
    for (const shape of shapes) {
      const own = shape[axis - rank + shape.length] ?? 1;
      if (own !== 1 && extent !== 1 && own !== extent) mistake(name, `${shapes.map(shapeText).join(" and ")} do not broadcast`);
      if (own !== 1) extent = own;
    }
    return extent;
  });
}

export const spreadTo = (x: Node, shape: Shape): Node => (sameShape(x.shape, shape) ? x : broadcast([x], { shape }));

/** Values as nodes of one shape; numbers take the dtype of the first node. */
export function together(name: string, values: readonly Value[]): Node[] {
  const dtype = values.find(isNode)?.dtype ?? "f32";
  const nodes = values.map((value) => asNode(value, dtype));
  if (nodes.every((node) => sameShape(node.shape, nodes[0].shape))) return nodes;
  const shape = commonShape(
    name,
    nodes.map((node) => node.shape),
  );
  return nodes.map((node) => spreadTo(node, shape));
}

/** A possibly negative axis as an index into a shape of `rank` axes. */
export function axisOf(name: string, axis: number, rank: number): number {
  const index = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(index) || index < 0 || index >= rank) mistake(name, `axis ${axis} is outside a tensor of rank ${rank}`);
  return index;
}

/** Axes sorted, distinct and non-negative; all of them by default. */
export function axesOf(name: string, axes: number | readonly number[] | undefined, rank: number): readonly number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, axis) => axis);
  const list = (typeof axes === "number" ? [axes] : axes).map((axis) => axisOf(name, axis, rank)).sort((a, b) => a - b);
  if (new Set(list).size !== list.length) mistake(name, `axes ${shapeText(list)} repeat`);
  return list;
}

/** An f32 node of `shape` filled with one value. */
export const full = (shape: Shape, value: number, dtype: DType = "f32"): Node => filled(shape, value, dtype);
