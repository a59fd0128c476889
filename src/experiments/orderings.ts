/** What the measured numbers say about the orderings that the thesis claims. */
import { meanOf, pairedTest } from "./statistics.ts";
import type { Claim, MeasureColumn } from "./types.ts";

export type OrderingVerdict = "confirmed" | "refuted" | "undecided";

export interface Ordering {
  readonly claim: string;
  readonly verdict: OrderingVerdict;
  /** Of the paired test, two-sided, not corrected for the number of claims; null: too few seeds for one. */
  readonly p: number | null;
  /** By how much `better` is better, on average; null: nothing to compare. */
  readonly difference: number | null;
  /** Seeds that both rows have. */
  readonly seeds: number;
  readonly column: string;
  readonly better: string;
  readonly worse: string;
}

/** Below this p an ordering is decided. */
export const SIGNIFICANT = 0.05;
/** Two seeds decide nothing, whatever the test says. */
export const LEAST_SEEDS = 3;

/** Values by seed. */
export type BySeed = ReadonlyMap<number, number>;

export function orderingOf(claim: Claim, { better }: Pick<MeasureColumn, "better">, ours: BySeed, theirs: BySeed): Ordering {
  const sign = better === "lower" ? -1 : 1;
  const differences = [...ours].flatMap(([seed, value]) => {
    const other = theirs.get(seed);
    return other === undefined ? [] : [sign * (value - other)];
  });
  const seeds = differences.length;
  const difference = seeds === 0 ? null : meanOf(differences);
  const p = seeds < LEAST_SEEDS ? null : pairedTest(differences);
  const decided = p !== null && p < SIGNIFICANT && difference !== null && difference !== 0;
  const verdict = decided ? (difference > 0 ? "confirmed" : "refuted") : "undecided";
  return { claim: claim.claim, verdict, p, difference, seeds, column: claim.column, better: claim.better, worse: claim.worse };
}
