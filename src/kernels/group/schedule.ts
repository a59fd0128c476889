/** Groups out of a fusion: one per stored node, elementwise neighbours merged, concatenations laid out in place, updates last. */
import type { Update } from "../../graph/index.ts";
import { type Node, sizeOf } from "../../graph/node.ts";
import { readsInPlace } from "./access.ts";
import { EPILOGUE, type Fusion, isSource, operand, unview } from "./fuse.ts";
import type { Group, Home, Schedule, Store } from "./group.ts";
import { isInline } from "../rewrite/simplify.ts";
import { isInPlace, orderUpdates } from "./updates.ts";

export interface ScheduleOptions {
  readonly maxBindings: number;
  readonly bindingsOf: (node: Node) => number;
}

export function schedule(fusion: Fusion, updates: readonly Update[], options: ScheduleOptions): Schedule {
  const homes = new Map<Node, Home>();
  const groups: Group[] = [];
  for (const node of fusion.order) {
    if (!fusion.stored.has(node) || isSource(node)) continue;
    if (node.op === "concat") groups.push(...concatGroups(node, fusion, homes, options));
    else groups.push(groupOf(node, fusion));
  }
  for (const node of fusion.stored.keys()) if (!homes.has(node)) homes.set(node, { owner: node, offset: 0 });
  const merged = mergeElementwise(sortGroups(groups), fusion, options);
  const commit = (store: Store): Group => elementwise([store], fusion, "update");
  const commits = updates
    .filter(([variable, next]) => unview(next) !== variable)
    .map(([variable, next]) => commit({ value: next, into: variable, placement: null }));
  const together = mergeElementwise(commits, fusion, options, (joined) => isInPlace(joined, fusion) && !waitsInVain(joined));
  const ordered = orderUpdates(together, homes, fusion, (group) => group.stores.map(commit));
  return { groups: [...merged, ...ordered], homes: flatten(homes) };
}

/** Elements from which on a dispatch costs little beside the work. */
const LARGE = 65536;

/** Large updates that share nothing stay apart: each can run as soon as its gradient is there, and the gradient's memory is free again. */
function waitsInVain({ stores, reads }: Group): boolean {
  const gradients = reads.filter((node) => node.op !== "variable" && sizeOf(node.shape) === sizeOf(stores[0].value.shape));
  return gradients.length > 1 && sizeOf(stores[0].value.shape) >= LARGE;
}

/** A part of a concatenation that is itself a part of one: its home is the outermost. */
function flatten(homes: Map<Node, Home>): Map<Node, Home> {
  const resolve = (node: Node): Home => {
    const home = homes.get(node) as Home;
    if (home.owner === node) return home;
    const outer = resolve(home.owner);
    return { owner: outer.owner, offset: outer.offset + home.offset };
  };
  return new Map([...homes.keys()].map((node) => [node, resolve(node)]));
}

function groupOf(node: Node, fusion: Fusion): Group {
  const heavy = fusion.heavyOf.get(node);
  const reason = fusion.stored.get(node) as string;
  if (!heavy) return elementwise([{ value: node, into: node, placement: null }], fusion, reason);
  const reads = new Set<Node>();
  for (const input of heavy.inputs) collectReads(operand(heavy, input), fusion, new Set(), reads);
  if (node !== heavy) collectReads(node, fusion, new Set([node, heavy]), reads);
  return { kind: heavy.op, heavy, stores: [{ value: node, into: node, placement: null }], reads: [...reads], reason };
}

function elementwise(stores: readonly Store[], fusion: Fusion, reason: string): Group {
  const reads = new Set<Node>();
  for (const { value, into } of stores) collectReads(value, fusion, value === into ? new Set([value]) : new Set(), reads);
  return { kind: "elementwise", heavy: null, stores, reads: [...reads], reason };
}

/** Adds the stored nodes that computing `node` loads; `computed` are taken as values, not loaded. */
function collectReads(node: Node, fusion: Fusion, computed: ReadonlySet<Node>, reads: Set<Node>, seen = new Set<Node>()): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (fusion.stored.has(node) && !computed.has(node)) reads.add(node);
  else if (isInline(node.op)) for (const input of node.inputs) collectReads(input, fusion, computed, reads, seen);
}

/**
 * A concatenation costs nothing for parts that a kernel can write straight into their region (all extents before the axis are 1).
 * The other parts are stored into place: those of one shape by one kernel.
 */
function concatGroups(node: Node & { op: "concat" }, fusion: Fusion, homes: Map<Node, Home>, options: ScheduleOptions): Group[] {
  const { axis } = node.attrs;
  const inner = sizeOf(node.shape.slice(axis + 1));
  const contiguous = sizeOf(node.shape.slice(0, axis)) === 1;
  const pending = new Map<string, Store[]>();
  let start = 0;
  for (const input of node.inputs) {
    const part = unview(input);
    if (contiguous && fusion.stored.has(part) && !isSource(part) && !homes.has(part))
      homes.set(part, { owner: node, offset: start * inner });
    else {
      const key = input.shape.join();
      pending.set(key, [...(pending.get(key) ?? []), { value: input, into: node, placement: { axis, start } }]);
    }
    start += input.shape[axis];
  }
  const groups: Group[] = [];
  const place = (stores: readonly Store[]): void => {
    const together = elementwise(stores, fusion, "concat");
    if (stores.length === 1 || bindings(together, options) <= options.maxBindings) groups.push(together);
    else for (const half of [stores.slice(0, stores.length / 2), stores.slice(stores.length / 2)]) place(half);
  };
  for (const stores of pending.values()) for (const chunk of chunks(stores)) place(chunk);
  // All parts are in place already: readers still need a group to wait for.
  const made = groups.length > 0 ? groups : [{ kind: "concat", heavy: node, stores: [], reads: [], reason: "in place" } satisfies Group];
  return made.map((group) => ({ ...group, heavy: node }));
}

