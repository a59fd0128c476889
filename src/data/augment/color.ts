/** Changed colours, as torchvision's ColorJitter defines them. */

import { between } from "./crop.ts";
import type { PictureAugmentation, PictureTensor } from "./types.ts";

export interface ColorJitterOptions {
  /** Factors are drawn from [1 - x, 1 + x], not below 0. Default 0: unchanged. */
  readonly brightness?: number;
  readonly contrast?: number;
  readonly saturation?: number;
  /** Turns of the colour circle, from [-x, x]; at most 0.5. */
  readonly hue?: number;
}

/** Brightness, contrast, saturation and hue by random factors, in random order (torchvision: ColorJitter). */
export function colorJitter({ brightness = 0, contrast = 0, saturation = 0, hue = 0 }: ColorJitterOptions): PictureAugmentation {
  if (![brightness, contrast, saturation].every((x) => x >= 0) || !(hue >= 0 && hue <= 0.5)) {
    throw new RangeError(
      `colorJitter: factors must be at least 0, hue at most 0.5, got ${[brightness, contrast, saturation, hue].join(", ")}`,
    );
  }
  const around = (x: number): readonly [number, number] => [Math.max(0, 1 - x), 1 + x];
  const changes = [
    { by: brightness, range: around(brightness), change: adjustBrightness },
    { by: contrast, range: around(contrast), change: adjustContrast },
    { by: saturation, range: around(saturation), change: adjustSaturation },
    { by: hue, range: [-hue, hue] as const, change: adjustHue },
  ];
  return {
    of: "picture",
    name: "colorJitter",
    settings: { brightness, contrast, saturation, hue },
    shape: (shape) => shape,
    apply(picture, random) {
      if (!random) return picture;
      // Drawn whether they are used or not: with one change more, the others stay what they were.
      const order = random.permutation(changes.length);
      const factors = changes.map(({ range }) => between(random.next(), range));
      return order.reduce((result, i) => (changes[i].by > 0 ? changes[i].change(result, factors[i]) : result), picture);
    },
  };
}

/** Colours times a factor. */
export const adjustBrightness = (picture: PictureTensor, factor: number): PictureTensor => blend(picture, 0, factor);

/** Away from the mean grey of the picture, or towards it. */
export function adjustContrast(picture: PictureTensor, factor: number): PictureTensor {
  const grey = greyOf(picture);
  let sum = 0;
  for (let i = 0; i < grey.length; i++) sum += grey[i];
  return blend(picture, sum / grey.length, factor);
}

/** Away from each pixel's grey, or towards it. Grey pictures stay as they are. */
export function adjustSaturation(picture: PictureTensor, factor: number): PictureTensor {
  return picture.shape[0] === 3 ? blend(picture, greyOf(picture), factor) : picture;
}

/** The colour circle turned by so much of a whole turn, in HSV. Grey pictures stay as they are. */
export function adjustHue(picture: PictureTensor, turn: number): PictureTensor {
  if (picture.shape[0] !== 3) return picture;
  const { shape, data } = picture;
  const plane = shape[1] * shape[2];
  const out = new Float32Array(data.length);
  for (let i = 0; i < plane; i++) {
    const [h, s, v] = toHsv(data[i], data[plane + i], data[2 * plane + i]);
    const [r, g, b] = fromHsv((((h + turn) % 1) + 1) % 1, s, v);
    out[i] = r;
    out[plane + i] = g;
    out[2 * plane + i] = b;
  }
  return { shape, data: out };
}

/** factor * picture + (1 - factor) * other, cut off at 0 and 1; the other is one grey, or one for each pixel [H W]. */
function blend({ shape, data }: PictureTensor, other: number | Float64Array, factor: number): PictureTensor {
  const plane = shape[1] * shape[2];
  const out = new Float32Array(data.length);
  for (let at = 0, pixel = 0; at < out.length; at++) {
    const value = factor * data[at] + (1 - factor) * (typeof other === "number" ? other : other[pixel]);
    out[at] = Math.min(1, Math.max(0, value));
    pixel = pixel + 1 === plane ? 0 : pixel + 1;
  }
  return { shape, data: out };
}

/** f64 [H W], by Rec. 601 as torchvision rounds it; of pictures that are not of three channels, their values. */
function greyOf({ shape: [channels, height, width], data }: PictureTensor): Float64Array {
  const plane = height * width;
  if (channels !== 3) return new Float64Array(data);
  const grey = new Float64Array(plane);
  for (let i = 0; i < plane; i++) grey[i] = 0.2989 * data[i] + 0.587 * data[plane + i] + 0.114 * data[2 * plane + i];
  return grey;
}

/** Red, green, blue in 0..1 -> hue, saturation, value in 0..1. Grey has hue 0. */
export function toHsv(r: number, g: number, b: number): [number, number, number] {
  const most = Math.max(r, g, b);
  const range = most - Math.min(r, g, b);
  if (range === 0) return [0, 0, most];
  const sixth = most === r ? (g - b) / range : most === g ? 2 + (b - r) / range : 4 + (r - g) / range;
  return [(sixth / 6 + 1) % 1, range / most, most];
}

/** Hue in [0, 1), saturation and value in 0..1 -> red, green, blue. */
export function fromHsv(h: number, s: number, v: number): [number, number, number] {
  const sector = Math.floor(h * 6);
  const f = h * 6 - sector;
  const p = v * (1 - s);
  const q = v * (1 - s * f);
  const t = v * (1 - s * (1 - f));
  switch (sector % 6) {
    case 0:
      return [v, t, p];
    case 1:
      return [q, v, p];
    case 2:
      return [p, v, t];
    case 3:
      return [p, q, v];
    case 4:
      return [t, p, v];
    default:
      return [v, p, q];
  }
}
