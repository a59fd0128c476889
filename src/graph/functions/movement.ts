/** Functions that move elements. Axes may be negative; attributes are completed to full length. */
import { mistake, sizeOf, type Node, type Shape } from "../node.ts";
import { broadcastTo } from "../ops/common/elementwise.ts";
import { sameShape, shapeText } from "../ops/common/checks.ts";
import * as ops from "../ops/movement.ts";
import { axesOf, axisOf } from "./values.ts";

/** One extent may be -1: it follows from the others. */
export function reshape(x: Node, shape: Shape): Node {
  const open = shape.filter((extent) => extent === -1).length;
  if (open > 1) mistake("reshape", `only one extent of ${shapeText(shape)} may be -1`);
  const known = sizeOf(shape.filter((extent) => extent !== -1));
  if (open === 1 && sizeOf(x.shape) % known !== 0) mistake("reshape", `${shapeText(x.shape)} does not divide into ${shapeText(shape)}`);
  const full = shape.map((extent) => (extent === -1 ? sizeOf(x.shape) / known : extent));
  return sameShape(full, x.shape) ? x : ops.reshape(x, { shape: full });
}

/** [A, B, C, ...] -> [A, B * C * ...] for from = 1. */
export const flatten = (x: Node, from = 1): Node => reshape(x, [...x.shape.slice(0, from), -1]);

/** Axis i of the result is axis perm[i] of x; without perm the axes are reversed. */
export function transpose(x: Node, perm?: readonly number[]): Node {
  const rank = x.shape.length;
  const order = perm ? perm.map((axis) => axisOf("transpose", axis, rank)) : x.shape.map((_, axis) => rank - 1 - axis);
  return order.length === rank && order.every((axis, i) => axis === i) ? x : ops.transpose(x, { perm: order });
}

export function swapAxes(x: Node, first: number, second: number): Node {
  const rank = x.shape.length;
  const [a, b] = [axisOf("swapAxes", first, rank), axisOf("swapAxes", second, rank)];
  return transpose(
    x,
    x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)),
  );
}

export { broadcastTo };

/** Elements from `start` up to `end` (without it) in steps of `step` along each axis. Negative bounds count from the end. */
export function slice(x: Node, start: readonly number[], end: readonly number[], step?: readonly number[]): Node {
  const bound = (list: readonly number[]): number[] => list.map((at, axis) => (at < 0 ? at + x.shape[axis] : at));
  const attrs = { start: bound(start), end: bound(end), step: step ?? x.shape.map(() => 1) };
  const isWhole =
    attrs.start.length === x.shape.length &&
    x.shape.every((extent, i) => attrs.start[i] === 0 && attrs.end[i] === extent && attrs.step[i] === 1);
  return isWhole ? x : ops.slice(x, attrs);
}

/** The same along one axis. */
export function sliceAxis(x: Node, axis: number, start: number, end: number, step = 1): Node {
  const own = axisOf("slice", axis, x.shape.length);
  return slice(
    x,
    x.shape.map((_, i) => (i === own ? start : 0)),
    x.shape.map((extent, i) => (i === own ? end : extent)),
    x.shape.map((_, i) => (i === own ? step : 1)),
  );
}

/** Consecutive parts along `axis`, of the given extents, which add up to x's. */
export function split(x: Node, axis: number, sizes: readonly number[]): Node[] {
  const own = axisOf("split", axis, x.shape.length);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total !== x.shape[own]) mistake("split", `${shapeText(sizes)} adds up to ${total}, not to ${x.shape[own]}`);
  let at = 0;
  return sizes.map((size) => {
    at += size;
    return sliceAxis(x, own, at - size, at);
  });
}

export interface PadOptions {
  readonly value?: number;
  /** Copies of `value` between neighbours. */
  readonly interior?: readonly number[];
}

/** `low` elements of `value` before and `high` after x, along each axis. */
export function pad(x: Node, low: readonly number[], high: readonly number[], { value = 0, interior }: PadOptions = {}): Node {
  return ops.pad(x, { low, high, value, interior: interior ?? x.shape.map(() => 0) });
}

export function concat(xs: readonly Node[], axis: number): Node {
  if (xs.length === 0) mistake("concat", "expected at least one input");
  return xs.length === 1 ? xs[0] : ops.concat(...xs, { axis: axisOf("concat", axis, xs[0].shape.length) });
}

/** Inputs of one shape along a new axis. */
export function stack(xs: readonly Node[], axis: number): Node {
  if (xs.length === 0) mistake("stack", "expected at least one input");
  const own = axisOf("stack", axis, xs[0].shape.length + 1);
  return concat(
    xs.map((x) => unsqueeze(x, own)),
    own,
  );
}

/** Last element first, along `axes`. */
export const reverse = (x: Node, axes: number | readonly number[]): Node =>
  ops.reverse(x, { axes: axesOf("reverse", axes, x.shape.length) });

/** Removes axes of extent 1: the given ones, or all of them. */
export function squeeze(x: Node, axes?: number | readonly number[]): Node {
  const list =
    axes === undefined ? x.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : [])) : axesOf("squeeze", axes, x.shape.length);
  for (const axis of list) if (x.shape[axis] !== 1) mistake("squeeze", `axis ${axis} of ${shapeText(x.shape)} is not 1`);
  return reshape(
    x,
    x.shape.filter((_, axis) => !list.includes(axis)),
  );
}

/** Puts an axis of extent 1 at position `axis`. */
export function unsqueeze(x: Node, axis: number): Node {
  const own = axisOf("unsqueeze", axis, x.shape.length + 1);
  return reshape(x, [...x.shape.slice(0, own), 1, ...x.shape.slice(own)]);
}
