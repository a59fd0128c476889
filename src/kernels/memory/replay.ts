/**
 * The order in which lowered kernels run, and which values are made a second time instead of being kept. The second run of a kernel is the
 * same text and the same uniform bound to other memory: the same bits, and no pipeline is compiled for it. Random numbers are counted, not
 * drawn, and variables change after the last kernel that reads them, so a second run sees what the first one saw.
 */
import { type Node, remake, sizeOf } from "../../graph/node.ts";
import { isSource } from "../common/nodes.ts";
import type { Kernel } from "../lower/kernel.ts";

/** Elements up to which it does not matter how long a value lives. */
const SMALL = 64;
/** Kernels that can run, among which the most relieving one is looked for. */
const LOOK_AHEAD = 32;

/** The kernels of a program as numbers: who touches which value. */
interface Touches {
  readonly kernels: readonly Kernel[];
  readonly owners: readonly Node[];
  /** Kernel -> values that it reads or writes, each once; and whether it writes them. */
  readonly touches: readonly (readonly number[])[];
  readonly writes: readonly (readonly boolean[])[];
  /** Kernel -> does it change a variable? */
  readonly commits: readonly boolean[];
  /** Value -> its bytes; 0 for what has a buffer of its own. */
  readonly bytes: readonly number[];
  /** Values that live to the end. */
  readonly kept: ReadonlySet<number>;
}

/** Kernels in the order in which they run: as they were scheduled, or, unless that needs more memory, what relieves it earlier. */
export interface Sequence extends Touches {
  /** Value -> kernels that write it, in order. */
  readonly writers: readonly (readonly number[])[];
  /** Value -> the kernels around the longest time in which nobody needs it, after it is complete; null where it has to stay. */
  readonly rests: readonly (readonly [last: number, next: number] | null)[];
}

export function sequenceOf(lowered: readonly Kernel[], kept: ReadonlySet<Node>, bytesOf: (owner: Node) => number): Sequence {
  const numbers = new Map<Node, number>();
  const numberOf = (owner: Node): number => {
    const number = numbers.get(owner) ?? numbers.size;
    numbers.set(owner, number);
    return number;
  };
  const given = touchesOf(lowered, numberOf);
  const owners = [...numbers.keys()];
  const ends = new Set([...kept].flatMap((owner) => numbers.get(owner) ?? []));
  const bytes = owners.map((owner) => (isSource(owner) ? 0 : bytesOf(owner)));
  const isCommit = ({ bindings }: Kernel): boolean => bindings.some(({ owner, writes }) => writes && isSource(owner));
  const known = { owners, bytes, kept: ends };
  const before = { ...known, ...given, kernels: lowered, commits: lowered.map(isCommit) };
  const order = [[...lowered.keys()], early(before)].reduce((a, b) => (peakOf(before, b) <= peakOf(before, a) ? b : a));
  const kernels = order.map((kernel) => lowered[kernel]);
  const [touches, writes] = [order.map((kernel) => given.touches[kernel]), order.map((kernel) => given.writes[kernel])];
  const commits = kernels.map(isCommit);
  const users: number[][] = owners.map(() => []);
  const writers: number[][] = owners.map(() => []);
  for (const [kernel, values] of touches.entries())
    for (const [i, value] of values.entries()) {
      users[value].push(kernel);
      if (writes[kernel][i]) writers[value].push(kernel);
    }
  const rests = owners.map((owner, value) => {
    const stays = isSource(owner) || ends.has(value) || writers[value].some((kernel) => commits[kernel]);
    return stays ? null : longestRest(users[value], writers[value][writers[value].length - 1]);
  });
  return { ...known, kernels, touches, writes, commits, writers, rests };
}

