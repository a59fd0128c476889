/** What scenes are made of: cut-outs and photographs, read once, and who gets which. */

import { UserError } from "../../errors.ts";
import { boundsOf } from "../../pictures/cutout.ts";
import { samplePicture, wholeOf } from "../../pictures/fit.ts";
import type { Picture } from "../../pictures/picture.ts";
import { createRandom, type Random } from "../../random.ts";
import type { SourceFolder } from "../types.ts";
import { CUTOUTS, type Photograph, photographsIn } from "./photographs.ts";
import { cutoutsOf, DISTRACTING_KINDS, DISTRACTORS, individualOf, KINDS } from "./kinds.ts";
import type { Cutout } from "./scene.ts";
import { dealOut, type Shares, shareOut, type StampSplit } from "./split.ts";

/** Alpha, of 255, from which on a pixel belongs to a cut-out's frame; fainter shadows do not. */
const FRAME_ALPHA = 16;

/** Least and largest side of the square that is cut from a photograph, as a share of its height or width. */
const CROP = [0.35, 1] as const;

export type Folders = Readonly<Record<string, SourceFolder>>;

/** The cut-outs of each kind, and the distractors, by split. */
export interface Material {
  readonly kinds: ReadonlyMap<string, Shares<string>>;
  readonly distractors: Shares<string>;
  /** Which photographs a picture of a kind may have. Empty: none are wanted. */
  backgrounds(split: StampSplit, kind: string): readonly Photograph[];
}

export interface MaterialSpec {
  readonly kinds: readonly string[];
  readonly background: "any" | "class" | "plain";
  readonly distractors: number;
}

/** Shares out what the sources hold. Too little of something: UserError. */
export function shareMaterial({ kinds, background, distractors }: MaterialSpec, seed: number, folders: Folders): Material {
  const { files } = folders[CUTOUTS.name];
  const stream = (...path: readonly string[]): Random => createRandom(seed, "stamps", ...path);
  const share = (cutouts: readonly string[], name: string): Shares<string> =>
    shareOut(cutouts, individualOf, stream("split", name), `stamps: ${name}`);
  const clutter = [DISTRACTORS, ...DISTRACTING_KINDS.filter((kind) => !kinds.includes(kind)).map((kind) => KINDS[kind])];
  return {
    kinds: new Map(kinds.map((kind) => [kind, share(cutoutsOf(KINDS[kind], files), kind)])),
    distractors:
      distractors === 0
        ? { train: [], validation: [], test: [] }
        : share(
            clutter.flatMap((things) => cutoutsOf(things, files)),
            "distractors",
          ),
    backgrounds: shareBackgrounds(kinds, background, stream("backgrounds"), folders),
  };
}

function shareBackgrounds(
  kinds: readonly string[],
  background: MaterialSpec["background"],
  random: Random,
  folders: Folders,
): Material["backgrounds"] {
  if (background === "plain") return () => [];
  const photographs = photographsIn(folders);
  if (background === "class") {
    const byKind = dealOut(photographs, kinds, random, "stamps: photographs");
    return (_, kind) => byKind.get(kind) ?? [];
  }
  const bySplit = shareOut(photographs, ({ file }) => file, random, "stamps: photographs");
  return (split) => bySplit[split];
}

/** Reads cut-outs and photographs, each once. */
export interface Reader {
  cutout(file: string): Promise<Cutout>;
  /** A random square of a photograph, or a random colour where there is none: f64 [3, size, size] in 0..255. */
  background(photograph: Photograph | null, random: Random): Promise<Float64Array>;
}

export function materialReader(size: number, folders: Folders): Reader {
  const cutouts = new Map<string, Promise<Cutout>>();
  const photographs = new Map<string, Promise<Picture>>();
  return {
    cutout: (file) => kept(cutouts, file, () => readCutout(folders[CUTOUTS.name], file)),
    async background(photograph, random) {
      if (photograph === null) return plain(size, random);
      const { source, file } = photograph;
      const picture = await kept(photographs, `${source}/${file}`, async () => shrunk(await folders[source].picture(file), size));
      return squareOf(picture, size, random);
    },
  };
}

function kept<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const value = cache.get(key) ?? make();
  cache.set(key, value);
  return value;
}

async function readCutout(folder: SourceFolder, file: string): Promise<Cutout> {
  const picture = await folder.picture(file);
  const part = boundsOf(picture.width, picture.height, (i) => picture.data[4 * i + 3], FRAME_ALPHA);
  if (!part) throw new UserError(`${CUTOUTS.name}: ${file} is transparent everywhere`);
  return { picture, part };
}

/** A photograph just large enough that the smallest square of it has `size` pixels. */
function shrunk(picture: Picture, size: number): Picture {
  const scale = size / (CROP[0] * Math.min(picture.width, picture.height));
  if (scale >= 1) return picture;
  const [width, height] = [picture.width, picture.height].map((extent) => Math.ceil(extent * scale));
  const values = samplePicture(picture, wholeOf(picture), [height, width], [0, 0, 0]);
  const data = new Uint8Array(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i += 1) for (let c = 0; c < 3; c += 1) data[4 * i + c] = Math.round(values[c * width * height + i]);
  return { width, height, data };
}

function squareOf(picture: Picture, size: number, random: Random): Float64Array {
  const side = Math.min(picture.width, picture.height) * (CROP[0] + random.next() * (CROP[1] - CROP[0]));
  const view = { left: random.next() * (picture.width - side), top: random.next() * (picture.height - side), width: side, height: side };
  const square = samplePicture(picture, view, [size, size], [0, 0, 0]);
  if (random.int(2) === 1) for (let row = 0; row < 3 * size; row += 1) square.subarray(row * size, (row + 1) * size).reverse();
  return square;
}

function plain(size: number, random: Random): Float64Array {
  const canvas = new Float64Array(3 * size * size);
  for (let c = 0; c < 3; c += 1) canvas.fill(random.int(256), c * size * size, (c + 1) * size * size);
  return canvas;
}
