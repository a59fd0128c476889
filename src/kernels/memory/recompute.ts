/**
 * A byte budget: which values are not kept until they are read again, but made a second time (Chen et al., arXiv:1604.06174). A search on the
 * predicted bytes: what relieves the steps over the budget most for the work that it repeats is dropped first; then whatever turned out to be
 * needless is kept after all. Deterministic, and bounded in work.
 */
import type { Kernel } from "../lower/kernel.ts";
import { arenaBytes, bytesTouched, type MemoryPlan } from "./plan.ts";
import { kernelsOf, type Replay, replay, type Sequence } from "./replay.ts";

/** Memory is slower than arithmetic: a byte moved counts as this many operations. */
const OPERATIONS_PER_BYTE = 10;
/** Replays that one search may try; each visits every kernel. */
const TRIES = 800;
/** Kernels that all replays of one search may visit: long recurrences get fewer tries. */
const VISITS = 800_000;
/** Values that one search considers, at most. */
const VALUES = 200;
/** Where single values lead nowhere: all that can rest is dropped but every n-th. */
const STRIDES = [2, 3, 4, 6, 8, 12, 16, 24, 32, Number.POSITIVE_INFINITY];

export interface Fitted {
  readonly kernels: readonly Kernel[];
  readonly plan: MemoryPlan;
  /** Bytes of the arenas. */
  readonly bytes: number;
}

type Plan = (kernels: readonly Kernel[]) => MemoryPlan;

interface State extends Replay {
  readonly dropped: ReadonlySet<number>;
  /** Bytes over the target, added up over the steps. */
  readonly excess: number;
  /** What runs again, in operations. */
  readonly cost: number;
}

/** The sequence as it stands, or without keeping the `dropped` values. */
export function fitted(sequence: Sequence, plan: Plan, dropped: ReadonlySet<number> = new Set()): Fitted {
  const kernels = kernelsOf(sequence, replay(sequence, dropped) as Replay);
  const planned = plan(kernels);
  return { kernels, plan: planned, bytes: arenaBytes(planned) };
}

/** A cheap way into `most` bytes of arenas. If none was found, the one with the fewest bytes: any number down to those is found again. */
export function recompute(sequence: Sequence, most: number, plan: Plan): Fitted {
  const start = fitted(sequence, plan);
  if (start.bytes <= most) return start;
  // Arenas have gaps: a plan that misses by some bytes is searched again for that much less.
  let target = most;
  for (let round = 0; round < 2; round++) {
    const found = fitted(sequence, plan, search(sequence, target));
    if (found.bytes <= most) return found;
    target -= found.bytes - most;
  }
  return descend(sequence, start, most, plan);
}

/** The same steps down for every `most`, as far as they lead. */
function descend(sequence: Sequence, start: Fitted, most: number, plan: Plan): Fitted {
  let least = start;
  const consider = (found: Fitted): boolean => {
    const isLess = found.bytes < 0.99 * least.bytes;
    if (found.bytes < least.bytes && least.bytes > most) least = found;
    return isLess;
  };
  const candidates = worthwhile(sequence, replay(sequence, new Set()) as Replay, 0, VALUES);
  for (const dropped of seeds(candidates)) if (replay(sequence, dropped)) consider(fitted(sequence, plan, dropped));
  for (let misses = 0; misses < 2 && least.bytes > most; ) {
    const isLess = consider(fitted(sequence, plan, search(sequence, least.bytes * (misses === 0 ? 0.9 : 0.96))));
    misses = isLess ? 0 : misses + 1;
  }
  return least;
}

/** All that can rest, but every n-th value. */
const seeds = (candidates: readonly number[]): Set<number>[] =>
  STRIDES.map((stride) => new Set(candidates.filter((_, i) => i % stride !== 0)));

