/** Error rates with their confidence intervals, and the majority baseline. */

export interface ErrorRate {
  readonly wrong: number;
  readonly count: number;
  /** wrong / count */
  readonly rate: number;
  /** The Wilson score interval at 95 %: [low, high] within [0, 1]. */
  readonly low: number;
  readonly high: number;
}

const Z_95 = 1.959963984540054;

/** Wilson's score interval (E. B. Wilson, JASA 1927): unlike the normal one it is right near 0 and for small counts. */
export function wilson(wrong: number, count: number, z = Z_95): { low: number; high: number } {
  const rate = wrong / count;
  const z2 = z * z;
  const centre = (rate + z2 / (2 * count)) / (1 + z2 / count);
  const half = (z / (1 + z2 / count)) * Math.sqrt((rate * (1 - rate)) / count + z2 / (4 * count * count));
  return { low: wrong === 0 ? 0 : Math.max(0, centre - half), high: wrong === count ? 1 : Math.min(1, centre + half) };
}

/** The share of predictions that differ from their labels. Empty or unequal lists: RangeError. */
export function errorRate(predicted: readonly number[], labels: readonly number[]): ErrorRate {
  if (labels.length === 0 || predicted.length !== labels.length) {
    throw new RangeError(`errorRate: ${predicted.length} predictions for ${labels.length} labels`);
  }
  const wrong = predicted.filter((label, i) => label !== labels[i]).length;
  return { wrong, count: labels.length, rate: wrong / labels.length, ...wilson(wrong, labels.length) };
}

/** The commonest label; of equals, the smallest. */
export function majorityLabel(labels: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0][0];
}

/** The error on `test` of always answering the commonest label of `train`. */
export function majorityBaseline(train: readonly number[], test: readonly number[]): { label: number; error: ErrorRate } {
  const label = majorityLabel(train);
  return {
    label,
    error: errorRate(
      test.map(() => label),
      test,
    ),
  };
}

/** The probability that a logit stands for: 1 / (1 + e^-x). */
export const probabilityOf = (logit: number): number => 1 / (1 + Math.exp(-logit));

/** 0.083 -> "8.3 %" */
export const percent = (rate: number, digits = 1): string => `${(100 * rate).toFixed(digits)} %`;

/** "8.3 % (95 %: 6.2 to 11.1 %, 500 pictures)". `items`: what was counted. */
export function describeError({ rate, low, high, count }: ErrorRate, items: string): string {
  return `${percent(rate)} (95 %: ${(100 * low).toFixed(1)} to ${percent(high)}, ${count} ${items})`;
}
