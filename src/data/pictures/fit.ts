/** From a picture of any size to one of a wanted size: which part of it, and its pixels there. */

import type { Picture } from "./picture.ts";
import type { Rectangle } from "./rectangle.ts";
import { tapsRange, type Taps, taps } from "./taps.ts";

/** The largest middle part of the wanted aspect, all of it distorted, or all of it with bars. */
export type Fit = "crop" | "stretch" | "pad";
export const FITS: readonly Fit[] = ["crop", "stretch", "pad"];

/** [height, width] in pixels. */
export type PictureSize = readonly [height: number, width: number];

export interface PictureFitOptions {
  readonly size: PictureSize;
  readonly fit: Fit;
  /** 1: grey by Rec. 601 luma (0.299 R + 0.587 G + 0.114 B). 3: red, green, blue. */
  readonly channels: number;
  /** Of the bars of "pad", for each channel, 0 to 255. */
  readonly bars: readonly number[];
}

export const wholeOf = ({ width, height }: Pick<Picture, "width" | "height">): Rectangle => ({ left: 0, top: 0, width, height });

/** What is seen of a part of a picture: the rectangle of the wanted aspect inside it ("crop") or around it ("pad"), or the part itself. */
export function fitRectangle({ left, top, width, height }: Rectangle, size: PictureSize, fit: Fit): Rectangle {
  if (fit === "stretch") return { left, top, width, height };
  const scale = (fit === "crop" ? Math.min : Math.max)(height / size[0], width / size[1]);
  const [h, w] = [scale * size[0], scale * size[1]];
  return { left: left + (width - w) / 2, top: top + (height - h) / 2, width: w, height: h };
}

/** A picture at the wanted size, transparent pixels over white: -> u8 [channels, H, W], rounded to nearest. */
export function fitPicture(picture: Picture, { size, fit, channels, bars }: PictureFitOptions): Uint8Array {
  const values = samplePicture(picture, fitRectangle(wholeOf(picture), size, fit), size, bars.slice(0, channels));
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.round(values[i]);
  return bytes;
}

/**
 * The pixels of `view`, averaged to shrink and linear to enlarge: -> f64 [bars.length, H, W] in 0 to 255. What lies outside of
 * `part` has the colour `bars`.
 */
export function samplePicture(
  picture: Picture,
  view: Rectangle,
  [height, width]: PictureSize,
  bars: readonly number[],
  part: Rectangle = wholeOf(picture),
): Float64Array {
  const across = taps(view.left, view.width / width, width, picture.width);
  const down = taps(view.top, view.height / height, height, picture.height);
  const { from, to } = tapsRange(down);
  const rows = Array.from({ length: to - from }, (_, i) => sampleRow(picture, from + i, across, bars.length));
  const insideX = across.map((_, x) => within(view.left + ((x + 0.5) * view.width) / width, part.left, part.width));
  const out = new Float64Array(bars.length * height * width);
  down.forEach(({ first, weights }, y) => {
    const insideY = within(view.top + ((y + 0.5) * view.height) / height, part.top, part.height);
    for (let c = 0; c < bars.length; c++)
      for (let x = 0; x < width; x++) {
        let value = insideY && insideX[x] ? 0 : bars[c];
        if (insideY && insideX[x]) for (let k = 0; k < weights.length; k++) value += weights[k] * rows[first + k - from][c * width + x];
        out[(c * height + y) * width + x] = value;
      }
  });
  return out;
}

const within = (centre: number, begin: number, length: number): boolean => centre >= begin && centre < begin + length;

/** One row of the picture over white, as [channels, across.length] in 0 to 255. Numbers, not arrays: this is the inner loop of reading pictures. */
function sampleRow({ width, data }: Picture, y: number, across: readonly Taps[], channels: number): Float64Array {
  const row = new Float64Array(channels * across.length);
  for (let x = 0; x < across.length; x++) {
    const { first, weights } = across[x];
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let k = 0, at = 4 * (y * width + first); k < weights.length; k++, at += 4) {
      const alpha = data[at + 3] / 255;
      const white = 255 * (1 - alpha);
      const r = data[at] * alpha + white;
      const g = data[at + 1] * alpha + white;
      const b = data[at + 2] * alpha + white;
      if (channels === 1) {
        red += weights[k] * (0.299 * r + 0.587 * g + 0.114 * b);
        continue;
      }
      red += weights[k] * r;
      green += weights[k] * g;
      blue += weights[k] * b;
    }
    row[x] = red;
    if (channels === 1) continue;
    row[across.length + x] = green;
    row[2 * across.length + x] = blue;
  }
  return row;
}
