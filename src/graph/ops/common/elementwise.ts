/** How elementwise ops are called: they broadcast as NumPy does, and take numbers for constants. So do rules of gradients: `mul(dy, 2)`. */
import { mistake, type DType, type Node, type OpAttrs, type OpName, type Shape } from "../../node.ts";
import { applyOp, type OpLiteral } from "../../op.ts";
import { broadcast } from "../broadcast.ts";
import { constant } from "../sources.ts";
import { sameShape, shapeText } from "./checks.ts";

/** A node, or a number that stands for a constant. */
export type Value = Node | number;

/** An elementwise op, called as `Call` says. */
export type Elementwise<K extends OpName, Call> = Call & { readonly def: OpLiteral<K, "elementwise"> };
export type Unary<K extends OpName> = Elementwise<K, (x: Value) => Node>;
export type Binary<K extends OpName> = Elementwise<K, (a: Value, b: Value) => Node>;

/** An op of one input. */
export const unary = <K extends OpName>(def: OpLiteral<K, "elementwise">): Unary<K> =>
  elementwise(def, (build) => (x) => build([asNode(x)], {} as OpAttrs[K]));

/** An op of two inputs. A number takes the dtype of the other one. */
export const binary = <K extends OpName>(def: OpLiteral<K, "elementwise">): Binary<K> =>
  elementwise(def, (build) => (a, b) => build(together(def.name, [a, b]), {} as OpAttrs[K]));

/** An op with a call of its own, which is made from the strict builder of its nodes. */
export const elementwise = <K extends OpName, Call>(
  def: OpLiteral<K, "elementwise">,
  callOf: (build: (inputs: readonly Node[], attrs: OpAttrs[K]) => Node) => Call,
): Elementwise<K, Call> => Object.assign(callOf((inputs, attrs) => applyOp(def, inputs, attrs)) as Call & object, { def });

export const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && "op" in value;

/** A number as a scalar constant. */
export const asNode = (value: Value, dtype: DType = "f32"): Node =>
  typeof value === "number" ? constant({ shape: [], dtype, data: [value] }) : value;

/** Values as nodes of one shape; numbers take the dtype of the first node. */
export function together(name: string, values: readonly Value[]): Node[] {
  const dtype = values.find(isNode)?.dtype ?? "f32";
  const nodes = values.map((value) => asNode(value, dtype));
  if (nodes.every((node) => sameShape(node.shape, nodes[0].shape))) return nodes;
  const shape = commonShape(
    name,
    nodes.map((node) => node.shape),
  );
  return nodes.map((node) => broadcastTo(node, shape));
}

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

/** NumPy's rule: aligned on the right, extents of 1 repeat. */
export const broadcastTo = (x: Node, shape: Shape): Node => (sameShape(x.shape, shape) ? x : broadcast(x, { shape }));
