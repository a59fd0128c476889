/** A position inside a tensor while a kernel is being written: a linear index, coordinates, or both, made when asked for. */
import { type Shape, sizeOf } from "../graph/node.ts";
import type { KernelBuilder } from "./builder.ts";

export interface Position {
  readonly shape: Shape;
  /** The same key means the same element. */
  readonly key: string;
  readonly linear: () => string;
  readonly coordinate: (axis: number) => string;
}

/** The element at linear index `index` (a name) of a tensor. */
export function atLinear(builder: KernelBuilder, shape: Shape, index: string): Position {
  const key = `${index}|`;
  const inner = (axis: number): number => sizeOf(shape.slice(axis + 1));
  // quotient(axis) = index / (elements behind the axis); its remainder by the extent is the coordinate.
  const quotient = (axis: number): string => {
    if (inner(axis) === 1 && shape.slice(axis + 1).every((n) => n === 1)) return index;
    return builder.value(`${key}q${axis}${shapeKey(shape)}`, () => `${index} / ${builder.word(inner(axis))}`);
  };
  const outermost = (axis: number): boolean => shape.slice(0, axis).every((n) => n === 1);
  const coordinate = (axis: number): string => {
    if (shape[axis] === 1) return "0u";
    if (outermost(axis)) return quotient(axis);
    return builder.value(
      `${key}c${axis}${shapeKey(shape)}`,
      () => `${quotient(axis)} - ${quotient(longBefore(shape, axis))} * ${builder.word(shape[axis])}`,
    );
  };
  return { shape, key, linear: () => index, coordinate };
}

/** The nearest axis before `axis` whose extent is more than 1. */
function longBefore(shape: Shape, axis: number): number {
  let before = axis - 1;
  while (shape[before] === 1) before--;
  return before;
}

const shapeKey = (shape: Shape): string => `[${shape.join()}]`;

/** The element at the given coordinates (names). */
export function atCoordinates(builder: KernelBuilder, shape: Shape, coordinates: readonly string[], key: string): Position {
  const linear = (): string =>
    builder.value(`${key}linear${shapeKey(shape)}`, () => {
      let text = "0u";
      for (const [axis, extent] of shape.entries()) {
        if (extent === 1) continue;
        text = text === "0u" ? coordinates[axis] : `(${text}) * ${builder.word(extent)} + ${coordinates[axis]}`;
      }
      return text;
    });
  return { shape, key, linear, coordinate: (axis) => (shape[axis] === 1 ? "0u" : coordinates[axis]) };
}
