/** Small drawn cut-outs and photographs in the places of Debian's packages. */

import * as path from "node:path";
import type { SourceFolder } from "../../../src/data/catalogue/index.ts";
import { writePng } from "../../../src/data/node/png.ts";
import { encodeColourPng } from "../../../src/data/pictures/portable-png.ts";
import type { Picture } from "../../../src/data/pictures/picture.ts";
import { writeFileAtomic } from "../../../src/data/node/files.ts";

const STAMPS = "tuxpaint-stamps-default";
const PLASMA = "plasma-workspace-wallpapers";
const MATE = "mate-backgrounds";
const ROOTS: Readonly<Record<string, string>> = {
  [STAMPS]: "usr/share/tuxpaint/stamps",
  [PLASMA]: "usr/share/wallpapers",
  [MATE]: "usr/share/backgrounds/mate",
};

/** A folder of each kind that is usual. */
const OTHERS = ["animals/birds", "animals/fish", "animals/mammals/cats", "animals/mammals/deer", "food/fruit", "food/vegetables"].concat([
  "plants/flowers",
  "vehicles/auto",
]);

/** An opaque rectangle of one colour in the middle of a transparent picture, with a seam of half alpha. */
function cutout(width: number, height: number, colour: readonly number[]): Picture {
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const inset = Math.min(x - 5, y - 5, width - 6 - x, height - 6 - y);
      data.set([...colour, inset > 0 ? 255 : inset === 0 ? 100 : 0], 4 * (y * width + x));
    }
  return { width, height, data };
}

/** Grey, so that coloured cut-outs are told from it. */
function photograph(seed: number): Picture {
  const [width, height] = [80, 50];
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (40 * seed + Math.floor(i / 4)) % 200));
  return { width, height, data };
}

/** Path and picture of everything, by package. Insects are red, tools green, distractors blue; each has a size of its own. */
export function sourcePictures({ individuals = 8 } = {}): Map<string, Map<string, Picture>> {
  const stamps = new Map<string, Picture>();
  for (let i = 0; i < individuals; i += 1) {
    stamps.set(`animals/insects/insect${i}.png`, cutout(40 + i, 30, [200 + i, 0, 0]));
    stamps.set(`household/tools/tool${i}.png`, cutout(30, 44 + i, [0, 200 + i, 0]));
    stamps.set(`household/thing${i}.png`, cutout(36, 36 + i, [0, 0, 200 + i]));
    for (const folder of OTHERS) stamps.set(`${folder}/other${i}.png`, cutout(34, 40 + i, [150 + i, 150, 150]));
  }
  stamps.set("household/tools/tool0_mirror.png", cutout(30, 44, [0, 199, 0]));
  stamps.set("animals/insects/cartoon/drawn.png", cutout(40, 40, [9, 9, 9]));
  stamps.set("animals/insects/bee.png", cutout(40, 40, [9, 9, 9]));
  const wallpapers = ["BytheWater", "ColdRipple", "Grey", "Kite", "Path"];
  const plasma = new Map(wallpapers.map((name, i) => [`${name}/contents/images/2560x1600.jpg`, photograph(i)]));
  return new Map([
    [STAMPS, stamps],
    [PLASMA, plasma],
    [MATE, new Map([["nature/Dune.jpg", photograph(9)]])],
  ]);
}

/** As a generator sees them. */
export const memorySources = (pictures: ReadonlyMap<string, ReadonlyMap<string, Picture>>): Record<string, SourceFolder> =>
  Object.fromEntries(
    [...pictures].map(([source, files]) => {
      const picture = async (file: string): Promise<Picture> => {
        const found = files.get(file);
        if (!found) throw new Error(`no ${file}`);
        return found;
      };
      return [source, { files: [...files.keys()].sort(), picture, bytes: async (file) => encodeColourPng(await picture(file)) }];
    }),
  );

/** As unpacked packages lie in a folder. Their JPEGs are PNGs by their content. */
export function writeSources(directory: string, pictures: ReadonlyMap<string, ReadonlyMap<string, Picture>>): void {
  for (const [source, files] of pictures)
    for (const [file, picture] of files) {
      const place = path.join(directory, source, ...ROOTS[source].split("/"), ...file.split("/"));
      if (file.endsWith(".png")) writePng(place, picture);
      else writeFileAtomic(place, encodeColourPng(picture));
    }
}
