/** Resampling of picture tensors: the area is averaged to shrink, linear to enlarge. */

import type { PictureSize } from "../pictures/fit.ts";
import type { Rectangle } from "../pictures/rectangle.ts";
import { tapsRange, taps } from "../pictures/taps.ts";
import type { PictureTensor } from "./types.ts";

/** The part `view` of a picture at another size. */
export function resized({ shape, data }: PictureTensor, view: Rectangle, [h, w]: PictureSize): PictureTensor {
  const [channels, height, width] = shape;
  const across = taps(view.left, view.width / w, w, width);
  const down = taps(view.top, view.height / h, h, height);
  const { from, to } = tapsRange(down);
  const out = new Float32Array(channels * h * w);
  const rows = new Float64Array((to - from) * w);
  for (let c = 0; c < channels; c++) {
    for (let y = from; y < to; y++)
      for (let x = 0; x < w; x++) {
        const { first, weights } = across[x];
        const start = (c * height + y) * width + first;
        let value = 0;
        for (let k = 0; k < weights.length; k++) value += weights[k] * data[start + k];
        rows[(y - from) * w + x] = value;
      }
    down.forEach(({ first, weights }, y) => {
      for (let x = 0; x < w; x++) {
        let value = 0;
        for (let k = 0; k < weights.length; k++) value += weights[k] * rows[(first + k - from) * w + x];
        out[(c * h + y) * w + x] = value;
      }
    });
  }
  return { shape: [channels, h, w], data: out };
}
