/** Writes the expression of a node at a position: loads where it is stored, otherwise what it is made of. */
import { OPS } from "../graph/index.ts";
import type { Node, NodeOf } from "../graph/node.ts";
import type { KernelBuilder } from "./builder.ts";
import { unview } from "./fuse.ts";
import { atCoordinates, atLinear, type Position } from "./position.ts";

export interface Emitter {
  readonly builder: KernelBuilder;
  /** Nodes to load from memory. */
  readonly isStored: (node: Node) => boolean;
  /** Values that the kernel has at hand at this position (the accumulator of the heavy op). */
  readonly given: ReadonlyMap<Node, string>;
}

/** The name of the value of `node` at `position`. */
export function emit(emitter: Emitter, node: Node, position: Position): string {
  const { builder, given } = emitter;
  const value = given.get(node);
  if (value !== undefined) return value;
  return builder.value(`${node.id} ${node.op} ${position.key}`, () => expression(emitter, node, position));
}

function expression(emitter: Emitter, node: Node, position: Position): string {
  const { builder } = emitter;
  if (emitter.isStored(node)) return builder.load(node, position.linear());
  const { wgsl } = OPS[node.op];
  if (wgsl && node.op !== "stopGradient") {
    const args = node.inputs.map((input) => emit(emitter, input, position));
    const write = wgsl as (args: readonly string[], attrs: object, dtypes: readonly string[]) => string;
    return write(
      args,
      node.attrs,
      node.inputs.map((input) => input.dtype),
    );
  }
  const [x] = node.inputs;
  switch (node.op) {
    case "constant":
      return scalar(builder, node);
    case "stopGradient":
      return emit(emitter, x, position);
    case "iota":
      return `${node.dtype}(${position.coordinate(node.attrs.axis)})`;
    case "random":
      return random(emitter, node, position);
    case "reshape":
      return emit(emitter, x, atLinear(builder, x.shape, position.linear()));
    case "gather":
    case "poolGather":
      return indexed(emitter, node, position);
    default:
      return moved(emitter, node, position);
  }
}

/** Ops that read their input at other coordinates. */
function moved(emitter: Emitter, node: Node, position: Position): string {
  const { builder } = emitter;
  const [x] = node.inputs;
  const key = `${position.key}>${node.id}`;
  const at = (coordinate: (axis: number) => string): string => {
    const coordinates = x.shape.map((extent, axis) => (extent === 1 ? "0u" : coordinate(axis)));
    return emit(emitter, x, atCoordinates(builder, x.shape, coordinates, key));
  };
  switch (node.op) {
    case "transpose":
      return at((axis) => position.coordinate(node.attrs.perm.indexOf(axis)));
    case "broadcast":
      return at((axis) => position.coordinate(axis + node.shape.length - x.shape.length));
    case "slice":
      return at((axis) => stepped(builder, position.coordinate(axis), node.attrs.start[axis], node.attrs.step[axis], node.shape[axis]));
    case "reverse":
      return at((axis) =>
        node.attrs.axes.includes(axis) ? `(${builder.word(x.shape[axis] - 1)} - ${position.coordinate(axis)})` : position.coordinate(axis),
      );
    case "pad":
      return padded(emitter, node, position, at);
    default:
      throw new Error(`intarsia: no inline form for ${node.op}`);
  }
}

function stepped(builder: KernelBuilder, coordinate: string, start: number, step: number, extent: number): string {
  const scaled = step === 1 || extent === 1 ? coordinate : `${coordinate} * ${builder.word(step)}`;
  return start === 0 && coordinate !== "0u" ? scaled : `(${scaled} + ${builder.word(start)})`;
}

