/** How far a training is: steps of the whole run, and inside an epoch. */

export interface TrainingPosition {
  /** From 0; `epochs` when all is done. */
  readonly epoch: number;
  /** Steps of that epoch that are done. */
  readonly step: number;
  /** Steps of the run that are done. */
  readonly total: number;
}

/** The position after `total` steps, given the number of steps of every epoch. At an epoch's end: before `afterEpoch`. */
export function positionOf(total: number, counts: readonly number[]): TrainingPosition {
  let before = 0;
  for (const [epoch, count] of counts.entries()) {
    if (total <= before + count) return { epoch, step: total - before, total };
    before += count;
  }
  throw new RangeError(`positionOf: step ${total} of ${before}`);
}