function search(sequence: Sequence, target: number): ReadonlySet<number> {
  const weights = sequence.kernels.map((kernel) => kernel.flops + OPERATIONS_PER_BYTE * bytesTouched(kernel));
  let tries = Math.min(TRIES, Math.ceil(VISITS / sequence.kernels.length));
  const evaluate = (dropped: ReadonlySet<number>): State | null => {
    tries--;
    const found = replay(sequence, dropped);
    if (!found) return null;
    let excess = 0;
    for (const bytes of found.live) excess += Math.max(0, bytes - target);
    const cost = found.steps.reduce((total, { kernel, again }) => total + (again ? weights[kernel] : 0), 0);
    return { ...found, dropped, excess, cost };
  };
  const start = evaluate(new Set()) as State;
  const candidates = worthwhile(sequence, start, target, Math.min(VALUES, tries / 4));
  let best = climb(start, candidates, evaluate, () => tries > 0);
  if (best.excess > 0) {
    tries = Math.min(TRIES, Math.ceil(VISITS / sequence.kernels.length));
    for (const dropped of seeds(candidates)) {
      const seed = evaluate(dropped);
      if (seed && isBetter(seed, best)) best = seed;
    }
    best = climb(best, candidates, evaluate, () => tries > 0);
  }
  return prune(best, evaluate).dropped;
}

const isBetter = (a: State, b: State): boolean => a.excess < b.excess || (a.excess === b.excess && a.cost < b.cost);

/** The values whose rest relieves the steps over the target most, in the order in which they are made. */
function worthwhile({ rests, bytes, writers }: Sequence, { steps, live }: Replay, target: number, most: number): number[] {
  const over: number[] = [0];
  const places: number[] = [];
  for (const [step, { kernel }] of steps.entries()) {
    places[kernel] = step;
    over.push(over[step] + (live[step] > target ? 1 : 0));
  }
  const relief = (value: number): number => {
    const [last, next] = rests[value] as readonly [number, number];
    return bytes[value] * Math.max(0, over[places[next]] - over[places[last] + 1]);
  };
  return [...rests.keys()]
    .filter((value) => rests[value] && relief(value) > 0)
    .sort((a, b) => relief(b) - relief(a) || a - b)
    .slice(0, Math.max(16, most))
    .sort((a, b) => writers[a][0] - writers[b][0] || a - b);
}

/** Drops (or keeps after all) one value after the other, always the one that relieves most for its cost. */
function climb(
  start: State,
  candidates: readonly number[],
  evaluate: (dropped: ReadonlySet<number>) => State | null,
  mayGoOn: () => boolean,
) {
  let state = start;
  const toggled = (value: number): State | null => {
    const dropped = new Set(state.dropped);
    if (!dropped.delete(value)) dropped.add(value);
    return evaluate(dropped);
  };
  const gainOf = (next: State | null): number => {
    if (!next || next.excess >= state.excess) return 0;
    return (state.excess - next.excess) / Math.max(1, next.cost - state.cost);
  };
  // Old gains are a good guess of new ones: only the best guess is looked at again.
  let guesses: { value: number; gain: number }[] = candidates.map((value) => ({ value, gain: Number.POSITIVE_INFINITY }));
  let fresh = false;
  while (state.excess > 0 && mayGoOn()) {
    guesses.sort((a, b) => b.gain - a.gain);
    const [first, second] = guesses;
    if (!first || first.gain === 0) {
      if (fresh) break;
      fresh = true;
      guesses = guesses.map(({ value }) => ({ value, gain: Number.POSITIVE_INFINITY }));
      continue;
    }
    const next = toggled(first.value);
    first.gain = gainOf(next);
    if (!next || first.gain === 0 || first.gain < (second?.gain ?? 0)) continue;
    state = next;
    first.gain = 0;
    fresh = false;
  }
  return state;
}

/** Keeps what need not be dropped, the dearest first. */
function prune(found: State, evaluate: (dropped: ReadonlySet<number>) => State | null): State {
  let state = found;
  for (const value of [...found.dropped].reverse()) {
    const next = evaluate(new Set([...state.dropped].filter((other) => other !== value)));
    if (next && isBetter(next, state)) state = next;
  }
  return state;
}
