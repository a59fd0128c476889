/**
 * The order in which lowered kernels run: as they were scheduled, or one that frees memory earlier, whichever has the lower peak. Kernels and
 * values are numbers here, since a search over a budget (recompute.ts) visits them often.
 */
import { type Node, sizeOf } from "../../graph/node.ts";
import { isSource } from "../common/nodes.ts";
import type { Kernel } from "../lower/kernel.ts";

/** Elements up to which it does not matter how long a value lives. */
const SMALL = 64;
/** Kernels that are ready to run, among which the one that frees most is looked for. */
const LOOK_AHEAD = 32;

/** Who reads and writes which value. */
interface Accesses {
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

/** Kernels in the order in which they run. */
export interface Sequence extends Accesses {
  /** Value -> kernels that write it, in order. */
  readonly writers: readonly (readonly number[])[];
  /** Value -> the kernels around the longest gap between two uses, after it is complete; null where it has to stay in memory. */
  readonly gaps: readonly (readonly [last: number, next: number] | null)[];
}

/** `bytesOf` an owner: what it takes in arenas. `kept` owners are read after the run. */
export function sequenceOf(lowered: readonly Kernel[], kept: ReadonlySet<Node>, bytesOf: (owner: Node) => number): Sequence {
  const scheduled = accessesOf(lowered, kept, bytesOf);
  const order = [[...lowered.keys()], memoryFirst(scheduled)].reduce((a, b) => (peakOf(scheduled, b) <= peakOf(scheduled, a) ? b : a));
  const accesses = inOrder(scheduled, order);
  const { owners, touches, writes, commits } = accesses;
  const users: number[][] = owners.map(() => []);
  const writers: number[][] = owners.map(() => []);
  for (const [kernel, values] of touches.entries())
    for (const [i, value] of values.entries()) {
      users[value].push(kernel);
      if (writes[kernel][i]) writers[value].push(kernel);
    }
  const gaps = owners.map((owner, value) => {
    const stays = isSource(owner) || accesses.kept.has(value) || writers[value].some((kernel) => commits[kernel]);
    return stays ? null : longestGap(users[value], writers[value][writers[value].length - 1]);
  });
  return { ...accesses, writers, gaps };
}

function accessesOf(kernels: readonly Kernel[], kept: ReadonlySet<Node>, bytesOf: (owner: Node) => number): Accesses {
  const numbers = new Map<Node, number>();
  const numberOf = (owner: Node): number => {
    const number = numbers.get(owner) ?? numbers.size;
    numbers.set(owner, number);
    return number;
  };
  const touches: number[][] = [];
  const writes: boolean[][] = [];
  for (const { bindings } of kernels) {
    const values = new Map<number, boolean>();
    for (const { owner, writes: isWrite } of bindings) values.set(numberOf(owner), isWrite || (values.get(numberOf(owner)) ?? false));
    touches.push([...values.keys()]);
    writes.push([...values.values()]);
  }
  const owners = [...numbers.keys()];
  return {
    kernels,
    owners,
    touches,
    writes,
    commits: kernels.map(({ bindings }) => bindings.some((binding) => binding.writes && isSource(binding.owner))),
    bytes: owners.map((owner) => (isSource(owner) ? 0 : bytesOf(owner))),
    kept: new Set([...kept].flatMap((owner) => numbers.get(owner) ?? [])),
  };
}

/** The accesses with the kernels numbered anew: `order` lists their old numbers. */
function inOrder(accesses: Accesses, order: readonly number[]): Accesses {
  const sorted = <T>(items: readonly T[]): T[] => order.map((kernel) => items[kernel]);
  const { kernels, touches, writes, commits } = accesses;
  return { ...accesses, kernels: sorted(kernels), touches: sorted(touches), writes: sorted(writes), commits: sorted(commits) };
}

function longestGap(users: readonly number[], complete: number): readonly [number, number] | null {
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

/**
 * A topological order that runs what frees memory as soon as it is ready: each update when its value is there and nobody needs the old one,
 * so that no gradient waits for the end; a kernel that writes less than what it is the last to read; and the few numbers that updates
 * share, such as Adam's step size.
 */
function memoryFirst(accesses: Accesses): number[] {
  const { touches, bytes, kept, owners, commits } = accesses;
  const { waiting, followers } = dependencies(accesses);
  const uses = owners.map(() => 0);
  for (const values of touches) for (const value of values) uses[value]++;
  const left = [...uses];
  const small = touches.map((values) => values.every((value) => sizeOf(owners[value].shape) <= SMALL));
  const freed = (kernel: number): number => {
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
      const gain = freed(ready[i]);
      if (gain > most) [at, most] = [i, gain];
    }
    const [kernel] = ready.splice(at, 1);
    order.push(kernel);
    for (const value of touches[kernel]) left[value]--;
    for (const next of followers[kernel]) if (--waiting[next] === 0) insert(ready, next);
  }
  return order;
}

/** For each kernel, how many it waits for, and which wait for it: a reader for the last writer, a writer for all since the last writer. */
function dependencies({ touches, writes, owners }: Accesses) {
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

/** Keeps a list in ascending order. */
function insert(list: number[], item: number): void {
  let at = list.length;
  while (at > 0 && list[at - 1] > item) at--;
  list.splice(at, 0, item);
}

const peakOf = (accesses: Accesses, order: readonly number[]): number =>
  liveBytes(
    accesses,
    order.map((kernel) => accesses.touches[kernel]),
  ).reduce((most, bytes) => Math.max(most, bytes), 0);

/**
 * Bytes that live at each step, given the keys of the values that it reads or writes. A key is value + version * number of values: versions
 * of one value have memory of their own.
 */
export function liveBytes({ bytes, kept }: Accesses, steps: readonly (readonly number[])[]): Float64Array {
  const live = new Float64Array(steps.length + 1);
  const began = new Map<number, number>();
  const ended = new Map<number, number>();
  for (const [step, keys] of steps.entries())
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
