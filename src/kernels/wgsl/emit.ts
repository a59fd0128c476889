/** Writes the expression of a node at a position: loads where it is stored, otherwise what it is made of. */
import { OPS } from "../../graph/index.ts";
import { type Node, type NodeOf, sizeOf } from "../../graph/node.ts";
import type { KernelBuilder } from "./builder.ts";
import { constantValue, type InlineNode } from "../common/nodes.ts";
import { movedPosition } from "./movement.ts";
import { atCoordinates, atOnly, type Position, quadOf, viewed } from "./position.ts";

export interface Emitter {
  readonly builder: KernelBuilder;
  /** Nodes to load from memory. */
  readonly isStored: (node: Node) => boolean;
  /** Values that the kernel has at hand at this position (the accumulator of the heavy op), or at each of four neighbours. */
  readonly given: ReadonlyMap<Node, string | ((at: Position) => string)>;
}

/** The name of the value of `node` at `position`. */
export function emit(emitter: Emitter, node: Node, position: Position): string {
  const { builder, given } = emitter;
  const value = given.get(node);
  if (value !== undefined) return typeof value === "string" ? value : value(position);
  const at = sizeOf(node.shape) === 1 ? atOnly(builder, node.shape) : position;
  return builder.value(`${node.id} ${node.op} ${at.key}`, () => expression(emitter, node, at));
}

function load(builder: KernelBuilder, node: Node, position: Position): string {
  const { quad } = position;
  if (!quad) return builder.load(node, position.linear());
  return `${builder.value(`four ${node.id} ${quad.first.key}`, () => builder.loadFour(node, quad.first.linear()))}.${"xyzw"[quad.at]}`;
}

function expression(emitter: Emitter, node: Node, position: Position): string {
  const { builder } = emitter;
  if (emitter.isStored(node)) return load(builder, node, position);
  const { wgsl } = OPS[node.op];
  if (wgsl && node.op !== "stopGradient") {
    const args = node.inputs.map((input) => (isFactorZero(node, input) ? builder.float(0, "zero") : emit(emitter, input, position)));
    const write = wgsl as (args: readonly string[], attrs: object, dtypes: readonly string[]) => string;
    return write(
      args,
      node.attrs,
      node.inputs.map((input) => input.dtype),
    );
  }
  return inlineForm(emitter, node as InlineNode, position);
}

/** The expression of an inline op that has no WGSL of its own. One that is missing here is a compile error. */
function inlineForm(emitter: Emitter, node: InlineNode, position: Position): string {
  const { builder } = emitter;
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
      return emit(emitter, x, viewed(builder, position, x.shape));
    case "gather":
    case "poolGather":
      return indexed(emitter, node, position);
    case "pad":
      return padded(emitter, node, position);
    case "transpose":
    case "broadcast":
    case "slice":
    case "reverse":
      return emit(emitter, x, movedPosition(builder, node, position));
    default:
      throw new Error(`intarsia: no inline form for ${(node satisfies never as Node).op}`);
  }
}

/** A factor or dividend 0 that stands in the text is folded by drivers, but 0 * NaN is NaN. */
const isFactorZero = ({ op }: Node, input: Node): boolean =>
  (op === "mul" || op === "div") && input.dtype === "f32" && Object.is(constantValue(input), 0);

/** Inside: the input, at coordinates that are legal everywhere; outside: the value. */
function padded(emitter: Emitter, node: NodeOf<"pad">, position: Position): string {
  const { builder } = emitter;
  const [x] = node.inputs;
  const runs = padRuns(node);
  const key = `${position.key}>${node.id}`;
  const seen = viewed(
    builder,
    position,
    runs.map(({ out }) => out),
  );
  const conditions: string[] = [];
  const coordinates = runs.map(({ extent, low, interior, touched }, run) => {
    const c = seen.coordinate(run);
    if (!touched) return c;
    const word = (size: number, what: string): string => `bitcast<i32>(${builder.word(size, `${node.id} ${what} ${run}`)})`;
    // Signed: a negative pad cuts, so the input begins before the output does.
    const from = builder.value(`${key}from${run}`, () => `i32(${c}) - ${word(low, "low")}`);
    const spread = interior + 1;
    const found = spread === 1 ? from : builder.value(`${key}div${run}`, () => `${from} / ${word(spread, "spread")}`);
    const hits = spread === 1 ? "" : ` && ${found} * ${word(spread, "spread")} == ${from}`;
    const test = builder.value(`${key}in${run}`, () => `${from} >= 0 && ${found} < ${word(extent, "extent")}${hits}`);
    conditions.push(test);
    return extent === 1 ? "0u" : builder.value(`${key}safe${run}`, () => `u32(select(0, ${found}, ${test}))`);
  });
  const outside = node.dtype === "i32" ? `${node.attrs.value}` : literal(builder, node.attrs.value, node);
  const extents = runs.map(({ extent }) => extent);
  const at = atCoordinates(builder, extents, (run) => coordinates[run], key, `${node.id}`);
  const inner = emit(emitter, x, viewed(builder, at, x.shape));
  return conditions.length === 0 ? inner : `select(${outside}, ${inner}, ${conditions.join(" && ")})`;
}