function touchesOf(kernels: readonly Kernel[], numberOf: (owner: Node) => number): Pick<Touches, "touches" | "writes"> {
  const touches: number[][] = [];
  const writes: boolean[][] = [];
  for (const { bindings } of kernels) {
    const values = new Map<number, boolean>();
    for (const { owner, writes: isWrite } of bindings) values.set(numberOf(owner), isWrite || (values.get(numberOf(owner)) ?? false));
    touches.push([...values.keys()]);
    writes.push([...values.values()]);
  }
  return { touches, writes };
}

function longestRest(users: readonly number[], complete: number): readonly [number, number] | null {
  let best: readonly [number, number] | null = null;
  let most = 1;
  for (let i = 1; i < users.length; i++) {
    const [last, next] = [users[i - 1], users[i]];
    if (last < complete || next - last <= most) continue;
    best = [last, next];
    most = next - last;
  }
  return best;
}

interface Step {
  readonly kernel: number;
  /** What it touches, as `touches` lists it: value + version * number of values. */
  readonly keys: readonly number[];
  readonly again: boolean;
}

/** A way to run a sequence. */
export interface Replay {
  readonly steps: readonly Step[];
  /** Bytes that live at each step. */
  readonly live: Float64Array;
}

/**
 * Runs the sequence without keeping the `dropped` values while they rest; null if one of them could not be made again. Versions of a value:
 * 0 as first made, 1 as made again, from 2 on what a second run writes beside what was wanted of it.
 */
export function replay(sequence: Sequence, dropped: ReadonlySet<number>): Replay | null {
  const { touches, writes, commits, rests, owners } = sequence;
  const steps: Step[] = [];
  const made = new Set<number>();
  const changed = new Set<number>();
  let spare = 2;
  for (let at = 0; at < touches.length; at++) {
    const isMissing = (value: number): boolean => dropped.has(value) && !made.has(value) && at > (rests[value] as readonly number[])[0];
    const missing = dropped.size === 0 ? [] : touches[at].filter(isMissing);
    if (missing.length > 0) {
      const { kernels, values } = closure(sequence, missing, isMissing);
      for (const value of values) made.add(value);
      for (const kernel of kernels) {
        if (commits[kernel] || touches[kernel].some((value) => changed.has(value))) return null;
        const version = (value: number, i: number): number => (made.has(value) ? 1 : writes[kernel][i] ? spare++ : 0);
        steps.push({ kernel, keys: touches[kernel].map((value, i) => value + version(value, i) * owners.length), again: true });
      }
    }
    steps.push({ kernel: at, keys: touches[at].map((value) => (made.has(value) ? value + owners.length : value)), again: false });
    if (commits[at]) for (const [i, value] of touches[at].entries()) if (writes[at][i]) changed.add(value);
  }
  return { steps, live: profile(sequence, steps) };
}

/** The kernels, in order, that make the missing values again, with those that make what of their inputs is missing as well. */
function closure({ touches, writers }: Sequence, missing: readonly number[], isMissing: (value: number) => boolean) {
  const values = new Set(missing);
  const kernels = new Set<number>();
  for (const value of values)
    for (const kernel of writers[value]) {
      if (kernels.has(kernel)) continue;
      kernels.add(kernel);
      for (const other of touches[kernel]) if (isMissing(other)) values.add(other);
    }
  return { values, kernels: [...kernels].sort((a, b) => a - b) };
}

/**
 * Kernels in order, but what relieves the memory as soon as it can run: each update when its value is there and nobody needs the old one,
 * so that no gradient waits for the end; a kernel that writes less than what it is the last to read; and the few numbers that updates
 * share, such as Adam's step size.
 */
