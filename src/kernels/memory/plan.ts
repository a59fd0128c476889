/**
 * The memory plan: each stored value gets a range of an arena for as long as it lives. Made before anything is allocated.
 * Arenas are bound `read_write` throughout, since WebGPU forbids `read` beside `read_write` on one buffer in one dispatch.
 */
import { type Node, sizeOf } from "../../graph/node.ts";
import type { DeviceLimits } from "../../runtime/device.ts";
import { isSource } from "../common/nodes.ts";
import type { Kernel } from "../lower/kernel.ts";

/** A range of an arena, in bytes, live from kernel `from` to kernel `to`, both included. */
export interface Block {
  readonly owner: Node;
  readonly piece: number;
  readonly arena: number;
  readonly offset: number;
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

export interface MemoryPlan {
  readonly blocks: readonly Block[];
  /** Bytes of each arena. */
  readonly arenas: readonly number[];
}

export const bytesOf = (node: Node): number => sizeOf(node.shape) * 4;

/** Elements per binding of an owner that is larger than one may be (a power of two), or null if it fits. */
export function pieceOf(owner: Node, limits: DeviceLimits): number | null {
  return bytesOf(owner) <= limits.maxStorageBufferBindingSize ? null : 2 ** Math.floor(Math.log2(limits.maxStorageBufferBindingSize / 4));
}

export function piecesOf(owner: Node, limits: DeviceLimits): number {
  const piece = pieceOf(owner, limits);
  return piece === null ? 1 : Math.ceil(sizeOf(owner.shape) / piece);
}

/** Bytes of one piece of an owner, as bound. */
export function pieceBytes(owner: Node, index: number, limits: DeviceLimits): number {
  const piece = pieceOf(owner, limits);
  return piece === null ? bytesOf(owner) : Math.min(piece, sizeOf(owner.shape) - index * piece) * 4;
}

const alignment = (limits: DeviceLimits): number => Math.max(256, limits.minStorageBufferOffsetAlignment);
const aligned = (bytes: number, limits: DeviceLimits): number => Math.ceil(bytes / alignment(limits)) * alignment(limits);

/** Bytes that an owner takes in arenas. */
export function plannedBytes(owner: Node, limits: DeviceLimits): number {
  let bytes = 0;
  for (let piece = 0; piece < piecesOf(owner, limits); piece++) bytes += aligned(pieceBytes(owner, piece, limits), limits);
  return bytes;
}

export const arenaBytes = ({ arenas }: MemoryPlan): number => arenas.reduce((total, size) => total + size, 0);

/** Bytes of all tensors that a kernel touches, each once. */
export const bytesTouched = ({ bindings }: Kernel): number =>
  [...new Set(bindings.map(({ owner }) => owner))].reduce((sum, owner) => sum + bytesOf(owner), 0);

/** Places every owner that no store, feed or constant holds. `kept` live to the end, to be read. */
export function planMemory(kernels: readonly Kernel[], kept: ReadonlySet<Node>, limits: DeviceLimits): MemoryPlan {
  const lives = new Map<Node, { from: number; to: number }>();
  for (const [at, kernel] of kernels.entries()) {
    for (const { owner } of kernel.bindings) {
      if (isSource(owner)) continue;
      const life = lives.get(owner);
      if (life) life.to = at;
      else lives.set(owner, { from: at, to: at });
    }
  }
  for (const owner of kept) {
    const life = lives.get(owner);
    if (life) life.to = kernels.length;
  }
  const align = alignment(limits);
  const wanted = [...lives].flatMap(([owner, life]) =>
    Array.from({ length: piecesOf(owner, limits) }, (_, piece) => ({
      owner,
      piece,
      ...life,
      size: aligned(pieceBytes(owner, piece, limits), limits),
    })),
  );
  // Large ones first: small ones fill the gaps. Equal sizes keep the order of the program.
  wanted.sort((a, b) => b.size - a.size || a.from - b.from || a.owner.id - b.owner.id || a.piece - b.piece);
  const arenas: { blocks: Block[]; size: number }[] = [];
  const capacity = Math.floor(limits.maxBufferSize / align) * align;
  for (const want of wanted) {
    for (let arena = 0; ; arena++) {
      arenas[arena] ??= { blocks: [], size: 0 };
      const offset = firstGap(arenas[arena].blocks, want);
      if (offset + want.size > capacity && arenas[arena].blocks.length > 0) continue;
      insert(arenas[arena].blocks, { ...want, arena, offset });
      arenas[arena].size = Math.max(arenas[arena].size, offset + want.size);
      break;
    }
  }
  return { blocks: arenas.flatMap((arena) => arena.blocks), arenas: arenas.map((arena) => arena.size) };
}

/** Keeps the blocks of an arena sorted by offset. */
function insert(blocks: Block[], block: Block): void {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks[middle].offset < block.offset) low = middle + 1;
    else high = middle;
  }
  blocks.splice(low, 0, block);
}

/** The lowest offset at which `want` overlaps no block (sorted by offset) that lives at the same time. */
function firstGap(blocks: readonly Block[], want: { readonly from: number; readonly to: number; readonly size: number }): number {
  let offset = 0;
  for (const block of blocks) {
    if (block.from > want.to || want.from > block.to) continue;
    if (block.offset - offset >= want.size) break;
    offset = Math.max(offset, block.offset + block.size);
  }
  return offset;
}
