/** Mirrored pictures. */

import type { PictureAugmentation, PictureTensor } from "./types.ts";

export type Direction = "horizontal" | "vertical";

/** Mirrors left and right ("horizontal"), or top and bottom, of so many pictures (torchvision: RandomHorizontalFlip, RandomVerticalFlip). */
export function flip(
  direction: Direction = "horizontal",
  { probability = 0.5 }: { readonly probability?: number } = {},
): PictureAugmentation {
  return {
    of: "picture",
    name: `flip ${direction}`,
    settings: { probability },
    shape: (shape) => shape,
    apply: (picture, random) => (random && random.next() < probability ? flipped(picture, direction) : picture),
  };
}

/** The mirrored picture. */
export function flipped({ shape, data }: PictureTensor, direction: Direction): PictureTensor {
  const [channels, height, width] = shape;
  const out = new Float32Array(data.length);
  for (let row = 0; row < channels * height; row++) {
    const y = row % height;
    const from = (direction === "vertical" ? row - y + (height - 1 - y) : row) * width;
    const values = data.subarray(from, from + width);
    out.set(values, row * width);
    if (direction === "horizontal") out.subarray(row * width, (row + 1) * width).reverse();
  }
  return { shape, data: out };
}
