/** What `npm run bench -- scale` leaves. */
import type { AdapterKind } from "../../src/runtime/index.ts";

/** Medians. */
export interface ScalePoint {
  readonly size: number;
  readonly items: number;
  readonly ms: number;
  readonly cpuMs: number;
  /** Uploading, compiling, computing and reading, with an empty driver cache. */
  readonly firstMs: number;
  /** The most bytes of GPU buffers at a time, and what `program.memory` said before. */
  readonly bytes: number;
  readonly plannedBytes: number;
}

export interface ScaleAxis {
  readonly name: string;
  readonly what: string;
  readonly size: string;
  readonly item: string;
  readonly points: readonly ScalePoint[];
  /** By how much an item costs more than in some smaller piece of work, at most: 0.1 is a tenth. */
  readonly rise: number;
  /** The same in CPU time. */
  readonly cpuRise: number;
  /** Sizes without a point, and why. */
  readonly failed: Readonly<Record<string, string>>;
}

export interface ScaleReport {
  readonly command: string;
  readonly adapter: AdapterKind;
  readonly description: string;
  readonly minutes: number;
  readonly axes: readonly ScaleAxis[];
}

/** An item's cost may rise by this as the work grows. */
export const RISE_GOAL = 0.15;

/** costs in the order of growing work -> the largest cost / smallest one before it, minus 1; 0 if none rises. */
export function riseOf(costs: readonly number[]): number {
  let [lowest, rise] = [Number.POSITIVE_INFINITY, 0];
  for (const cost of costs) {
    lowest = Math.min(lowest, cost);
    rise = Math.max(rise, cost / lowest - 1);
  }
  return rise;
}
