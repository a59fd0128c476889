/** Cut-outs: pictures whose alpha says what belongs to them, scaled and laid over others. */

import type { Picture } from "./picture.ts";
import type { Rectangle } from "./rectangle.ts";
import { taps } from "./taps.ts";

/** f64 [height, width, 4]: red, green, blue times alpha in 0..255, alpha in 0..1. */
export interface Layer {
  readonly width: number;
  readonly height: number;
  readonly data: Float64Array;
}

/** The smallest rectangle that holds every pixel with `value(i) >= least`, row by row; null: there is none. */
export function boundsOf(width: number, height: number, value: (i: number) => number, least: number): Rectangle | null {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, i = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, i += 1) {
      if (value(i) < least) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  return right < 0 ? null : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** A part of a picture at another size: the area averaged to shrink, linear to enlarge. Colours count by their alpha. */
export function scaledLayer(picture: Picture, part: Rectangle, width: number, height: number, mirrored = false): Layer {
  const across = taps(part.left, part.width / width, width, picture.width);
  const down = taps(part.top, part.height / height, height, picture.height);
  const data = new Float64Array(4 * width * height);
  const rows = new Map<number, Float64Array>();
  down.forEach(({ first, weights }, y) => {
    for (const row of rows.keys()) if (row < first) rows.delete(row);
    weights.forEach((weight, k) => {
      const row = rows.get(first + k) ?? scaledRow(picture, first + k, across);
      rows.set(first + k, row);
      for (let x = 0; x < width; x += 1) {
        const to = 4 * (y * width + (mirrored ? width - 1 - x : x));
        for (let c = 0; c < 4; c += 1) data[to + c] += weight * row[4 * x + c];
      }
    });
  });
  return { width, height, data };
}

/** One row of the picture at `across.length` places: [across.length, 4]. */
function scaledRow({ width, data }: Picture, y: number, across: ReturnType<typeof taps>): Float64Array {
  const row = new Float64Array(4 * across.length);
  across.forEach(({ first, weights }, x) => {
    for (let k = 0, at = 4 * (y * width + first); k < weights.length; k += 1, at += 4) {
      const alpha = (weights[k] * data[at + 3]) / 255;
      for (let c = 0; c < 3; c += 1) row[4 * x + c] += alpha * data[at + c];
      row[4 * x + 3] += alpha;
    }
  });
  return row;
}

/** Lays a layer over a canvas, f64 [side, side, 3] in 0..255, with its upper left corner at (left, top), inside it. */
export function layOver(canvas: Float64Array, side: number, layer: Layer, left: number, top: number): void {
  for (let y = 0; y < layer.height; y += 1)
    for (let x = 0; x < layer.width; x += 1) {
      const from = 4 * (y * layer.width + x);
      const to = 3 * ((top + y) * side + left + x);
      const rest = 1 - layer.data[from + 3];
      for (let c = 0; c < 3; c += 1) canvas[to + c] = canvas[to + c] * rest + layer.data[from + c];
    }
}
