/** What the functions for people share: dtypes are checked, axes may be negative. */
import { mistake, type Node } from "../node.ts";
import { shapeText } from "../ops/common/checks.ts";

/** The first input that is not f32 is an error that names the function. */
export function floats(name: string, ...nodes: readonly Node[]): void {
  for (const { dtype } of nodes) if (dtype !== "f32") mistake(name, `expected f32, got ${dtype}; cast(x, "f32") makes one`);
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
