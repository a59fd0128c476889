/** Parts of pictures: a random place in training, the middle in evaluation. */

import type { PictureSize } from "../pictures/fit.ts";
import { resized } from "./resize.ts";
import type { PictureAugmentation, PictureTensor } from "./types.ts";

export interface CropOptions {
  /** Of the part: side, or [height, width]. Default: the picture's own. */
  readonly size?: number | PictureSize;
  /** Pixels that are put around the picture first, so that the part may reach beyond it. Default 0. */
  readonly pad?: number;
  /** Their colour, 0..1. Default 0, black. */
  readonly fill?: number;
}

/** A part at a random place; in evaluation the middle (torchvision: RandomCrop, CenterCrop). `crop(4)` moves by up to 4 pixels: `crop({ pad: 4 })`. */
export function crop(options: number | CropOptions = {}): PictureAugmentation {
  const { size, pad = 0, fill = 0 } = typeof options === "number" ? { pad: options } : options;
  if (!(Number.isInteger(pad) && pad >= 0)) throw new RangeError(`crop: pad must be a whole number from 0, got ${pad}`);
  const extent = (height: number, width: number): PictureSize => (size === undefined ? [height, width] : pair(size));
  return {
    of: "picture",
    name: "crop",
    settings: { size, pad, fill },
    shape([channels, height, width]) {
      const [h, w] = extent(height, width);
      if (!(h >= 1 && w >= 1 && h <= height + 2 * pad && w <= width + 2 * pad)) {
        throw new RangeError(`crop: ${h}x${w} pixels of a picture of ${height}x${width} with a pad of ${pad}`);
      }
      return [channels, h, w];
    },
    apply(picture, random) {
      const [, height, width] = picture.shape;
      const part = extent(height, width);
      const place = (whole: number, side: number): number => {
        const room = whole + 2 * pad - side;
        return (random ? random.int(room + 1) : roundHalfEven(room / 2)) - pad;
      };
      const top = place(height, part[0]);
      return cropped(picture, top, place(width, part[1]), part, fill);
    },
  };
}

export interface ResizedCropOptions {
  /** How much of the picture's area the part has. Default [0.08, 1]. */
  readonly scale?: readonly [number, number];
  /** Its width over its height. Default [3/4, 4/3]. */
  readonly ratio?: readonly [number, number];
}

/**
 * A part of random size, shape and place, brought to one size; in evaluation the largest middle part of that size's aspect (torchvision:
 * RandomResizedCrop; Szegedy et al., arXiv:1409.4842).
 */
export function resizedCrop(
  size: number | PictureSize,
  { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] }: ResizedCropOptions = {},
): PictureAugmentation {
  const [h, w] = pair(size);
  return {
    of: "picture",
    name: "resizedCrop",
    settings: { size: [h, w], scale, ratio },
    shape: ([channels]) => [channels, h, w],
    apply(picture, random) {
      const [, height, width] = picture.shape;
      for (let attempt = 0; random && attempt < 10; attempt++) {
        const area = height * width * between(random.next(), scale);
        const aspect = Math.exp(between(random.next(), [Math.log(ratio[0]), Math.log(ratio[1])]));
        const part = { width: Math.round(Math.sqrt(area * aspect)), height: Math.round(Math.sqrt(area / aspect)) };
        if (!(part.width >= 1 && part.height >= 1 && part.width <= width && part.height <= height)) continue;
        const top = random.int(height - part.height + 1);
        return resized(picture, { top, left: random.int(width - part.width + 1), ...part }, [h, w]);
      }
      const shrink = Math.min(height / h, width / w);
      const part = { height: shrink * h, width: shrink * w };
      return resized(picture, { top: (height - part.height) / 2, left: (width - part.width) / 2, ...part }, [h, w]);
    },
  };
}

/** Brings pictures to a size, distorting them if need be, in training and evaluation alike. */
export function resizeTo(size: number | PictureSize): PictureAugmentation {
  const [h, w] = pair(size);
  return {
    of: "picture",
    name: "resizeTo",
    settings: { size: [h, w] },
    shape: ([channels]) => [channels, h, w],
    apply(picture) {
      const [, height, width] = picture.shape;
      return height === h && width === w ? picture : resized(picture, { top: 0, left: 0, height, width }, [h, w]);
    },
  };
}

/** The part whose upper left corner is (left, top); what lies outside the picture has the colour `fill`. */
export function cropped({ shape, data }: PictureTensor, top: number, left: number, [h, w]: PictureSize, fill: number): PictureTensor {
  const [channels, height, width] = shape;
  if (top === 0 && left === 0 && h === height && w === width) return { shape, data };
  const out = new Float32Array(channels * h * w).fill(fill);
  const [from, to] = [Math.max(0, left), Math.min(width, left + w)];
  for (let c = 0; c < channels; c++)
    for (let y = Math.max(0, -top); y < Math.min(h, height - top) && from < to; y++) {
      const row = (c * height + top + y) * width;
      out.set(data.subarray(row + from, row + to), (c * h + y) * w + from - left);
    }
  return { shape: [channels, h, w], data: out };
}

export const between = (u: number, [low, high]: readonly [number, number]): number => low + u * (high - low);

function pair(size: number | PictureSize): PictureSize {
  const extent: PictureSize = typeof size === "number" ? [size, size] : size;
  if (!extent.every((side) => Number.isInteger(side) && side >= 1)) throw new RangeError(`a picture of ${extent.join("x")} pixels`);
  return extent;
}

/** As Python rounds, and so torchvision's CenterCrop: 0.5 -> 0, 1.5 -> 2, 2.5 -> 2. */
const roundHalfEven = (x: number): number => (x % 1 === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