/** Sixteen at a time, then eight, four, ...: as few kernels' texts as possible, however many parts there are. */
function chunks<T>(items: readonly T[]): T[][] {
  const result: T[][] = [];
  for (let at = 0, size = 16; at < items.length; ) {
    while (size > items.length - at) size /= 2;
    result.push(items.slice(at, at + size));
    at += size;
  }
  return result;
}

function bindings(group: Group, options: ScheduleOptions): number {
  const owners = new Set<Node>([...group.reads, ...group.stores.map((store) => store.into)]);
  let count = 0;
  for (const owner of owners) count += options.bindingsOf(owner);
  return count;
}

/** Inputs before users; among those that are ready, the one created first. */
function sortGroups(groups: readonly Group[]): Group[] {
  const makers = new Map<Node, Group[]>();
  const add = (node: Node, group: Group): void => void makers.set(node, [...(makers.get(node) ?? []), group]);
  for (const group of groups) {
    for (const { into } of group.stores) add(into, group);
    if (group.kind === "concat" && group.heavy) add(group.heavy, group);
  }
  const needs = (group: Group): Node[] =>
    group.heavy?.op === "concat" ? [...group.reads, ...group.heavy.inputs.map(unview)] : [...group.reads];
  const sorted: Group[] = [];
  const state = new Map<Group, "open" | "done">();
  const rank = (group: Group): number => group.stores[0]?.into.id ?? group.heavy?.id ?? 0;
  for (const first of [...groups].sort((a, b) => rank(a) - rank(b))) {
    const stack = [first];
    while (stack.length > 0) {
      const group = stack[stack.length - 1];
      if (state.get(group) === "done") {
        stack.pop();
        continue;
      }
      state.set(group, "open");
      const waiting = needs(group)
        .flatMap((node) => makers.get(node) ?? [])
        .filter((other) => other !== group && state.get(other) === undefined);
      if (waiting.length > 0) stack.push(...waiting.reverse());
      else {
        state.set(group, "done");
        sorted.push(group);
        stack.pop();
      }
    }
  }
  return sorted;
}

/** How far back a group looks for one to join: bounds the work on long graphs. */
const LOOK_BACK = 48;

/** Stores of one elementwise kernel: more would make its text long. */
const MOST_STORES = 16;

/** Elementwise groups over one shape become one kernel with several stores, where nothing between them is in the way. */
function mergeElementwise(groups: readonly Group[], fusion: Fusion, options: ScheduleOptions, may?: (joined: Group) => boolean): Group[] {
  const result: Group[] = [];
  const madeAt = new Map<Node, number>();
  for (const group of groups) {
    const target = mergeTarget(group, result, madeAt, fusion, options, may);
    const at = target ?? result.length;
    if (target === null) result.push(group);
    else result[target] = join(result[target], group);
    for (const { into } of group.stores) madeAt.set(into, Math.max(madeAt.get(into) ?? -1, at));
    if (group.heavy?.op === "concat")
      madeAt.set(group.heavy, Math.max(at, ...group.heavy.inputs.map((input) => madeAt.get(unview(input)) ?? -1)));
  }
  return result;
}

function mergeTarget(
  group: Group,
  result: readonly Group[],
  madeAt: ReadonlyMap<Node, number>,
  fusion: Fusion,
  options: ScheduleOptions,
  may: (joined: Group) => boolean = () => true,
): number | null {
  if (group.kind !== "elementwise") return null;
  const after = Math.max(-1, ...group.reads.map((node) => madeAt.get(node) ?? -1));
  for (let i = result.length - 1; i >= Math.max(after, result.length - LOOK_BACK, 0); i--) {
    const candidate = result[i];
    const behind = goesOn(candidate, group);
    if (!behind && (candidate.kind !== "elementwise" || !sameDomain(candidate, group))) continue;
    if (candidate.stores.length + group.stores.length > MOST_STORES) continue;
    const own = new Set(candidate.stores.filter((store) => store.value === store.into).map((store) => store.value));
    const fromCandidate = group.reads.filter((node) => candidate.stores.some((store) => store.into === node));
    // A value made by the candidate is at hand; of a variable that it writes, the old value is: all loads come before the first store.
    const inPlace = fromCandidate.every(
      (node) => (own.has(node) || node.op === "variable") && group.stores.every((store) => readsInPlace(store.value, node, fusion)),
    );
    if (!inPlace || (behind && fromCandidate.length === 0)) continue;
    const joined = join(candidate, group);
    if (bindings(joined, options) <= options.maxBindings && may(joined)) return i;
  }
  return null;
}

/** Can the kernel of a heavy op also compute an elementwise group from its result? */
const goesOn = ({ heavy, stores }: Group, group: Group): boolean =>
  heavy !== null && EPILOGUE.has(heavy.op) && stores.length > 0 && sizeOf(heavy.shape) === sizeOf(group.stores[0].value.shape);

const sameDomain = (a: Group, b: Group): boolean => a.stores[0].value.shape.join() === b.stores[0].value.shape.join();

function join(a: Group, b: Group): Group {
  const written = new Set(a.stores.map((store) => store.into));
  const reads = new Set([...a.reads, ...b.reads.filter((node) => !written.has(node))]);
  return { ...a, stores: [...a.stores, ...b.stores], reads: [...reads], reason: `${a.reason}; ${b.reason}` };
}
