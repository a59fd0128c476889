/**
 * The memory plan: each stored value gets a range of an arena for as long as it lives. Made before anything is allocated.
 * Arenas are bound `read_write` throughout: WebGPU forbids a buffer that is bound `read` and `read_write` in one dispatch.
 */
import type { Node } from "../../graph/node.ts";
import type { DeviceLimits } from "../../runtime/device.ts";
import { isSource } from "../common/nodes.ts";
import type { Kernel } from "../lower/kernel.ts";
import { aligned, alignment, pieceBytes, piecesOf } from "./bytes.ts";

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

/** Places every owner that has no buffer of its own: all but variables, inputs and constants. `kept` owners live to the end, to be read. */
export function planMemory(kernels: readonly Kernel[], kept: ReadonlySet<Node>, limits: DeviceLimits): MemoryPlan {
  const wanted = [...lifetimes(kernels, kept)].flatMap(([owner, life]) =>
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
  const align = alignment(limits);
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

export const arenaBytes = ({ arenas }: MemoryPlan): number => arenas.reduce((total, size) => total + size, 0);

interface Life {
  readonly from: number;
  to: number;
}

/** From the first kernel that reads or writes an owner to the last. */
function lifetimes(kernels: readonly Kernel[], kept: ReadonlySet<Node>): Map<Node, Life> {
  const lives = new Map<Node, Life>();
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
  return lives;
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
