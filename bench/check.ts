/** Has anything become slower, beside the peers? Ratios are compared, not seconds: they survive another machine, another load. */
import { times } from "./format.ts";
import type { BenchReport, Row } from "./report.ts";

const RATIOS = {
  ratio: "steady state",
  firstRatio: "first call",
  bytesRatio: "bytes",
} as const satisfies Partial<Record<keyof Row, string>>;

/** A line for every ratio of `before` that `now` misses by more than `tolerance` of it, and for every row that is gone. */
export function regressions(before: BenchReport, now: BenchReport, tolerance: number): string[] {
  const rows = new Map(now.rows.map((row) => [row.workload, row]));
  return before.rows.flatMap((old) => {
    const row = rows.get(old.workload);
    if (!row) return [`${old.workload}: measured before, no row now${now.failed[old.workload] ? ` (${now.failed[old.workload]})` : ""}`];
    return (Object.keys(RATIOS) as (keyof typeof RATIOS)[]).flatMap((key) => {
      const [was, is] = [old[key], row[key]];
      if (was === null || (is !== null && is >= was * (1 - tolerance))) return [];
      return [`${old.workload}, ${RATIOS[key]}: ${times(is)}, was ${times(was)}`];
    });
  });
}
