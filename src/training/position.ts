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

/** Epochs one after another, without an end. All numbers are from 0. */
export interface EpochTable {
  /** Steps before an epoch. */
  begin(epoch: number): number;
  /** Where step `total` of the run stands. */
  placeOf(total: number): { readonly epoch: number; readonly index: number };
}

/** `count`: the steps of an epoch, at least one; each is asked for once. */
export function epochTable(count: (epoch: number) => number): EpochTable {
  const begins = [0];
  const extend = (): void => void begins.push(begins[begins.length - 1] + count(begins.length - 1));
  return {
    begin(epoch) {
      while (begins.length <= epoch) extend();
      return begins[epoch];
    },
    placeOf(total) {
      while (begins[begins.length - 1] <= total) extend();
      let [low, high] = [0, begins.length - 1];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (begins[middle] <= total) low = middle;
        else high = middle;
      }
      return { epoch: low, index: total - begins[low] };
    },
  };
}
