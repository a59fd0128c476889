/**
 * MaxBoxAcc and MaxBoxAccV2 (Choe et al., arXiv:2007.04178, section 3.2), to the last digit of their evaluator: boxes of contours at one threshold for all
 * pictures, the best of 0, step, 2 step, ...
 */
import { type Contour, createContourTracer } from "./contours.ts";
import type { Corners } from "./metadata.ts";

/** Least intersections over union, in percent. */
export const OVERLAPS = [30, 50, 70] as const;
export type Overlap = (typeof OVERLAPS)[number];

export interface BoxAccuracies {
  /** Percent of the pictures, at the best threshold of each overlap. v1: the box of the largest contour; v2: any contour's. */
  readonly v1: Readonly<Record<Overlap, number>>;
  readonly v2: Readonly<Record<Overlap, number>>;
  /** The first threshold, a share of the map's largest value, at which v1[50] is reached. */
  readonly tau: number;
  /** Of each picture, in order: does the largest contour's box overlap by half at `tau`? */
  readonly found: readonly boolean[];
}

export interface BoxAccuracy {
  /** A map [size * size] in [0, 1], and the true boxes in its pixels (`scaledCorners`). */
  add(map: ArrayLike<number>, truths: readonly Corners[]): void;
  result(): BoxAccuracies;
}

/** Thresholds 0, step, 2 step, ... below 1, as numpy.arange has them. */
export const thresholdsOf = (step: number): Float64Array => Float64Array.from({ length: Math.ceil(1 / step) }, (_, i) => i * step);

export function createBoxAccuracy({ size, step }: { readonly size: number; readonly step: number }): BoxAccuracy {
  const thresholds = thresholdsOf(step);
  const tracer = createContourTracer(size, size);
  const bytes = new Uint8Array(size * size);
  const counts = {
    v1: OVERLAPS.map(() => new Float64Array(thresholds.length)),
    v2: OVERLAPS.map(() => new Float64Array(thresholds.length)),
  };
  /** Of each picture the overlap of the largest contour at each threshold. */
  const overlaps: Float64Array[] = [];
  return {
    add(map, truths) {
      let most = 0;
      for (let at = 0; at < bytes.length; at++) {
        bytes[at] = Math.floor(255 * map[at]);
        if (bytes[at] > most) most = bytes[at];
      }
      const known = new Map<number, readonly [largest: number, any: number]>();
      const own = new Float64Array(thresholds.length);
      thresholds.forEach((threshold, i) => {
        const above = Math.trunc(threshold * most);
        const both = known.get(above) ?? overlapsOf(tracer.trace(bytes, above), truths, size);
        known.set(above, both);
        OVERLAPS.forEach((least, o) => {
          if (both[0] >= least / 100) counts.v1[o][i]++;
          if (both[1] >= least / 100) counts.v2[o][i]++;
        });
        own[i] = both[0];
      });
      overlaps.push(own);
    },
    result() {
      const best = (all: readonly Float64Array[]): Record<Overlap, number> =>
        Object.fromEntries(
          OVERLAPS.map((least, o) => [least, Math.max(...all[o].map((hits) => (hits * 100) / overlaps.length))]),
        ) as Record<Overlap, number>;
      const half = counts.v1[OVERLAPS.indexOf(50)];
      const at = half.indexOf(Math.max(...half));
      return { v1: best(counts.v1), v2: best(counts.v2), tau: thresholds[at], found: overlaps.map((own) => own[at] >= 0.5) };
    },
  };
}

/** A box of a picture in pixels of its map: scaled, and cut to whole numbers. */
export const scaledCorners = ([x0, y0, x1, y1]: Corners, [width, height]: readonly [number, number], size: number): Corners => [
  Math.trunc((x0 * size) / width),
  Math.trunc((y0 * size) / height),
  Math.trunc((x1 * size) / width),
  Math.trunc((y1 * size) / height),
];

/** The best overlap of the largest contour's box (the first of equals), and of any contour's. */
function overlapsOf(contours: readonly Contour[], truths: readonly Corners[], size: number): readonly [largest: number, any: number] {
  if (contours.length === 0) {
    const none = bestOverlap([0, 0, 0, 0], truths);
    return [none, none];
  }
  const largest = contours.reduce((most, contour) => (contour.area > most.area ? contour : most));
  let any = 0;
  for (const contour of contours) any = Math.max(any, bestOverlap(cornersOf(contour, size), truths));
  return [bestOverlap(cornersOf(largest, size), truths), any];
}

/** A column and a row more than the contour has, but none outside of the map. */
const cornersOf = ({ x, y, width, height }: Contour, size: number): Corners => [
  x,
  y,
  Math.min(x + width, size - 1),
  Math.min(y + height, size - 1),
];

function bestOverlap(box: Corners, truths: readonly Corners[]): number {
  let best = 0;
  for (const truth of truths) best = Math.max(best, overlapOf(box, truth));
  return best;
}

/** Intersection over union of boxes whose last column and row belong to them. */
function overlapOf([ax0, ay0, ax1, ay1]: Corners, [bx0, by0, bx1, by1]: Corners): number {
  const columns = Math.max(0, Math.min(ax1, bx1) - Math.max(ax0, bx0) + 1);
  const rows = Math.max(0, Math.min(ay1, by1) - Math.max(ay0, by0) + 1);
  const intersection = columns * rows;
  return intersection / ((ax1 - ax0 + 1) * (ay1 - ay0 + 1) + (bx1 - bx0 + 1) * (by1 - by0 + 1) - intersection);
}
