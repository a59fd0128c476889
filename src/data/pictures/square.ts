/** From a picture, or a box of it, to what a network with a square input takes, as TensorFlow.js prepares it. */

import type { Picture } from "./picture.ts";
import type { Rectangle } from "./rectangle.ts";

export interface SquareOptions {
  /** Side of the result. */
  readonly size: number;
  /** Of red, green, blue, pixels in 0..1. Default: 0 and 1. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  /** Where a picture that is not square lies among the zeros that fill it up: in the middle (default), or at the start. */
  readonly align?: "centre" | "start";
  /** Whole pixels inside the picture. Default: all of it. */
  readonly box?: Rectangle;
}

/** Where output i of `to` lies on an axis of `from`, without half pixels or aligned corners: TensorFlow's default. */
function sourceOf(i: number, from: number, to: number): { low: number; high: number; part: number } {
  const at = i * (from / to);
  const low = Math.floor(at);
  return { low, high: Math.min(from - 1, Math.ceil(at)), part: at - low };
}

/**
 * Fills a box up with zeros to a square, resamples it (bilinear, pixel i of the result lies at i * side / size) and normalises:
 * (pixel / 255 - mean) / std. Transparent pixels lie on white. -> f32 [3, size, size]
 */
export function squareInput(picture: Picture, options: SquareOptions): Float32Array {
  const { size, mean = [0, 0, 0], std = [1, 1, 1], align = "centre" } = options;
  const { left: x, top: y, width, height } = options.box ?? { left: 0, top: 0, width: picture.width, height: picture.height };
  const inside = x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= picture.width && y + height <= picture.height;
  if (!inside || ![x, y, width, height].every(Number.isInteger)) {
    throw new RangeError(
      `squareInput: the box ${width}x${height} at (${x}, ${y}) is not of whole pixels inside ${picture.width}x${picture.height}`,
    );
  }
  const side = Math.max(width, height);
  // Of an odd number of zeros the larger half comes after the picture.
  const before = (extent: number): number => (align === "start" ? 0 : side - extent - Math.round((side - extent) / 2));
  const [left, top] = [before(width), before(height)];
  const pixel = (row: number, column: number, channel: number): number => {
    const [px, py] = [column - left, row - top];
    if (px < 0 || py < 0 || px >= width || py >= height) return 0;
    const at = 4 * ((y + py) * picture.width + x + px);
    const alpha = picture.data[at + 3];
    const value = picture.data[at + channel];
    return alpha === 255 ? value : (value * alpha) / 255 + 255 - alpha;
  };
  const columns = Array.from({ length: size }, (_, i) => sourceOf(i, side, size));
  const out = new Float32Array(3 * size * size);
  for (let row = 0; row < size; row += 1) {
    const { low, high, part } = sourceOf(row, side, size);
    columns.forEach((column, i) => {
      for (let channel = 0; channel < 3; channel += 1) {
        const blend = (from: number): number => {
          const start = pixel(from, column.low, channel);
          return start + (pixel(from, column.high, channel) - start) * column.part;
        };
        const upper = blend(low);
        const value = Math.fround(upper + (blend(high) - upper) * part);
        out[channel * size * size + row * size + i] = (value / 255 - mean[channel]) / std[channel];
      }
    });
  }
  return out;
}
