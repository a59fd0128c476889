/** Where values come from: fed inputs, variables, constants, random numbers. */
import { mistake, currentScope, type DType, type Init, type Node, type Role, type Shape } from "../node.ts";
import { full } from "../ops/broadcast.ts";
import { shapeText } from "../ops/common/checks.ts";
import * as ops from "../ops/sources.ts";
import { hashPath } from "../threefry.ts";

/** Fed by every run under `key`. */
export const input = (key: string, shape: Shape, dtype: DType = "f32"): Node => ops.input({ key, shape, dtype });

export interface VariableOptions {
  /** Default: zeros. */
  readonly init?: Init;
  /** Default: "parameter", which optimizers train; "buffer" is running state, "slot" an optimizer's. */
  readonly role?: Role;
  readonly dtype?: DType;
}

/** An assignment at the end of a step: every reader in that step sees the old value of the variable. */
export type Update = readonly [variable: Node, next: Node];

/** Kept from run to run under `path`. */
export function variable(path: string, shape: Shape, options: VariableOptions = {}): Node {
  const { dtype = "f32", role = "parameter", init = { kind: "constant", value: 0 } } = options;
  return ops.variable({ path, shape, dtype, role, init });
}

/** Numbers, nested to any depth. */
export type Nested = number | readonly Nested[];

/** Known numbers; the shape is that of the nesting unless given. Int32Array makes i32, anything else f32 unless said. */
export function constant(data: Nested | Float32Array | Int32Array, shape?: Shape, dtype?: DType): Node {
  if (data instanceof Float32Array || data instanceof Int32Array) {
    const own = data instanceof Int32Array ? "i32" : "f32";
    return ops.constant({ shape: shape ?? [data.length], dtype: dtype ?? own, data });
  }
  const { values, extents } = flatten(data);
  return ops.constant({ shape: shape ?? extents, dtype: dtype ?? "f32", data: values });
}

/** Each element's index along `axis`. */
export const iota = (shape: Shape, axis: number, dtype: DType = "i32"): Node => ops.iota({ shape, axis, dtype });

export const zeros = (shape: Shape, dtype: DType = "f32"): Node => full(shape, 0, dtype);
export const ones = (shape: Shape, dtype: DType = "f32"): Node => full(shape, 1, dtype);
export { full };

export interface RandomOptions {
  /** u32; two draws with one key, stream and element index are the same number. */
  readonly stream?: number;
}

/** Uniform in [0, 1). key: i32 [2], (seed, step). */
export const uniform = (key: Node, shape: Shape, { stream = nextStream(key) }: RandomOptions = {}): Node =>
  ops.random(key, { shape, distribution: "uniform", stream });

/** Standard normal. key: i32 [2], (seed, step). */
export const normal = (key: Node, shape: Shape, { stream = nextStream(key) }: RandomOptions = {}): Node =>
  ops.random(key, { shape, distribution: "normal", stream });

/** How often each scope has drawn from a key node. Kept by key node, so that a graph built again from a new key draws the same streams. */
const draws = new WeakMap<Node, Map<string, number>>();

function nextStream(key: Node): number {
  const byScope = draws.get(key) ?? new Map<string, number>();
  draws.set(key, byScope);
  const path = currentScope();
  const occurrence = byScope.get(path) ?? 0;
  byScope.set(path, occurrence + 1);
  return hashPath(`${path}#${occurrence}`);
}

function flatten(data: Nested): { values: number[]; extents: number[] } {
  if (typeof data === "number") return { values: [data], extents: [] };
  const parts = data.map(flatten);
  if (parts.length === 0) mistake("constant", "an empty list has no shape");
  for (const part of parts) {
    const even = shapeText(part.extents) === shapeText(parts[0].extents);
    if (!even) mistake("constant", `the nesting is uneven: ${shapeText(parts[0].extents)} and ${shapeText(part.extents)}`);
  }
  return { values: parts.flatMap((part) => part.values), extents: [parts.length, ...parts[0].extents] };
}
