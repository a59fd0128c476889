/** What the files of `intarsia explain` are called: no two are equal, even where a file system ignores case or normalises Unicode. */
import * as path from "node:path";
import { type ExplainedMap, METHOD_NAMES } from "../../explain/index.ts";
import { NETWORK_NAMES } from "../../networks/index.ts";
import { folded, uniqueNames } from "../shared/distinct.ts";

/** Bytes of a picture's name that go into its files' names: file systems take 255, and method, layer and class follow. */
const LONGEST = 120;

function cut(stem: string): string {
  const letters = [...stem];
  while (Buffer.byteLength(letters.join("")) > LONGEST) letters.pop();
  return letters.join("");
}

/** "photo.face2" */
export const faceStem = (stem: string, face: number): string => `${stem}.face${face + 1}`;

/**
 * What each picture's files begin with: its name without folder and ending. Where that is another's, or may be that of a face in another
 * picture, a number follows: cat.jpg, cat.png, cat-2.jpg -> cat, cat-3, cat-2.
 */
export function stemsOf(files: readonly string[]): string[] {
  const stems = files.map((file) => cut(path.basename(file, path.extname(file))));
  const known = new Set(stems.map(folded));
  return uniqueNames(stems, (stem) => known.has(stem.replace(/\.face\d+$/, "")) && /\.face\d+$/.test(stem));
}

/** A part of a file's name: letters, digits, points and hyphens. */
const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z0-9.+]+/g, "-");

/** "grad-cam.layer4.281", one for each map. */
export const mapNames = (maps: readonly Pick<ExplainedMap, "method" | "layer" | "class">[]): string[] =>
  uniqueNames(maps.map(({ method, layer, class: index }) => [method, ...(layer ? [plain(layer)] : []), index].join(".")));

export interface FindingFiles {
  readonly maps: readonly { readonly picture: string; readonly npy: string }[];
  readonly all: { readonly safetensors: string; readonly sheet?: string };
}

/** The files of one picture, or of one face in it: those of two networks lie beside each other. */
export function filesOf(stem: string, model: string, maps: Parameters<typeof mapNames>[0]): FindingFiles {
  const base = `${stem}.${model}`;
  const all = { safetensors: `${base}.safetensors`, ...(maps.length > 1 ? { sheet: `${base}.sheet.png` } : {}) };
  return { maps: mapNames(maps).map((name) => ({ picture: `${base}.${name}.png`, npy: `${base}.${name}.npy` })), all };
}

const METHOD = METHOD_NAMES.map((name) => name.replaceAll("+", "\\+")).join("|");
const OURS = new RegExp(`^(face\\d+\\.)?(${NETWORK_NAMES.join("|")})\\.((${METHOD})\\..*(png|npy)|sheet\\.png|safetensors)$`);

/** Whether pictures with these stems may make a file of this name. */
export const mayBeOurs = (name: string, stems: readonly string[]): boolean =>
  stems.some((stem) => folded(name).startsWith(`${folded(stem)}.`) && OURS.test(folded(name).slice(folded(stem).length + 1)));
