/** Images in rows and columns as one picture. */
import type { Picture } from "../../data/pictures/picture.ts";
import type { ProgramCache } from "../../training/programs.ts";
import type { GanConfig } from "./config.ts";
import { drawNoise, generateImages, interpolateNoise } from "./sampling.ts";
import { SIDE } from "./study.ts";

/** Of every grid. */
export const COLUMNS = 8;

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

export interface InterpolationOptions {
  readonly rows: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Each row leads from one draw to another. */
export async function interpolationGrid(
  programs: ProgramCache,
  config: GanConfig,
  { rows, seed, signal }: InterpolationOptions,
): Promise<Picture> {
  const ends = drawNoise(seed, 2 * rows, config.noise);
  const noise = Array.from({ length: rows }, (_, i) => interpolateNoise(ends[2 * i], ends[2 * i + 1], COLUMNS)).flat();
  return gridPicture(await generateImages(programs, config, noise, { signal }), { columns: COLUMNS, channels: config.channels });
}

/** `count` images of fresh noise. */
export async function samplesGrid(
  programs: ProgramCache,
  config: GanConfig,
  { count, seed }: { readonly count: number; readonly seed: number },
): Promise<Picture> {
  const images = await generateImages(programs, config, drawNoise(seed, count, config.noise));
  return gridPicture(images, { columns: Math.min(COLUMNS, count), channels: config.channels });
}