interface PadRun {
  /** In the output, and in the input. */
  readonly out: number;
  readonly extent: number;
  readonly low: number;
  readonly interior: number;
  readonly touched: boolean;
}

/** Padded axes, and between them runs of axes that stay as they are. */
function padRuns(node: NodeOf<"pad">): PadRun[] {
  const runs: PadRun[] = [];
  for (const [axis, extent] of node.inputs[0].shape.entries()) {
    const [low, high, interior] = [node.attrs.low[axis], node.attrs.high[axis], node.attrs.interior[axis]];
    const touched = low !== 0 || high !== 0 || interior !== 0;
    const before = runs[runs.length - 1];
    if (touched || !before || before.touched) runs.push({ out: node.shape[axis], extent, low, interior, touched });
    else runs[runs.length - 1] = { ...before, out: before.out * extent, extent: before.extent * extent };
  }
  return runs;
}

/** gather and poolGather: a coordinate comes from an index tensor; outside its range the value is 0. */
function indexed(emitter: Emitter, node: NodeOf<"gather"> | NodeOf<"poolGather">, position: Position): string {
  const { inside } = found(emitter, node, position);
  return `select(${node.dtype}(0), ${emit(emitter, node.inputs[0], indexedPosition(emitter, node, position))}, ${inside})`;
}

/** [elements outside the indexed axis, along it, inside it] of the input; a pool's plane is one axis. */
function indexedShape(node: NodeOf<"gather"> | NodeOf<"poolGather">): readonly [number, number, number] {
  const { shape } = node.inputs[0];
  if (node.op === "poolGather") return [shape[0] * shape[1], shape[2] * shape[3], 1];
  const { axis } = node.attrs;
  return [sizeOf(shape.slice(0, axis)), shape[axis], sizeOf(shape.slice(axis + 1))];
}

/** Whether the index at a position is in range, and one that always is. */
function found(emitter: Emitter, node: NodeOf<"gather"> | NodeOf<"poolGather">, position: Position) {
  const { builder } = emitter;
  const index = emit(emitter, node.inputs[1], position);
  const size = builder.word(indexedShape(node)[1], `${node.id} size`);
  const inside = builder.value(`${position.key}>${node.id}in`, () => `${index} >= 0 && ${index} < bitcast<i32>(${size})`);
  const at = builder.value(`${position.key}>${node.id}safe`, () => `u32(select(0, ${index}, ${inside}))`);
  return { inside, at };
}

/** The input's element: at the index along the indexed axis, and where the output is along the others. */
function indexedPosition(emitter: Emitter, node: NodeOf<"gather"> | NodeOf<"poolGather">, position: Position): Position {
  const { builder } = emitter;
  const shape = indexedShape(node);
  const [outer, , inner] = shape;
  const { at } = found(emitter, node, position);
  const make = (from: Position): Position => {
    const seen = viewed(builder, from, [outer, sizeOf(node.shape) / outer / inner, inner]);
    return atCoordinates(builder, shape, (axis) => (axis === 1 ? at : seen.coordinate(axis)), `${from.key}>${node.id}`, `${node.id}`);
  };
  const own = make(position);
  const { quad } = position;
  const together = quad && inner % 4 === 0 && found(emitter, node, quad.first).at === at;
  return viewed(builder, together ? quadOf(builder, quad.at === 0 ? own : make(quad.first), quad.at, own) : own, node.inputs[0].shape);
}

function random(emitter: Emitter, node: NodeOf<"random">, position: Position): string {
  const { builder } = emitter;
  const [key] = node.inputs;
  const word = (i: number): string =>
    emit(
      emitter,
      key,
      atCoordinates(builder, [2], () => `${i}u`, `key${i} ${key.id}`, `${node.id}`),
    );
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
