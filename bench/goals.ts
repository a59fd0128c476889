/** What intarsia promises: the ratio best peer / ours of each kind of work, on every adapter. */

export interface Goal {
  /** Steady state: the time of a call. */
  readonly ratio?: number;
  /** The first call: pipelines compiled, weights uploaded, first result read. */
  readonly firstRatio?: number;
  /** The most GPU bytes at a time. */
  readonly bytesRatio?: number;
  /** Share of the adapter's own multiply-add ceiling, in our own process. */
  readonly shareOfCeiling?: number;
}

export const GOALS = {
  product: { ratio: 2.5 },
  "large product": { ratio: 2.5, shareOfCeiling: 0.4 },
  "convolution gradient": { ratio: 3 },
  "memory-bound": { ratio: 2 },
  inference: { ratio: 2.5 },
  "inference, measured whole": { ratio: 2.5, firstRatio: 3, bytesRatio: 1.5 },
  training: { ratio: 3 },
  "single op": {},
  "training, measured whole": { ratio: 3, firstRatio: 3, bytesRatio: 1.5 },
} as const satisfies Readonly<Record<string, Goal>>;

export type GoalName = keyof typeof GOALS;

/** The geometric mean of all steady-state ratios. */
export const MEAN_GOAL = 3;
