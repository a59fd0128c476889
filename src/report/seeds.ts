/** One line with a band out of several runs. */
import { isNumber } from "./numbers.ts";
import type { CurvePoint } from "./types.ts";

/** The points of one run. */
export type CurvePoints = readonly (readonly [x: number, y: number])[];

/** The mean over runs at every x that any of them has, in a band from the least to the largest. */
export function overSeeds(runs: readonly CurvePoints[]): CurvePoint[] {
  const values = new Map<number, number[]>();
  for (const [x, y] of runs.flat()) if (isNumber(y)) values.set(x, [...(values.get(x) ?? []), y]);
  return [...values]
    .sort(([a], [b]) => a - b)
    .map(([x, ys]) => [x, ys.reduce((sum, y) => sum + y / ys.length, 0), Math.min(...ys), Math.max(...ys)] as const);
}
