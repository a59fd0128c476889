/** Images in rows and columns as one picture. */
import type { Picture } from "../../data/pictures/picture.ts";
import { SIDE } from "./study.ts";

export interface GridOptions {
  readonly columns: number;
  /** 1: grey. 3: red, green, blue. */
  readonly channels: number;
}

const GAP = 2;

/** Images f32 [channels, 32, 32] in 0..1, row by row, with gaps of two grey pixels between them. */
export function gridPicture(images: readonly ArrayLike<number>[], { columns, channels }: GridOptions): Picture {
  const rows = Math.ceil(images.length / columns);
  const [width, height] = [columns * (SIDE + GAP) + GAP, rows * (SIDE + GAP) + GAP];
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let at = 0; at < width * height; at++) data.fill(128, 4 * at, 4 * at + 3);
  for (const [i, image] of images.entries()) {
    const left = GAP + (i % columns) * (SIDE + GAP);
    const top = GAP + Math.floor(i / columns) * (SIDE + GAP);
    for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
      const at = 4 * ((top + Math.floor(pixel / SIDE)) * width + left + (pixel % SIDE));
      for (let c = 0; c < 3; c++) data[at + c] = 255 * image[(channels === 1 ? 0 : c) * SIDE * SIDE + pixel];
    }
  }
  return { width, height, data };
}
