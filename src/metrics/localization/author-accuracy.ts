/**
 * Box accuracies as the code of MinMaxCAM takes them (shadowwkl/MinMaxCAM, network.py, top1_loc): the map at the picture's own size, the largest contour
 * alone, boxes whose last column and row do not belong to them, an overlap that is more than the least one.
 */
import { type BoxAccuracies, OVERLAPS, type Overlap, thresholdsOf } from "./box-accuracy.ts";
import { createContourTracer } from "./contours.ts";
import type { Corners } from "./metadata.ts";

export interface AuthorAccuracy {
  /** A map [size * size] in [0, 1]; the true boxes and the size [width, height] of the picture. */
  add(map: ArrayLike<number>, truths: readonly Corners[], picture: readonly [width: number, height: number]): void;
  /** `v1` as in BoxAccuracies: each overlap has a best threshold of its own. */
  result(): Omit<BoxAccuracies, "v2">;
}

export function createAuthorAccuracy({ size, step }: { readonly size: number; readonly step: number }): AuthorAccuracy {
  const thresholds = thresholdsOf(step);
  const counts = OVERLAPS.map(() => new Float64Array(thresholds.length));
  const overlaps: Float64Array[] = [];
  return {
    add(map, truths, [width, height]) {
      const bytes = Uint8Array.from(stretched(resized(map, size, width, height)), (value) => Math.floor(255 * value));
      const most = bytes.reduce((a, b) => Math.max(a, b), 0);
      const tracer = createContourTracer(width, height);
      const known = new Map<number, number>();
      const own = thresholds.map((threshold) => {
        const above = Math.trunc(threshold * most);
        const found = known.get(above) ?? overlapAbove(tracer.trace(bytes, above), truths);
        known.set(above, found);
        return found;
      });
      OVERLAPS.forEach((least, o) => own.forEach((overlap, i) => (counts[o][i] += overlap > least / 100 ? 1 : 0)));
      overlaps.push(own);
    },
    result() {
      const best = (hits: Float64Array): number => (Math.max(...hits) * 100) / overlaps.length;
      const half = counts[OVERLAPS.indexOf(50)];
      const at = half.indexOf(Math.max(...half));
      const v1 = Object.fromEntries(OVERLAPS.map((least, o) => [least, best(counts[o])])) as Record<Overlap, number>;
      return { v1, tau: thresholds[at], found: overlaps.map((own) => own[at] > 0.5) };
    },
  };
}

function overlapAbove(contours: ReturnType<ReturnType<typeof createContourTracer>["trace"]>, truths: readonly Corners[]): number {
  if (contours.length === 0) return 0;
  const { x, y, width, height } = contours.reduce((most, contour) => (contour.area > most.area ? contour : most));
  return Math.max(
    ...truths.map(([x0, y0, x1, y1]) => {
      const shared = Math.max(0, Math.min(x + width, x1) - Math.max(x, x0)) * Math.max(0, Math.min(y + height, y1) - Math.max(y, y0));
      return shared / (width * height + (x1 - x0) * (y1 - y0) - shared);
    }),
  );
}

/** Bilinear, pixel centres on pixel centres (PyTorch's interpolate, align_corners=False): [size * size] -> [height * width]. */
function resized(map: ArrayLike<number>, size: number, width: number, height: number): Float64Array {
  const axis = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const at = Math.max(0, ((i + 0.5) * size) / count - 0.5);
      const low = Math.min(size - 1, Math.floor(at));
      return { low, high: Math.min(size - 1, low + 1), part: at - low };
    });
  const [columns, rows] = [axis(width), axis(height)];
  const out = new Float64Array(width * height);
  rows.forEach((r, y) =>
    columns.forEach((c, x) => {
      const row = (line: number): number => map[line * size + c.low] * (1 - c.part) + map[line * size + c.high] * c.part;
      out[y * width + x] = row(r.low) * (1 - r.part) + row(r.high) * r.part;
    }),
  );
  return out;
}

/** To [0, 1]; a constant map becomes 0. */
function stretched(map: Float64Array): Float64Array {
  const [least, most] = map.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [Number.POSITIVE_INFINITY, 0]);
  return most > least ? map.map((value) => (value - least) / (most - least)) : map.map(() => 0);
}
