/** What `intarsia localize score` reads: metadata, maps, masks, predictions. */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import { readFileBounded, readImage } from "../../data/node/index.ts";
import { decodeNpy } from "../../data/tensors/npy.ts";
import { parseCsvRows } from "../../data/text/csv.ts";
import { type LocalizationMetadata, type MaskNames, parseLocalizationMetadata } from "../../metrics/index.ts";

/** Bytes of a text file, and of a map's file, at most. */
const MOST = 2 ** 28;

const textOf = (file: string): string => new TextDecoder().decode(readFileBounded(file, MOST));

/** The four files of a folder; class_labels.txt may be missing, and image_sizes.txt where there are masks. */
export function readMetadata(folder: string): LocalizationMetadata {
  const optional = (name: string): string | undefined =>
    fs.existsSync(path.join(folder, name)) ? textOf(path.join(folder, name)) : undefined;
  try {
    return parseLocalizationMetadata({
      image_ids: textOf(path.join(folder, "image_ids.txt")),
      localization: textOf(path.join(folder, "localization.txt")),
      class_labels: optional("class_labels.txt"),
      image_sizes: optional("image_sizes.txt"),
    });
  } catch (error) {
    if (error instanceof UserError && !error.message.includes(folder)) throw new UserError(`${path.join(folder, error.message)}`);
    throw error;
  }
}

/** A map of size x size in [0, 1]. Another type or shape, NaN, or a value outside: UserError with the file's name. */
export function readMap(folder: string, id: string, size: number): Float32Array | Float64Array {
  const file = path.join(folder, `${id}.npy`);
  if (!fs.existsSync(file)) throw new UserError(`${file}: there is no map of ${id}`);
  const { dtype, shape, data } = decodeNpy(readFileBounded(file, MOST), file);
  if (dtype !== "F32" && dtype !== "F64") throw new UserError(`${file}: a map of ${dtype}; f32 or f64 can be judged`);
  if (shape.length !== 2 || shape.some((extent) => extent !== size))
    throw new UserError(`${file}: a map of [${shape.join(", ")}], not [${size}, ${size}]; --size says which`);
  const map = data as Float32Array | Float64Array;
  const bad = map.findIndex((value) => !(value >= 0 && value <= 1));
  if (bad >= 0)
    throw new UserError(`${file}: ${map[bad]} in row ${Math.floor(bad / size)}, column ${bad % size}; a map must lie in [0, 1]`);
  return map;
}

/** For each pixel of a map: 1 foreground, 0 background, 255 not judged. */
export async function readTruth(folder: string, { masks, ignore }: MaskNames, size: number): Promise<Uint8Array> {
  const truth = new Uint8Array(size * size);
  if (ignore !== null) (await readMask(path.join(folder, ignore), size)).forEach((there, at) => (truth[at] = there ? 255 : 0));
  for (const name of masks)
    (await readMask(path.join(folder, name), size)).forEach((there, at) => {
      if (there) truth[at] = 1;
    });
  return truth;
}

/** Is a mask's pixel above 0? Nearest neighbours, as OpenCV's resize takes them. */
async function readMask(file: string, size: number): Promise<Uint8Array> {
  const { width, height, data } = await readImage(file);
  const from = (count: number): number[] => {
    const step = 1 / (size / count);
    return Array.from({ length: size }, (_, i) => Math.min(count - 1, Math.floor(i * step)));
  };
  const [columns, rows] = [from(width), from(height)];
  // As 8-bit grey, rounded: what is nearly black counts as black.
  const grey = (at: number): number => Math.round(0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2]);
  return Uint8Array.from({ length: size * size }, (_, at) =>
    grey(4 * (rows[Math.floor(at / size)] * width + columns[at % size])) > 0 ? 1 : 0,
  );
}

/** `image_id,c1,...,c5`: the most probable classes of each picture, best first; a first line that begins with image_id is a heading. */
export function readPredictions(file: string, { ids, labels }: LocalizationMetadata): ReadonlyMap<string, readonly number[]> {
  if (labels.size === 0)
    throw new UserError(`--predictions ${file}: class_labels.txt is missing, so that nothing can be compared with them`);
  const known = new Set(ids);
  const found = new Map<string, readonly number[]>();
  for (const { cells, line } of parseCsvRows(textOf(file), ",", file)) {
    const [id, ...classes] = cells.map((cell) => cell.trim());
    const where = `${file}:${line}`;
    if (found.size === 0 && id === "image_id") continue;
    if (!known.has(id)) throw new UserError(`${where}: ${id} is not in image_ids.txt`);
    if (found.has(id)) throw new UserError(`${where}: ${id} is there a second time`);
    if (classes.length < 1 || classes.some((cell) => !/^\d{1,9}$/.test(cell)))
      throw new UserError(`${where}: expected image_id,c1,c2,c3,c4,c5 with class numbers from 0, got ${cells.join(",")}`);
    found.set(id, classes.map(Number));
  }
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined) throw new UserError(`${file}: nothing about ${missing}, which image_ids.txt names`);
  return found;
}
