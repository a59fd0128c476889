/** Bytes of tensors. One that is larger than a binding may be is split into pieces, each bound by itself. */
import { type Node, sizeOf } from "../../graph/node.ts";
import type { DeviceLimits } from "../../runtime/device.ts";
import type { Kernel } from "../lower/kernel.ts";

export const bytesOf = (node: Node): number => sizeOf(node.shape) * 4;

/** Bytes of all tensors that a kernel reads or writes, each once. */
export const bytesTouched = ({ bindings }: Kernel): number =>
  [...new Set(bindings.map(({ owner }) => owner))].reduce((sum, owner) => sum + bytesOf(owner), 0);

/** Elements per piece (a power of two) of an owner that is larger than a binding may be, or null if it fits. */
export function pieceOf(owner: Node, limits: DeviceLimits): number | null {
  return bytesOf(owner) <= limits.maxStorageBufferBindingSize ? null : 2 ** Math.floor(Math.log2(limits.maxStorageBufferBindingSize / 4));
}

/** How many pieces, and so bindings, an owner has. */
export function piecesOf(owner: Node, limits: DeviceLimits): number {
  const piece = pieceOf(owner, limits);
  return piece === null ? 1 : Math.ceil(sizeOf(owner.shape) / piece);
}

/** Bytes of one piece of an owner, as bound. */
export function pieceBytes(owner: Node, index: number, limits: DeviceLimits): number {
  const piece = pieceOf(owner, limits);
  return piece === null ? bytesOf(owner) : Math.min(piece, sizeOf(owner.shape) - index * piece) * 4;
}

/** Bytes that an owner takes in arenas. */
export function plannedBytes(owner: Node, limits: DeviceLimits): number {
  let bytes = 0;
  for (let piece = 0; piece < piecesOf(owner, limits); piece++) bytes += aligned(pieceBytes(owner, piece, limits), limits);
  return bytes;
}

/** Offsets into an arena are multiples of this. */
export const alignment = (limits: DeviceLimits): number => Math.max(256, limits.minStorageBufferOffsetAlignment);

/** Rounded up to the alignment. */
export const aligned = (bytes: number, limits: DeviceLimits): number => Math.ceil(bytes / alignment(limits)) * alignment(limits);
