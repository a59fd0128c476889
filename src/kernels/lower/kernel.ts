/** What every lowering gives: one kernel, ready to be compiled and bound. */
import { type DType, type Node, sizeOf } from "../../graph/node.ts";
import type { Binding, BuilderOptions } from "../wgsl/builder.ts";
import { KernelBuilder } from "../wgsl/builder.ts";
import { emit, type Emitter } from "../wgsl/emit.ts";
import type { Group, Home, Store } from "../group/group.ts";
import type { Choose } from "../common/variants.ts";
import { atLinear, type Position, quadsOf, viewed } from "../wgsl/position.ts";

export interface Kernel {
  readonly group: Group;
  /** For people and error messages: op and path. */
  readonly label: string;
  readonly code: string;
  readonly uniform: Uint32Array;
  readonly bindings: readonly Binding[];
  readonly workgroups: number;
  readonly variant: string;
  /** Floating point operations, for reports. */
  readonly flops: number;
  /** Set where it runs for the second time, since what it wrote first was not kept (memory/replay.ts). */
  readonly recomputes?: boolean;
}

/** What a lowering may know about the device. */
export interface Target {
  readonly software: boolean;
  readonly nestsLoops: boolean; // see Device
  readonly maxInvocations: number;
  readonly maxWorkgroupStorage: number;
  /** Between forms of one kernel: a measured one, or the first. */
  readonly choose: Choose;
}

export interface LowerContext {
  readonly builder: KernelBuilder;
  readonly group: Group;
  readonly target: Target;
  readonly isStored: (node: Node) => boolean;
}

export const contextOf = (group: Group, options: BuilderOptions, target: Target): LowerContext => {
  const own = new Set(group.stores.filter((store) => store.value === store.into).map((store) => store.into));
  const homes = group.stores.map(({ into }) => options.homes.get(into) as Home);
  const whole = group.kind === "elementwise" && homes.every(({ owner, offset }) => offset % 4 === 0 && sizeOf(owner.shape) % 4 === 0);
  const single = new Set(whole ? [] : homes.map(({ owner }) => owner));
  return { builder: new KernelBuilder(options, single), group, target, isStored: (node) => options.homes.has(node) && !own.has(node) };
};

/** [outer, inner] of a store's value: what is before the axis of its placement, and the rest, which lies together. */
export function placedShape({ value, placement }: Store): readonly [number, number] {
  const inner = placement ? sizeOf(value.shape.slice(placement.axis)) : sizeOf(value.shape);
  return [sizeOf(value.shape) / inner, inner];
}

/** Can all stores of the group be written by fours? If so, they will be. */
export function storesFours({ builder, group }: LowerContext): boolean {
  const suits = group.stores.every(({ into, placement }) => placement === null && builder.isAligned(into));
  if (suits) builder.writeFours();
  return suits;
}

/** The linear index at which a store lands, given the position of its value. */
export function storeIndex(builder: KernelBuilder, store: Store, position: Position): string {
  const { placement, into } = store;
  if (!placement) return position.linear();
  const [outer, inner] = placedShape(store);
  const seen = viewed(builder, position, [outer, inner]);
  const start = builder.word(placement.start * sizeOf(into.shape.slice(placement.axis + 1)));
  const own = inner === 1 ? start : `${seen.coordinate(1)} + ${start}`;
  return outer === 1 ? own : `${seen.coordinate(0)} * ${builder.word(sizeOf(into.shape.slice(placement.axis)))} + ${own}`;
}

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

/** What a template hands to the epilogue: a parameter, the node whose value it is (if anybody asks for it), and its type. */
export interface Handed {
  readonly node: Node | null;
  readonly name: string;
  readonly dtype: DType;
}

/** The result of a group's heavy op. */
const handedBy = ({ heavy }: Group): Handed[] => (heavy ? [{ node: heavy, name: "value", dtype: heavy.dtype }] : []);

