/** Turned pictures. */

import { between } from "./crop.ts";
import type { PictureAugmentation, PictureTensor } from "./types.ts";

/**
 * Turns by a random angle of at most so many degrees to either side, or within [least, most], counterclockwise, about the middle (torchvision:
 * RandomRotation, bilinear). `fill` is the colour of the corners that come into sight, 0..1; default 0, black.
 */
export function rotate(degrees: number | readonly [number, number], { fill = 0 }: { readonly fill?: number } = {}): PictureAugmentation {
  const range: readonly [number, number] = typeof degrees === "number" ? [-degrees, degrees] : degrees;
  return {
    of: "picture",
    name: "rotate",
    settings: { range, fill },
    shape: (shape) => shape,
    apply: (picture, random) => (random ? rotated(picture, between(random.next(), range), fill) : picture),
  };
}

/** The picture turned counterclockwise by an angle in degrees. */
export function rotated({ shape, data }: PictureTensor, degrees: number, fill: number): PictureTensor {
  const [channels, height, width] = shape;
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const out = new Float32Array(data.length);
  for (let c = 0, at = 0; c < channels; c++) {
    const plane = data.subarray(c * height * width, (c + 1) * height * width);
    const pixel = (y: number, x: number): number => (y >= 0 && y < height && x >= 0 && x < width ? plane[y * width + x] : fill);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) {
        // Where the output's pixel lies in the source; y points downwards.
        const px = snap(cx + (x - cx) * cos - (y - cy) * sin);
        const py = snap(cy + (x - cx) * sin + (y - cy) * cos);
        const left = Math.floor(px);
        const top = Math.floor(py);
        const [right, down] = [px - left, py - top];
        const upper = (1 - right) * pixel(top, left) + right * pixel(top, left + 1);
        const lower = (1 - right) * pixel(top + 1, left) + right * pixel(top + 1, left + 1);
        out[at] = (1 - down) * upper + down * lower;
      }
  }
  return { shape, data: out };
}

/** Turns by 90 degrees hit pixel centres exactly, although the cosine of 90 degrees is 6e-17. */
const snap = (x: number): number => (Math.abs(x - Math.round(x)) < 1e-9 ? Math.round(x) : x);
