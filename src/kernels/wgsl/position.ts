/** A position inside a tensor while a kernel is being written: a linear index, coordinates, or both, made when asked for. */
import { type Shape, sizeOf } from "../../graph/node.ts";
import type { KernelBuilder } from "./builder.ts";

export interface Position {
  readonly shape: Shape;
  /** The same key means the same element. */
  readonly key: string;
  readonly linear: () => string;
  readonly coordinate: (axis: number) => string;
  /** Where four neighbours are computed side by side: which of them this is, and the first one, whose linear index is divisible by 4. */
  readonly quad?: { readonly at: number; readonly first: Position };
}

const shapeKey = (shape: Shape): string => `[${shape.join()}]`;
const innerOf = (shape: Shape, axis: number): number => sizeOf(shape.slice(axis + 1));
const longAxes = (shape: Shape): number[] => [...shape.keys()].filter((axis) => shape[axis] > 1);

/** The element at linear index `index` (a name) of a tensor. */
export function atLinear(builder: KernelBuilder, shape: Shape, index: string): Position {
  const flat = { shape: [sizeOf(shape)], key: `${index}|`, linear: () => index, coordinate: () => index };
  return viewed(builder, flat, shape);
}

/** The one element of a tensor of size 1: the same from everywhere. */
export const atOnly = (builder: KernelBuilder, shape: Shape): Position => atLinear(builder, shape, "0u");

/** The element at the given coordinates (names). `tag` says whose: its strides keep their words in the uniform. */
export function atCoordinates(
  builder: KernelBuilder,
  shape: Shape,
  coordinate: (axis: number) => string,
  key: string,
  tag: string,
): Position {
  const own = (axis: number): string => (shape[axis] === 1 ? "0u" : coordinate(axis));
  const linear = (): string => weighted(builder, shape, longAxes(shape), own, `${key}linear`, tag);
  return { shape, key, linear, coordinate: own };
}

/** The sum of coordinate times stride over some neighbouring axes: what does not change in a loop is added up before it. */
function weighted(
  builder: KernelBuilder,
  shape: Shape,
  axes: readonly number[],
  coordinate: (axis: number) => string,
  key: string,
  tag: string,
): string {
  const last = axes[axes.length - 1];
  const unit = last === undefined ? 1 : innerOf(shape, last);
  const terms = axes.map((axis) => {
    const name = coordinate(axis);
    if (name === "0u") return { text: "", depth: 0 };
    const text =
      axis === last ? name : `${name} * ${builder.word(innerOf(shape, axis) / unit, `${tag} stride ${axis} ${shapeKey(shape)}`)}`;
    return { text, depth: builder.depthOf(name) };
  });
  const depths = [...new Set(terms.map(({ depth }) => depth))].sort((a, b) => a - b);
  let sum = "";
  for (const depth of depths) {
    const own = terms.filter((term) => term.depth === depth && term.text !== "").map(({ text }) => text);
    const parts = [sum, ...own].filter((text) => text !== "");
    if (parts.length > 0) sum = builder.value(`${key} ${depth}${shapeKey(shape)}${axes}`, () => parts.join(" + "));
  }
  return sum || "0u";
}

/** The same element, seen in a tensor of another shape and as many elements. Axes that correspond keep their coordinates. */
export function viewed(builder: KernelBuilder, from: Position, shape: Shape): Position {
  if (from.shape.join() === shape.join()) return from;
  const { key, linear } = from;
  const parts = correspondence(from.shape, shape);
  const coordinate = (axis: number): string => {
    if (shape[axis] === 1) return "0u";
    const part = parts.find(({ to }) => to.includes(axis)) as Part;
    if (part.from.length === 1 && part.to.length === 1) return from.coordinate(part.from[0]);
    const whole = wholeOf(builder, from, part, parts.length === 1);
    return part.to.length === 1 ? whole : digit(builder, shape, part.to, axis, whole);
  };
  const plain = { shape, key, linear, coordinate };
  if (!from.quad) return plain;
  return quadOf(builder, from.quad.at === 0 ? plain : viewed(builder, from.quad.first, shape), from.quad.at, plain);
}

interface Part {
  readonly from: readonly number[];
  readonly to: readonly number[];
}

/** The finest split of both shapes into runs of axes that hold the same elements; axes of extent 1 belong to none. */
function correspondence(from: Shape, to: Shape): Part[] {
  const [a, b] = [longAxes(from), longAxes(to)];
  const parts: Part[] = [];
  for (let [i, j] = [0, 0]; i < a.length; ) {
    const part = { from: [a[i]], to: [b[j]] };
    let [left, right] = [from[a[i++]], to[b[j++]]];
    while (left !== right) {
      if (left < right) {
        left *= from[a[i]];
        part.from.push(a[i++]);
      } else {
        right *= to[b[j]];
        part.to.push(b[j++]);
      }
    }
    parts.push(part);
  }
  return parts;
}

/** The linear index inside the axes of a part. */
function wholeOf(builder: KernelBuilder, from: Position, part: Part, all: boolean): string {
  if (all) return from.linear();
  if (part.from.length === 1) return from.coordinate(part.from[0]);
  return weighted(builder, from.shape, part.from, from.coordinate, `${from.key}whole`, `${from.key}whole`);
}

/** A coordinate out of a linear index over several axes: quotient by what is inside, less what is outside. */
function digit(builder: KernelBuilder, shape: Shape, axes: readonly number[], axis: number, whole: string): string {
  const key = `${whole}${shapeKey(shape)}`;
  const unit = innerOf(shape, axes[axes.length - 1]);
  const quotient = (at: number): string => {
    const inner = innerOf(shape, at) / unit;
    return inner === 1 ? whole : builder.value(`${key}q${at}`, () => `${whole} / ${builder.word(inner, `${key} inner ${at}`)}`);
  };
  const before = axes[axes.indexOf(axis) - 1];
  if (before === undefined) return quotient(axis);
  return builder.value(`${key}c${axis}`, () => {
    return `${quotient(axis)} - ${quotient(before)} * ${builder.word(shape[axis], `${key} extent ${axis}`)}`;
  });
}

/**
 * The neighbour `at` of `first`. Along a last axis whose extent is divisible by 4 only that coordinate moves, and what depends on the
 * outer axes is the same for all four; otherwise coordinates are worked out for each (`otherwise`).
 */
export function quadOf(builder: KernelBuilder, first: Position, at: number, otherwise?: Position): Position {
  const { shape } = first;
  const last = shape.length - 1;
  const quad = { at, first };
  if (at === 0) return { ...first, quad };
  const step = (name: string): string => builder.value(`${name} + ${at}`, () => `${name} + ${at}u`);
  const linear = (): string => step(first.linear());
  const key = otherwise?.key ?? `${first.key}+${at}|`;
  if (shape[last] % 4 !== 0 && otherwise) return { ...otherwise, quad };
  return { shape, key, linear, coordinate: (axis) => (axis === last ? step(first.coordinate(axis)) : first.coordinate(axis)), quad };
}

/** The four neighbours that begin at `first`. */
export const quadsOf = (builder: KernelBuilder, first: Position): Position[] => [0, 1, 2, 3].map((at) => quadOf(builder, first, at));

/** A shape with neighbouring axes merged where `joins(axis)` says that `axis` continues the one before it. */
export function mergeAxes(shape: Shape, joins: (axis: number) => boolean): number[] {
  const merged: number[] = [];
  for (const [axis, extent] of shape.entries()) {
    if (axis > 0 && joins(axis)) merged[merged.length - 1] *= extent;
    else merged.push(extent);
  }
  return merged;
}
