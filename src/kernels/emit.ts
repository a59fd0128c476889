/** Writes the expression of a node at a position: loads where it is stored, otherwise what it is made of. */
import { OPS } from "../graph/index.ts";
import { type Node, type NodeOf, sizeOf } from "../graph/node.ts";
import type { KernelBuilder } from "./builder.ts";
import { unview } from "./fuse.ts";
import { atCoordinates, atLinear, atOnly, type Position } from "./position.ts";

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
  const at = sizeOf(node.shape) === 1 ? atOnly(builder, node.shape) : position;
  return builder.value(`${node.id} ${node.op} ${at.key}`, () => expression(emitter, node, at));
}

function load(builder: KernelBuilder, node: Node, position: Position): string {
  const { quad } = position;
  if (!quad) return builder.load(node, position.linear());
  return `${builder.value(`four ${node.id} ${quad.first}`, () => builder.loadFour(node, quad.first))}.${"xyzw"[quad.at]}`;
}

function expression(emitter: Emitter, node: Node, position: Position): string {
  const { builder } = emitter;
  if (emitter.isStored(node)) return load(builder, node, position);
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
      return emit(emitter, x, atLinear(builder, x.shape, position.linear(), position.quad));
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
    return emit(emitter, x, atCoordinates(builder, x.shape, coordinates, key, `${node.id}`));
  };
  switch (node.op) {
    case "transpose":
      return at((axis) => position.coordinate(node.attrs.perm.indexOf(axis)));
    case "broadcast":
      return at((axis) => position.coordinate(axis + node.shape.length - x.shape.length));
    case "slice":
      return at((axis) => stepped(builder, node, axis, position.coordinate(axis)));
    case "reverse":
      return at((axis) =>
        node.attrs.axes.includes(axis)
          ? `(${builder.word(x.shape[axis] - 1, `${node.id} last ${axis}`)} - ${position.coordinate(axis)})`
          : position.coordinate(axis),
      );
    case "pad":
      return padded(emitter, node, position, at);
    default:
      throw new Error(`intarsia: no inline form for ${node.op}`);
  }
}

function stepped(builder: KernelBuilder, node: NodeOf<"slice">, axis: number, coordinate: string): string {
  const [start, step] = [node.attrs.start[axis], node.attrs.step[axis]];
  const scaled = step === 1 || node.shape[axis] === 1 ? coordinate : `${coordinate} * ${builder.word(step, `${node.id} step ${axis}`)}`;
  return start === 0 && coordinate !== "0u" ? scaled : `(${scaled} + ${builder.word(start, `${node.id} start ${axis}`)})`;
}

/** Inside: the input, at coordinates that are legal everywhere; outside: the value. */
function padded(emitter: Emitter, node: NodeOf<"pad">, position: Position, at: (coordinate: (axis: number) => string) => string): string {
  const { builder } = emitter;
  const [x] = node.inputs;
  const { low, high, interior, value } = node.attrs;
  const conditions: string[] = [];
  const word = (size: number, what: string): string => builder.word(size, `${node.id} ${what}`);
  const coordinates = x.shape.map((extent, axis) => {
    const c = position.coordinate(axis);
    if (low[axis] === 0 && high[axis] === 0 && interior[axis] === 0) return c;
    // Signed: a negative pad cuts, so the input begins before the output does.
    const from = builder.value(
      `${position.key}>${node.id}from${axis}`,
      () => `i32(${c}) - bitcast<i32>(${word(low[axis], `low ${axis}`)})`,
    );
    const spread = interior[axis] + 1;
    const found =
      spread === 1
        ? from
        : builder.value(`${position.key}>${node.id}div${axis}`, () => `${from} / bitcast<i32>(${word(spread, `spread ${axis}`)})`);
    const inside = `${from} >= 0 && ${found} < bitcast<i32>(${word(extent, `extent ${axis}`)})${spread === 1 ? "" : ` && ${found} * bitcast<i32>(${word(spread, `spread ${axis}`)}) == ${from}`}`;
    const test = builder.value(`${position.key}>${node.id}in${axis}`, () => inside);
    conditions.push(test);
    return extent === 1 ? "0u" : builder.value(`${position.key}>${node.id}safe${axis}`, () => `u32(select(0, ${found}, ${test}))`);
  });
  const outside = node.dtype === "i32" ? `${value}` : literal(builder, value, node);
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
  const inside = builder.value(
    `${position.key}>${node.id}in`,
    () => `${found} >= 0 && ${found} < bitcast<i32>(${builder.word(size, `${node.id} size`)})`,
  );
  const safe = builder.value(`${position.key}>${node.id}safe`, () => `u32(select(0, ${found}, ${inside}))`);
  const view = plane ? [x.shape[0], x.shape[1], size] : x.shape;
  const axis = plane ? 2 : node.attrs.axis;
  const coordinates = view.map((_, at) => (at === axis ? safe : position.coordinate(at)));
  const value = emit(emitter, x, atCoordinates(builder, view, coordinates, `${position.key}>${node.id}`, `${node.id}`));
  return `select(${node.dtype}(0), ${value}, ${inside})`;
}

/** The same element of a tensor of the same shape. */
const atAny = (_builder: KernelBuilder, node: Node, position: Position): Position => ({ ...position, shape: node.shape });

function random(emitter: Emitter, node: NodeOf<"random">, position: Position): string {
  const { builder } = emitter;
  const [key] = node.inputs;
  const word = (i: number): string => emit(emitter, key, atCoordinates(builder, [2], [`${i}u`], `key${i} ${key.id}`, `${node.id}`));
  const bits = `threefry2x32(vec2u(bitcast<u32>(${word(0)}), bitcast<u32>(${word(1)})), vec2u(${position.linear()}, ${builder.word(node.attrs.stream, `${node.id} stream`)}))`;
  return `${node.attrs.distribution}_(${bits})`;
}

/** Constants that belong to a formula stay in the text; those that change with a batch go into the uniform. */
const FORMULA = new Set([0, 1, -1, 2, 0.5, -0.5, -2]);

function scalar(builder: KernelBuilder, node: NodeOf<"constant">): string {
  const value = node.attrs.data[0];
  if (node.dtype === "i32") return FORMULA.has(value) ? `${value}i` : `bitcast<i32>(${builder.word(value, `${node.id} value`)})`;
  return literal(builder, value, node);
}

function literal(builder: KernelBuilder, value: number, node: Node): string {
  return FORMULA.has(value) && !Object.is(value, -0) ? `f32(${value})` : builder.float(value, `${node.id} value`);
}

/** Is the node loaded (itself, or what it is a view of)? */
export const storedIn =
  (stored: ReadonlySet<Node> | ReadonlyMap<Node, unknown>, computed: ReadonlySet<Node>) =>
  (node: Node): boolean =>
    stored.has(node) && !computed.has(node) && unview(node) === node;
