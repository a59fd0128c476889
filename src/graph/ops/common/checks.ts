/** What the literals of ops share: checks that say what was expected, and references of elementwise ops. */
import { GraphError, type DType, type Node, type Shape } from "../../node.ts";
import type { Signature, Tensor } from "../../op.ts";

/** Throws the GraphError to which `applyOp` adds the op and the path. */
export function fail(message: string): never {
  throw new GraphError(message);
}

export const shapeText = (shape: readonly number[]): string => `[${shape.join(", ")}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((extent, axis) => extent === b[axis]);

export function checkArity(inputs: readonly Node[], arity: number): void {
  if (inputs.length !== arity) fail(`expected ${arity} inputs, got ${inputs.length}`);
}

export function checkDType(node: Node, dtype: DType, what = "input"): void {
  if (node.dtype !== dtype) fail(`expected an ${dtype} ${what}, got ${node.dtype}`);
}

export function checkRank(node: Node, rank: number, what: string): void {
  if (node.shape.length !== rank) fail(`expected ${what} of rank ${rank}, got ${shapeText(node.shape)}`);
}

export function checkAxis(shape: Shape, axis: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) fail(`axis ${axis} is outside ${shapeText(shape)}`);
}

/** Axes have to be in range, sorted and distinct. */
export function checkAxes(shape: Shape, axes: readonly number[]): void {
  axes.forEach((axis, i) => {
    checkAxis(shape, axis);
    if (i > 0 && axes[i - 1] >= axis) fail(`axes must be sorted and distinct, got ${shapeText(axes)}`);
  });
}

export function checkLength(what: string, list: readonly number[], rank: number, least: number): void {
  if (list.length !== rank) fail(`expected ${rank} values of ${what}, got ${list.length}`);
  for (const value of list)
    if (!Number.isInteger(value) || value < least) fail(`${what} must be integers of at least ${least}, got ${shapeText(list)}`);
}

/** Elementwise rule: `arity` inputs of one shape and one dtype, which the output shares. */
const elementwise =
  (arity: number, only?: DType) =>
  (inputs: readonly Node[]): Signature => {
    checkArity(inputs, arity);
    const first = inputs[0];
    for (const input of inputs) {
      if (only) checkDType(input, only);
      if (input.dtype !== first.dtype) fail(`dtypes differ: ${first.dtype} and ${input.dtype}`);
      if (!sameShape(input.shape, first.shape)) fail(`shapes differ: ${shapeText(first.shape)} and ${shapeText(input.shape)}`);
    }
    return { shape: first.shape, dtype: first.dtype };
  };

export const unaryAny = elementwise(1);
export const unaryFloat = elementwise(1, "f32");
export const binaryAny = elementwise(2);
export const binaryFloat = elementwise(2, "f32");
export const comparison = (inputs: readonly Node[]): Signature => ({ shape: binaryAny(inputs).shape, dtype: "i32" });

type Reference = (inputs: readonly Tensor[], attrs: unknown, out: Signature) => Float64Array;

/** Reference of y = f(x); integers wrap to 32 bits. */
export const mapped =
  (f: (x: number) => number): Reference =>
  ([x], _, out) =>
    out.dtype === "i32" ? x.data.map((value) => f(value) | 0) : x.data.map((value) => f(value));

/** Reference of y = f(a, b); integers wrap to 32 bits, by `integer` where f64 would lose bits. */
export const zipped =
  (f: (a: number, b: number) => number, integer: (a: number, b: number) => number = (a, b) => f(a, b) | 0): Reference =>
  ([a, b], _, out) => {
    const g = out.dtype === "i32" ? integer : f;
    return a.data.map((value, i) => g(value, b.data[i]));
  };
