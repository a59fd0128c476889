/** A position inside a tensor while a kernel is being written: a linear index, coordinates, or both, made when asked for. */
import { type Shape, sizeOf } from "../graph/node.ts";
import type { KernelBuilder } from "./builder.ts";

export interface Position {
  readonly shape: Shape;
  /** The same key means the same element. */
  readonly key: string;
  readonly linear: () => string;
  readonly coordinate: (axis: number) => string;
  /** Where four neighbours are computed side by side: the first one's linear index, and which of them this is. */
  readonly quad?: { readonly first: string; readonly at: number };
}

/** The element at linear index `index` (a name) of a tensor. */
export function atLinear(builder: KernelBuilder, shape: Shape, index: string, quad?: Position["quad"]): Position {
  const key = `${index}|`;
  const word = (value: number, axis: string): string => builder.word(value, `${index} ${shapeKey(shape)} ${axis}`);
  const inner = (axis: number): number => sizeOf(shape.slice(axis + 1));
  // quotient(axis) = index / (elements behind the axis); its remainder by the extent is the coordinate.
  const quotient = (axis: number): string => {
    if (inner(axis) === 1 && shape.slice(axis + 1).every((n) => n === 1)) return index;
    return builder.value(`${key}q${axis}${shapeKey(shape)}`, () => `${index} / ${word(inner(axis), `inner ${axis}`)}`);
  };
  const outermost = (axis: number): boolean => shape.slice(0, axis).every((n) => n === 1);
  const coordinate = (axis: number): string => {
    if (shape[axis] === 1) return "0u";
    if (outermost(axis)) return quotient(axis);
    return builder.value(
      `${key}c${axis}${shapeKey(shape)}`,
      () => `${quotient(axis)} - ${quotient(longBefore(shape, axis))} * ${word(shape[axis], `extent ${axis}`)}`,
    );
  };
  return { shape, key, linear: () => index, coordinate, quad };
}

/** The nearest axis before `axis` whose extent is more than 1. */
function longBefore(shape: Shape, axis: number): number {
  let before = axis - 1;
  while (shape[before] === 1) before--;
  return before;
}

const shapeKey = (shape: Shape): string => `[${shape.join()}]`;

/**
 * Four neighbours along the last axis, whose extent is divisible by 4, or any four where no coordinate is asked for. `first` is a name;
 * what depends on the outer axes alone is the same for all four.
 */
export function quadAt(builder: KernelBuilder, shape: Shape, first: string, at: number): Position {
  const base = atLinear(builder, shape, first);
  if (at === 0) return { ...base, quad: { first, at } };
  const step = (name: string): string => builder.value(`${name} + ${at}`, () => `${name} + ${at}u`);
  const last = shape.length - 1;
  return {
    shape,
    key: `${first}+${at}|`,
    linear: () => step(first),
    coordinate: (axis) => (axis === last ? step(base.coordinate(axis)) : base.coordinate(axis)),
    quad: { first, at },
  };
}

/** The one element of a tensor of size 1: the same from everywhere. */
export const atOnly = (builder: KernelBuilder, shape: Shape): Position => atLinear(builder, shape, "0u");

/** The element at the given coordinates (names). `tag` says whose: its extents keep their words in the uniform. */
export function atCoordinates(builder: KernelBuilder, shape: Shape, coordinates: readonly string[], key: string, tag: string): Position {
  const linear = (): string =>
    builder.value(`${key}linear${shapeKey(shape)}`, () => {
      let text = "0u";
      for (const [axis, extent] of shape.entries()) {
        if (extent === 1) continue;
        text = text === "0u" ? coordinates[axis] : `(${text}) * ${builder.word(extent, `${tag} extent ${axis}`)} + ${coordinates[axis]}`;
      }
      return text;
    });
  return { shape, key, linear, coordinate: (axis) => (shape[axis] === 1 ? "0u" : coordinates[axis]) };
}