function early(known: Touches): number[] {
  const { touches, bytes, kept, owners, commits } = known;
  const { waiting, followers } = dependencies(known);
  const uses = owners.map(() => 0);
  for (const values of touches) for (const value of values) uses[value]++;
  const left = [...uses];
  const small = touches.map((values) => values.every((value) => sizeOf(owners[value].shape) <= SMALL));
  const relief = (kernel: number): number => {
    if (small[kernel]) return commits[kernel] ? 0 : 1;
    let sum = 0;
    for (const value of touches[kernel]) {
      if (left[value] === uses[value]) sum -= bytes[value];
      if (left[value] === 1 && !kept.has(value)) sum += bytes[value];
    }
    return sum;
  };
  const order: number[] = [];
  const ready = [...touches.keys()].filter((kernel) => waiting[kernel] === 0);
  while (ready.length > 0) {
    let [at, most] = [0, 0];
    for (let i = 0; i < Math.min(ready.length, LOOK_AHEAD); i++) {
      const gain = relief(ready[i]);
      if (gain > most) [at, most] = [i, gain];
    }
    const [kernel] = ready.splice(at, 1);
    order.push(kernel);
    for (const value of touches[kernel]) left[value]--;
    for (const next of followers[kernel]) if (--waiting[next] === 0) insert(ready, next);
  }
  return order;
}

/** Keeps a list in ascending order. */
function insert(list: number[], item: number): void {
  let at = list.length;
  while (at > 0 && list[at - 1] > item) at--;
  list.splice(at, 0, item);
}

/** For each kernel, how many it waits for, and which wait for it: a reader for the last writer, a writer for all since the last writer. */
function dependencies({ touches, writes, owners }: Touches) {
  const waiting = touches.map(() => 0);
  const followers: number[][] = touches.map(() => []);
  const lastWriter: (number | undefined)[] = owners.map(() => undefined);
  const readers: number[][] = owners.map(() => []);
  const wait = (kernel: number, before: number): void => {
    followers[before].push(kernel);
    waiting[kernel]++;
  };
  for (const [kernel, values] of touches.entries())
    for (const [i, value] of values.entries()) {
      const writer = lastWriter[value];
      if (writer !== undefined) wait(kernel, writer);
      if (writes[kernel][i]) {
        for (const reader of readers[value]) wait(kernel, reader);
        lastWriter[value] = kernel;
        readers[value] = [];
      } else readers[value].push(kernel);
    }
  return { waiting, followers };
}

function peakOf(known: Touches, order: readonly number[]): number {
  const live = profile(
    known,
    order.map((kernel) => ({ kernel, keys: known.touches[kernel], again: false })),
  );
  return live.reduce((most, bytes) => Math.max(most, bytes), 0);
}

/** Bytes that live at each step. */
function profile({ bytes, kept }: Touches, steps: readonly Step[]): Float64Array {
  const live = new Float64Array(steps.length + 1);
  const began = new Map<number, number>();
  const ended = new Map<number, number>();
  for (const [step, { keys }] of steps.entries())
    for (const key of keys) {
      if (bytes[key % bytes.length] === 0) continue;
      if (!began.has(key)) began.set(key, step);
      ended.set(key, step);
    }
  for (const [key, from] of began) {
    const value = key % bytes.length;
    live[from] += bytes[value];
    if (!kept.has(value)) live[(ended.get(key) as number) + 1] -= bytes[value];
  }
  for (let step = 1; step < live.length; step++) live[step] += live[step - 1];
  return live;
}

/** The replay as kernels: what is made again has memory of its own. */
export function kernelsOf({ kernels, owners, touches }: Sequence, { steps }: Replay): Kernel[] {
  const copies = new Map<number, Node>();
  const ownerOf = (key: number): Node => {
    if (key < owners.length) return owners[key];
    const copy = copies.get(key) ?? remake(owners[key % owners.length]);
    copies.set(key, copy);
    return copy;
  };
  return steps.map(({ kernel: index, keys, again }) => {
    const kernel = kernels[index];
    if (!again && keys.every((key) => key < owners.length)) return kernel;
    const renamed = new Map(touches[index].map((value, i) => [owners[value], ownerOf(keys[i])]));
    const bindings = kernel.bindings.map((binding) => ({ ...binding, owner: renamed.get(binding.owner) as Node }));
    return again ? { ...kernel, bindings, label: `${kernel.label}, again`, again } : { ...kernel, bindings };
  });
}