/** `fn finish(i, value)`: the epilogue of the heavy op, and the stores. */
export function finishFunction(context: LowerContext, name = "finish", handed: readonly Handed[] = handedBy(context.group)): string {
  const given = new Map(handed.flatMap((value) => (value.node ? [[value.node, value.name]] : [])));
  const { lines } = context.builder.body(() => emitStores(context, "i", given));
  return `fn ${name}(i: u32, ${handed.map((value) => `${value.name}: ${value.dtype}`).join(", ")}) {\n${lines.join("\n")}\n}`;
}

/** `fn finish4(i, value)`: the same for four neighbours, from an i that is divisible by 4. */
export function finishFours(context: LowerContext, name = "finish4", handed: readonly Handed[] = handedBy(context.group)): string {
  const { builder, group } = context;
  const component = (value: Handed) => (at: Position) => `${value.name}.${"xyzw"[at.quad?.at ?? 0]}`;
  const given = new Map(handed.flatMap((value) => (value.node ? [[value.node, component(value)]] : [])));
  const size = sizeOf(group.stores[0].value.shape);
  const { lines } = builder.body(() => emitFours(context, group.stores, atLinear(builder, [size], "i"), given));
  return `fn ${name}(i: u32, ${handed.map((value) => `${value.name}: vec4<${value.dtype}>`).join(", ")}) {\n${lines.join("\n")}\n}`;
}

/** Four neighbours of each store, from the position `first`. */
export function emitFours(context: LowerContext, stores: readonly Store[], first: Position, given: Emitter["given"] = new Map()): void {
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

/** `fn NAME(i)`: one element of a stored node. */
export function loadFunction(builder: KernelBuilder, name: string, node: Node): string {
  const { lines, result } = builder.body(() => builder.load(node, "i"));
  return `fn ${name}(i: u32) -> ${node.dtype} { ${lines.join(" ")} return ${result}; }`;
}

/** `fn NAME(i)`: four neighbours of a stored node, from an i that is divisible by 4. */
export function loadFours(builder: KernelBuilder, name: string, node: Node): string {
  const { lines, result } = builder.body(() => builder.loadFour(node, "i"));
  return `fn ${name}(i: u32) -> vec4<${node.dtype}> { ${lines.join(" ")} return ${result}; }`;
}

/** Load functions by name, and where `fours` is set the same for four neighbours, which then decide how the storage is bound. */
export function loads({ builder }: LowerContext, nodes: Readonly<Record<string, Node>>, fours: boolean): string[] {
  return Object.entries(nodes).flatMap(([name, node]) => {
    const four = fours ? [loadFours(builder, `${name}4`, node)] : [];
    const one = loadFunction(builder, name, node);
    return [one, ...(fours ? four : [loadFours(builder, `${name}4`, node)])];
  });
}

/** Both ways to finish: the one that is used comes first, since it decides how storages are bound. */
export function finishes(context: LowerContext, fours: boolean, handed: readonly Handed[] = handedBy(context.group)): string[] {
  if (!fours) return [finishFunction(context, "finish", handed), finishFours(context, "finish4", handed)];
  return [finishFours(context, "finish4", handed), finishFunction(context, "finish", handed)];
}

export function finishKernel(
  context: LowerContext,
  parts: { code: string; workgroups: number; variant: string; flops: number; label?: string },
): Kernel {
  const { builder, group } = context;
  return {
    group,
    label: labelOf(group),
    code: builder.module(parts.code),
    uniform: builder.uniform(),
    bindings: builder.bindings(),
    workgroups: parts.workgroups,
    variant: parts.variant,
    flops: parts.flops,
  };
}

/** `conv2d at layer1.0.conv1`, `elementwise relu+mul`, `update of weight and 2 more`. */
function labelOf({ kind, heavy, stores }: Group): string {
  const [{ into, value }] = stores;
  if (kind === "elementwise" && into.op === "variable")
    return `update of ${into.attrs.path}${stores.length > 1 ? ` and ${stores.length - 1} more` : ""}`;
  const ops = [...new Set(stores.map((store) => store.value.op))];
  const what = kind === "elementwise" ? `elementwise ${ops.slice(0, 3).join("+")}` : kind;
  const path = heavy?.name || value.name;
  return path ? `${what} at ${path}` : what;
}