/** Inside: the input, at coordinates that are legal everywhere; outside: the value. */
function padded(emitter: Emitter, node: NodeOf<"pad">, position: Position, at: (coordinate: (axis: number) => string) => string): string {
  const { builder } = emitter;
  const [x] = node.inputs;
  const { low, high, interior, value } = node.attrs;
  const conditions: string[] = [];
  const coordinates = x.shape.map((extent, axis) => {
    const c = position.coordinate(axis);
    if (low[axis] === 0 && high[axis] === 0 && interior[axis] === 0) return c;
    // Signed: a negative pad cuts, so the input begins before the output does.
    const from = builder.value(`${position.key}>${node.id}from${axis}`, () => `i32(${c}) - bitcast<i32>(${builder.word(low[axis])})`);
    const spread = interior[axis] + 1;
    const found =
      spread === 1 ? from : builder.value(`${position.key}>${node.id}div${axis}`, () => `${from} / bitcast<i32>(${builder.word(spread)})`);
    const inside = `${from} >= 0 && ${found} < bitcast<i32>(${builder.word(extent)})${spread === 1 ? "" : ` && ${found} * bitcast<i32>(${builder.word(spread)}) == ${from}`}`;
    const test = builder.value(`${position.key}>${node.id}in${axis}`, () => inside);
    conditions.push(test);
    return extent === 1 ? "0u" : builder.value(`${position.key}>${node.id}safe${axis}`, () => `u32(select(0, ${found}, ${test}))`);
  });
  const outside = node.dtype === "i32" ? `${value}` : literal(builder, value);
  const inner = at((axis) => coordinates[axis]);
  return conditions.length === 0 ? inner : `select(${outside}, ${inner}, ${conditions.join(" && ")})`;
}

/** gather and poolGather: a coordinate comes from an index tensor; outside its range the value is 0. */
function indexed(emitter: Emitter, node: NodeOf<"gather"> | NodeOf<"poolGather">, position: Position): string {
  const { builder } = emitter;
  const [x, index] = node.inputs;
  const found = emit(emitter, index, atAny(builder, index, position));
  const plane = node.op === "poolGather";
  const size = plane ? x.shape[2] * x.shape[3] : x.shape[node.attrs.axis];
  const inside = builder.value(`${position.key}>${node.id}in`, () => `${found} >= 0 && ${found} < bitcast<i32>(${builder.word(size)})`);
  const safe = builder.value(`${position.key}>${node.id}safe`, () => `u32(select(0, ${found}, ${inside}))`);
  const view = plane ? [x.shape[0], x.shape[1], size] : x.shape;
  const axis = plane ? 2 : node.attrs.axis;
  const coordinates = view.map((_, at) => (at === axis ? safe : position.coordinate(at)));
  const value = emit(emitter, x, atCoordinates(builder, view, coordinates, `${position.key}>${node.id}`));
  return `select(${node.dtype}(0), ${value}, ${inside})`;
}

/** The same element of a tensor of the same shape. */
const atAny = (_builder: KernelBuilder, node: Node, position: Position): Position => ({ ...position, shape: node.shape });

function random(emitter: Emitter, node: NodeOf<"random">, position: Position): string {
  const { builder } = emitter;
  const [key] = node.inputs;
  const word = (i: number): string => emit(emitter, key, atCoordinates(builder, [2], [`${i}u`], `key${i}`));
  const bits = `threefry2x32(vec2u(bitcast<u32>(${word(0)}), bitcast<u32>(${word(1)})), vec2u(${position.linear()}, ${builder.word(node.attrs.stream)}))`;
  return `${node.attrs.distribution}_(${bits})`;
}

/** Constants that belong to a formula stay in the text; those that change with a batch go into the uniform. */
const FORMULA = new Set([0, 1, -1, 2, 0.5, -0.5, -2]);

function scalar(builder: KernelBuilder, node: NodeOf<"constant">): string {
  const value = node.attrs.data[0];
  if (node.dtype === "i32") return FORMULA.has(value) ? `${value}i` : `bitcast<i32>(${builder.word(value)})`;
  return literal(builder, value);
}

function literal(builder: KernelBuilder, value: number): string {
  return FORMULA.has(value) && !Object.is(value, -0) ? `f32(${value})` : builder.float(value);
}

/** Is the node loaded (itself, or what it is a view of)? */
export const storedIn =
  (stored: ReadonlySet<Node> | ReadonlyMap<Node, unknown>, computed: ReadonlySet<Node>) =>
  (node: Node): boolean =>
    stored.has(node) && !computed.has(node) && unview(node) === node;
