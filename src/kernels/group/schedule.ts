/** The groups of a fusion: one for each stored node, elementwise neighbours merged, concatenations written in place, updates last. */
import type { Update } from "../../graph/index.ts";
import { type Node, sizeOf } from "../../graph/node.ts";
import { isSource, unview } from "../common/nodes.ts";
import { concatGroups } from "./concat.ts";
import type { Fusion } from "./fuse.ts";
import type { Group, Home, Schedule, Write } from "./group.ts";
import { elementwiseGroup, groupOf } from "./make.ts";
import type { BindingLimits } from "./measure.ts";
import { mergeElementwise } from "./merge.ts";
import { isInPlace, orderUpdates } from "./updates.ts";

/** The groups of a fusion, in an order in which they can run, with `updates` at the end. */
export function schedule(fusion: Fusion, updates: readonly Update[], options: BindingLimits): Schedule {
  const homes = new Map<Node, Home>();
  const groups: Group[] = [];
  for (const node of fusion.order) {
    if (!fusion.stored.has(node) || isSource(node)) continue;
    if (node.op === "concat") groups.push(...concatGroups(node, fusion, homes, options));
    else groups.push(groupOf(node, fusion));
  }
  for (const node of fusion.stored.keys()) if (!homes.has(node)) homes.set(node, { owner: node, offset: 0 });
  const merged = mergeElementwise(sortGroups(groups), fusion, options);
  const commit = (store: Write): Group => elementwiseGroup([store], fusion, "update");
  const commits = updates
    .filter(([variable, next]) => unview(next) !== variable)
    .map(([variable, next]) => commit({ value: next, into: variable, placement: null }));
  const together = mergeElementwise(commits, fusion, options, (joined) => isInPlace(joined, fusion) && !delaysAnUpdate(joined));
  const ordered = orderUpdates(together, homes, fusion, (group) => group.stores.map(commit));
  return { groups: [...merged, ...ordered], homes: flatten(homes) };
}

/** Elements from which on a dispatch costs little, compared with the work. */
const LARGE = 65536;

/** Would a merged update wait for a second large gradient? Apart, each runs as soon as its own is there, whose memory is then free. */
function delaysAnUpdate({ stores, reads }: Group): boolean {
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
