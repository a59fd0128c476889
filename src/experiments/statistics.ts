/** Means, deviations, and the paired test over seeds. */
/// <reference path="./jstat.d.ts" />
import statistics from "jstat";

export const meanOf = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** The standard deviation of a sample (n - 1); null for fewer than two values. */
export function deviationOf(values: readonly number[]): number | null {
  if (values.length < 2) return null;
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (values.length - 1));
}

/**
 * Student's paired t-test, two-sided: the probability of a mean difference at least this large if both did equally well.
 * Differences that are all alike: 1 if they are 0, else 0. Fewer than two: null.
 */
export function pairedTest(differences: readonly number[]): number | null {
  const deviation = deviationOf(differences);
  if (deviation === null) return null;
  const mean = meanOf(differences);
  if (deviation <= 1e-12 * Math.abs(mean)) return mean === 0 ? 1 : 0;
  const t = mean / (deviation / Math.sqrt(differences.length));
  return 2 * statistics.studentt.cdf(-Math.abs(t), differences.length - 1);
}
