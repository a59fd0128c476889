/** Pictures in memory, in colour and in grey. */

/** A colour picture: four bytes (red, green, blue, alpha; not premultiplied) a pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A grey picture, row by row: u8 [height, width]. */
export interface GreyPicture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Grey by Rec. 601 luma (0.299 R + 0.587 G + 0.114 B, as PIL's "L"), transparent pixels over `paper` (255 white, 0 black). */
export function toGrey({ width, height, data }: Picture, paper = 255): GreyPicture {
  const pixels = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < pixels.length; i += 1, at += 4) {
    const luma = 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
    const alpha = data[at + 3] / 255;
    pixels[i] = Math.round(luma * alpha + paper * (1 - alpha));
  }
  return { width, height, pixels };
}
