/** Rectangles of pictures erased. */

import { between } from "./crop.ts";
import type { PictureAugmentation } from "./types.ts";

export interface EraseOptions {
  /** Of so many pictures. Default 0.5. */
  readonly probability?: number;
  /** How much of the picture's area is erased. Default [0.02, 0.33]. */
  readonly scale?: readonly [number, number];
  /** Height over width. Default [0.3, 3.3]. */
  readonly ratio?: readonly [number, number];
  /** "mean" (default): the data set's mean colour, 0 after normalisation. "noise": random colours. A number: that colour, 0..1. */
  readonly fill?: "mean" | "noise" | number;
}

/** Erases a random rectangle (Zhong et al., arXiv:1708.04896; torchvision: RandomErasing). A picture for which none is found in ten draws stays as it is. */
export function erase({
  probability = 0.5,
  scale = [0.02, 0.33],
  ratio = [0.3, 3.3],
  fill = "mean",
}: EraseOptions = {}): PictureAugmentation {
  return {
    of: "picture",
    name: "erase",
    settings: { probability, scale, ratio, fill },
    shape: (shape) => shape,
    apply(picture, random, mean) {
      if (!random || random.next() >= probability) return picture;
      const { shape, data } = picture;
      const [channels, height, width] = shape;
      for (let attempt = 0; attempt < 10; attempt++) {
        const area = height * width * between(random.next(), scale);
        const aspect = Math.exp(between(random.next(), [Math.log(ratio[0]), Math.log(ratio[1])]));
        const [h, w] = [Math.round(Math.sqrt(area * aspect)), Math.round(Math.sqrt(area / aspect))];
        if (!(h < height && w < width)) continue;
        const [top, left] = [random.int(height - h + 1), random.int(width - w + 1)];
        const out = data.slice();
        for (let c = 0; c < channels; c++)
          for (let y = top; y < top + h; y++)
            for (let x = left; x < left + w; x++)
              out[(c * height + y) * width + x] = fill === "noise" ? random.next() : fill === "mean" ? mean[c] : fill;
        return { shape, data: out };
      }
      return picture;
    },
  };
}
