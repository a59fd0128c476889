/**
 * A byte budget: which values are dropped between two uses and rematerialised (Chen et al., arXiv:1604.06174). A greedy search on the predicted
 * bytes: first it drops whichever value saves most over the budget per operation that is repeated; then it keeps those that need not have been
 * dropped. Deterministic, and bounded in work.
 */
import type { Kernel } from "../lower/kernel.ts";
import { bytesTouched } from "./bytes.ts";
import { arenaBytes, type MemoryPlan } from "./plan.ts";
import { kernelsOf, type Replay, replay } from "./replay.ts";
import type { Sequence } from "./sequence.ts";

/** Memory is slower than arithmetic: a byte moved counts as this many operations. */
const OPERATIONS_PER_BYTE = 10;
/** Replays that one search may try; each visits every kernel. */
const TRIES = 800;
/** Kernels that all replays of one search may visit: long recurrences get fewer tries. */
const VISITS = 800_000;
/** Values that one search considers, at most. */
const VALUES = 200;
/** Where dropping one value after the other does not reach the budget, the search starts from all candidates dropped but every n-th. */
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
  /** Operations that are repeated. */
  readonly cost: number;
}

/** The sequence as it stands, or without keeping the `dropped` values. */
export function fitted(sequence: Sequence, plan: Plan, dropped: ReadonlySet<number> = new Set()): Fitted {
  const kernels = kernelsOf(sequence, replay(sequence, dropped) as Replay);
  const planned = plan(kernels);
  return { kernels, plan: planned, bytes: arenaBytes(planned) };
}

/**
 * A plan of at most `most` bytes of arenas that repeats little work. If none was found, the one with the fewest bytes; a later call with any
 * `most` down to those finds a plan.
 */
export function recompute(sequence: Sequence, most: number, plan: Plan): Fitted {
  const start = fitted(sequence, plan);
  if (start.bytes <= most) return start;
  // Arenas have gaps: where a plan misses by some bytes, the next search aims that much lower.
  let target = most;
  for (let round = 0; round < 2; round++) {
    const found = fitted(sequence, plan, search(sequence, target));
    if (found.bytes <= most) return found;
    target -= found.bytes - most;
  }
  return descend(sequence, start, most, plan);
}

/** Lowers the target step by step. The steps do not depend on `most`, so that what is found for one budget is found for every larger one. */
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

/** All candidates but every n-th. */
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
    const cost = found.steps.reduce((total, { kernel, recomputes }) => total + (recomputes ? weights[kernel] : 0), 0);
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

/** The values that save most bytes, over the steps above the target, when they are dropped; in the order in which they are computed. */
function worthwhile({ gaps, bytes, writers }: Sequence, { steps, live }: Replay, target: number, most: number): number[] {
  const over: number[] = [0];
  const places: number[] = [];
  for (const [step, { kernel }] of steps.entries()) {
    places[kernel] = step;
    over.push(over[step] + (live[step] > target ? 1 : 0));
  }
  const saved = (value: number): number => {
    const [last, next] = gaps[value] as readonly [number, number];
    return bytes[value] * Math.max(0, over[places[next]] - over[places[last] + 1]);
  };
  return [...gaps.keys()]
    .filter((value) => gaps[value] && saved(value) > 0)
    .sort((a, b) => saved(b) - saved(a) || a - b)
    .slice(0, Math.max(16, most))
    .sort((a, b) => writers[a][0] - writers[b][0] || a - b);
}

/** Drops one value after the other, or keeps it after all: always the one that saves most excess per operation. */
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
  // Gains change little from turn to turn: only the value with the best known gain is evaluated anew.
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

/** Keeps what need not be dropped: tries the values in the reverse of the order in which they were dropped. */
function prune(found: State, evaluate: (dropped: ReadonlySet<number>) => State | null): State {
  let state = found;
  for (const value of [...found.dropped].reverse()) {
    const next = evaluate(new Set([...state.dropped].filter((other) => other !== value)));
    if (next && isBetter(next, state)) state = next;
  }
  return state;
}
