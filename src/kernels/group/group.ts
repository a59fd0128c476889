/** What becomes one kernel, before it is written: its heavy op, the inline ops around it, and where its results go. */
import type { NameOf } from "../../graph/index.ts";
import type { Node } from "../../graph/node.ts";

/** Where a store lands inside a concatenation: at `start` along `axis` of `into`. */
export interface Placement {
  readonly axis: number;
  readonly start: number;
}

/** One tensor that a kernel writes: the value of `value`, in the storage of `into`. */
export interface Write {
  readonly value: Node;
  readonly into: Node;
  readonly placement: Placement | null;
}

/** What becomes one kernel: at most one heavy op, with the inline ops around it. */
export interface Group {
  /** "elementwise", the heavy op around which the kernel is built, or "concat": nothing is left to do, but readers have to wait. */
  readonly kind: "elementwise" | "concat" | NameOf<"heavy">;
  /** The heavy op, or the concatenation whose parts the group puts in place. */
  readonly heavy: Node | null;
  readonly stores: readonly Write[];
  /** Materialised nodes that it loads from, each once. */
  readonly reads: readonly Node[];
  /** Why the group ends where it ends. */
  readonly reason: string;
}

/** The result of fusion: groups in an order in which they can run, and where each materialised node lives. */
export interface Schedule {
  readonly groups: readonly Group[];
  /** Node -> the node whose storage holds it, and the element at which it begins there. */
  readonly homes: ReadonlyMap<Node, Home>;
}

export interface Home {
  readonly owner: Node;
  readonly offset: number;
}
