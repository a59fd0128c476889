/** The stores at the end of a kernel: the values of its group, computed at a position and written to memory. */
import { type Node, sizeOf } from "../../graph/node.ts";
import type { Write } from "../group/group.ts";
import type { KernelBuilder } from "../wgsl/builder.ts";
import { emit, type Emitter } from "../wgsl/emit.ts";
import { atLinear, type Position, quadsOf, viewed } from "../wgsl/position.ts";
import type { LowerContext } from "./kernel.ts";

/** Writes the values of all stores at element `index` (a name). */
export function emitStores(context: LowerContext, index: string, given: ReadonlyMap<Node, string> = new Map()): void {
  const { value } = context.group.stores[0];
  emitStoresAt(context, atLinear(context.builder, [sizeOf(value.shape)], index), given);
}

/** Writes the values of all stores at a position, in whatever shape it is given. */
export function emitStoresAt(context: LowerContext, at: Position, given: ReadonlyMap<Node, string> = new Map()): void {
  const { builder, group } = context;
  const emitter: Emitter = { builder, isStored: context.isStored, given };
  const writes = group.stores.map((store) => {
    const position = viewed(builder, at, store.value.shape);
    const value = emit(emitter, store.value, position);
    return builder.store(store.into, storeIndex(builder, store, position), value);
  });
  // All loads come before the first store: a value may be written in place of one that another needs.
  for (const line of writes) builder.line(line);
}

/** Four neighbours of each store, from the position `first`. */
export function emitFours(context: LowerContext, stores: readonly Write[], first: Position, given: Emitter["given"] = new Map()): void {
  const { builder, isStored } = context;
  const emitter: Emitter = { builder, isStored, given };
  const fours = quadsOf(builder, first);
  const writes = stores.map((store) => {
    const at = fours.map((four) => viewed(builder, four, store.value.shape));
    const index = builder.value(`store ${store.into.id} ${store.value.id} ${store.placement?.start}`, () =>
      storeIndex(builder, store, at[0]),
    );
    return { into: store.into, index, values: at.map((four) => emit(emitter, store.value, four)) };
  });
  // All loads come before the first store: a value may be written in place of one that another needs.
  for (const { into, index, values } of writes) for (const line of builder.storeFour(into, index, values)) builder.line(line);
}

/** The linear index at which a store lands, given the position of its value. */
export function storeIndex(builder: KernelBuilder, store: Write, position: Position): string {
  const { placement, into } = store;
  if (!placement) return position.linear();
  const [outer, inner] = placedShape(store);
  const seen = viewed(builder, position, [outer, inner]);
  const start = builder.word(placement.start * sizeOf(into.shape.slice(placement.axis + 1)));
  const own = inner === 1 ? start : `${seen.coordinate(1)} + ${start}`;
  return outer === 1 ? own : `${seen.coordinate(0)} * ${builder.word(sizeOf(into.shape.slice(placement.axis)))} + ${own}`;
}

/** [outer, inner] of a store's value: what is before the axis of its placement, and the rest, which lies together. */
export function placedShape({ value, placement }: Write): readonly [number, number] {
  const inner = placement ? sizeOf(value.shape.slice(placement.axis)) : sizeOf(value.shape);
  return [sizeOf(value.shape) / inner, inner];
}

/** Can all stores of the group be written by fours? If so, they will be. */
export function storesFours({ builder, group }: LowerContext): boolean {
  const suits = group.stores.every(({ into, placement }) => placement === null && builder.isAligned(into));
  if (suits) builder.writeFours();
  return suits;
}
