/**
 * The numbers that every library gets: each tensor is filled by a formula of its name and the element's index, in PyTorch's layout,
 * and turned into the layout in which a library's own users would keep it. Nothing here is timed.
 */
import { hashPath, sizeOf, type Shape } from "../src/graph/index.ts";

/** How a tensor lies in memory elsewhere: it is seen as `view` (by default its own shape), and the axes are permuted. */
export interface Layout {
  readonly tfjs?: readonly number[];
  readonly jax?: readonly number[];
  readonly view?: Shape;
}

/** Images [N, C, H, W]: channels last in tfjs. */
export const IMAGE: Layout = { tfjs: [0, 2, 3, 1] };
/** Weights [K, C, R, S] of a convolution: [R, S, C, K] in tfjs. */
export const FILTER: Layout = { tfjs: [2, 3, 1, 0] };
/** Weights [C, 1, R, S] of a depthwise convolution: [R, S, C, 1] in tfjs. */
export const DEPTHWISE: Layout = { tfjs: [2, 3, 0, 1] };
/** Weights [out, in] of a linear layer: [in, out] in both. */
export const LINEAR: Layout = { tfjs: [1, 0], jax: [1, 0] };
/** Weights [out, C H W] of a linear layer after a flattened image, whose order differs in tfjs. */
export const flattened = (out: number, ...image: readonly [C: number, H: number, W: number]): Layout => ({
  view: [out, ...image],
  tfjs: [2, 3, 1, 0],
  jax: [1, 2, 3, 0],
});

export interface TensorSpec {
  readonly shape: Shape;
  /** Values are uniform in offset +- scale. Default: 1. */
  readonly scale?: number;
  /** Default: 0. */
  readonly offset?: number;
  /** Instead of the formula; row-major. */
  readonly values?: Float32Array | Int32Array;
  readonly layout?: Layout;
}

export interface HostTensor {
  readonly shape: Shape;
  readonly values: Float32Array | Int32Array;
  readonly layout?: Layout;
}

export type Specs = Readonly<Record<string, TensorSpec>>;
export type HostTensors = Readonly<Record<string, HostTensor>>;
export type Peer = "tfjs" | "jax";

/** The same numbers in every process. */
export function fillAll(specs: Specs): HostTensors {
  return Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { ...spec, values: spec.values ?? fill(name, spec) }]));
}

function fill(name: string, { shape, scale = 1, offset = 0 }: TensorSpec): Float32Array {
  const seed = hashPath(name);
  return Float32Array.from({ length: sizeOf(shape) }, (_, i) => offset + scale * (2 * unit(seed, i) - 1));
}

/** An integer hash (the finalizer of MurmurHash3) of seed and index, as a number in [0, 1). */
function unit(seed: number, index: number): number {
  let h = (seed ^ Math.imul(index + 1, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

/** In the peer's layout. A flattened linear layer's permuted axes join again: [C, H, W, out] -> [C H W, out]. */
export function toPeer(peer: Peer, tensor: HostTensor): HostTensor {
  const axes = tensor.layout?.[peer];
  if (!axes) return tensor;
  const view = tensor.layout?.view ?? tensor.shape;
  const permuted = axes.map((axis) => view[axis]);
  const shape = view.length === tensor.shape.length ? permuted : [sizeOf(permuted.slice(0, -1)), permuted[permuted.length - 1]];
  return { shape, values: permute(tensor.values, view, axes) };
}

/** A result of the peer, of the given shape there, in our layout. */
export function fromPeer(peer: Peer, values: Float32Array, shape: Shape, layout: Layout | undefined): Float32Array {
  const axes = layout?.[peer];
  if (!axes) return values;
  const { view } = layout;
  const permuted = view ? axes.map((axis) => view[axis]) : shape;
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return permute(values, permuted, inverse) as Float32Array;
}

/** values [shape] -> [shape[axes[0]], shape[axes[1]], ...] */
function permute(values: Float32Array | Int32Array, shape: Shape, axes: readonly number[]): Float32Array | Int32Array {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const extents = axes.map((axis) => shape[axis]);
  const steps = axes.map((axis) => strides[axis]);
  const result = new (values.constructor as Float32ArrayConstructor)(values.length);
  const at = extents.map(() => 0);
  for (let i = 0, from = 0; i < result.length; i++) {
    result[i] = values[from];
    for (let axis = extents.length - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++at[axis] < extents[axis]) break;
      from -= steps[axis] * extents[axis];
      at[axis] = 0;
    }
  }
  return result;
}
