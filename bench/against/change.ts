/** How much slower a workload became, and whether that is more than its spread. */
import { median } from "../statistics.ts";
import type { Visit } from "../visit.ts";

/** Of one visit, in CPU milliseconds: its quickest call, since everything else that a machine does only adds; and its first. */
export interface Sample {
  readonly call: number;
  readonly first: number;
}

export interface Range {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Change {
  readonly workload: string;
  readonly before: Range;
  readonly now: Range;
  /** now / before, of the medians. */
  readonly ratio: number;
  readonly firstRatio: number;
  /** No visit was as quick as the slowest before, and the medians differ by 2 % at least. */
  readonly slower: boolean;
}

const LEAST_CHANGE = 1.02;

export function sampleOf({ first, calls }: Visit): Sample | undefined {
  if (!first || calls.length === 0) return undefined;
  return { call: Math.min(...calls.map(({ cpuMs }) => cpuMs)), first: first.cpuMs };
}

function rangeOf(values: readonly number[]): Range {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

export function changeOf(workload: string, before: readonly Sample[], now: readonly Sample[]): Change {
  const [a, b] = [before, now].map((samples) => rangeOf(samples.map(({ call }) => call)));
  const [firstA, firstB] = [before, now].map((samples) => median(samples.map(({ first }) => first)));
  const ratio = b.median / a.median;
  return { workload, before: a, now: b, ratio, firstRatio: firstB / firstA, slower: b.least > a.most && ratio >= LEAST_CHANGE };
}
