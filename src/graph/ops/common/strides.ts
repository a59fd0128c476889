/** Row-major index arithmetic for the references. */
import type { Shape } from "../../node.ts";

/** Elements between neighbours along each axis. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1] * shape[axis + 1];
  return strides;
}

/** Visits every index of `shape` in row-major order: its number, and where it lies under `strides` from `offset`. */
export function forEachIndex(shape: Shape, strides: readonly number[], offset: number, visit: (i: number, at: number) => void): void {
  const rank = shape.length;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const index = new Int32Array(rank);
  let at = offset;
  for (let i = 0; i < size; i++) {
    visit(i, at);
    for (let axis = rank - 1; axis >= 0; axis--) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= index[axis] * strides[axis];
      index[axis] = 0;
    }
  }
}

/** A strided view, copied out row-major. */
export function readStrided(data: Float64Array, shape: Shape, strides: readonly number[], offset = 0): Float64Array {
  const out = new Float64Array(shape.reduce((product, extent) => product * extent, 1));
  forEachIndex(shape, strides, offset, (i, at) => {
    out[i] = data[at];
  });
  return out;
}

/** Row-major data, copied into a strided view of `target`. */
export function writeStrided(target: Float64Array, data: Float64Array, shape: Shape, strides: readonly number[], offset = 0): void {
  forEachIndex(shape, strides, offset, (i, at) => {
    target[at] = data[i];
  });
}

/** Strides over the reduced tensor (its axes removed) for an index of the full one: 0 along a removed axis. */
export function reducedStrides(shape: Shape, axes: readonly number[]): number[] {
  const kept = stridesOf(shape.filter((_, axis) => !axes.includes(axis)));
  let next = 0;
  return shape.map((_, axis) => (axes.includes(axis) ? 0 : kept[next++]));
}
