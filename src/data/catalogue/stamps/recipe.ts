/** `stamps`: cut-out photographs on photographs, with the truth about where they are. */

import { UserError } from "../../errors.ts";
import { real, whole } from "../../settings/index.ts";
import { encodeColourPng, encodeGreyPng } from "../../pictures/portable-png.ts";
import { createRandom, type Random } from "../../random.ts";
import { choiceOption, namesOption, numberOption, type SpecOf } from "../options.ts";
import { contactSheet, type SheetPicture } from "../sheet.ts";
import { type MadeFile, recipe } from "../types.ts";
import { individualOf, KINDS, USUAL_KINDS } from "./kinds.ts";
import { type Entry, layoutFiles } from "./layout.ts";
import { type Material, materialReader, type Reader, shareMaterial } from "./material.ts";
import { CUTOUTS, WALLPAPERS } from "./photographs.ts";
import { drawScene, type Scene } from "./scene.ts";
import { type StampSplit, SPLITS } from "./split.ts";

const OPTIONS = {
  size: numberOption(whole(32, 512, "pixels of a side"), 96),
  train: numberOption(whole(1, 10_000, "pictures of each kind to train on"), 100),
  validation: numberOption(whole(1, 10_000, "pictures of each kind to validate on"), 25),
  test: numberOption(whole(1, 10_000, "pictures of each kind to test on"), 50),
  kinds: namesOption(Object.keys(KINDS), USUAL_KINDS, "what the pictures show: the classes"),
  background: choiceOption(
    ["any", "class", "plain"],
    "any: photographs, other ones in each split; class: photographs that go with the class, in all splits; plain: one colour",
  ),
  objects: numberOption(whole(1, 8, "most objects in a picture, all of its class"), 1),
  distractors: numberOption(whole(0, 12, "most other things in a picture, which belong to no class"), 3),
  smallest: numberOption(real(0.05, 1, "the longer side of an object is at least this share of the picture's"), 0.2),
  largest: numberOption(real(0.05, 1, "and at most this"), 0.8),
};

type StampsSpec = SpecOf<typeof OPTIONS>;

/** Pictures of each kind on the sheet. */
const SHOWN = 10;

export const stamps = recipe({
  name: "stamps",
  what: "cut-out photographs of animals, plants and vehicles on photographs, with boxes and masks; no individual is in two splits",
  licence:
    "GPL-2 (the pictures of tuxpaint-stamps-default, plasma-workspace-wallpapers and mate-backgrounds; what is made of them as well)",
  size: "37 MB; 302 MB are downloaded for it",
  layout:
    "{train,validation,test}/KIND/*.png, masks/..., metadata/{boxes,masks}/{train-weaksup,train-fullsup,test}/ in wsolevaluation's layout, " +
    "classes.txt, pictures.csv, sheet.png",
  version: 1,
  options: OPTIONS,
  check({ smallest, largest, kinds }) {
    if (smallest > largest) throw new UserError(`stamps: smallest ${smallest} is more than largest ${largest}`);
    if (kinds.length < 2) throw new UserError(`stamps: kinds ${kinds.join(",")}: at least two are needed`);
  },
  sources: ({ background }) => (background === "plain" ? [CUTOUTS] : [CUTOUTS, ...WALLPAPERS]),
  async make(spec, seed, folders) {
    const material = shareMaterial(spec, seed, folders);
    const steps = spec.kinds.length * (spec.train + spec.validation + spec.test) + 1;
    return { steps, files: draw(spec, seed, material, materialReader(spec.size, folders)) };
  },
});

/** Picture by picture, and the text files last. */
async function* draw(spec: StampsSpec, seed: number, material: Material, reader: Reader): AsyncGenerator<readonly MadeFile[]> {
  const entries: Entry[] = [];
  const sheet: SheetPicture[][] = [];
  for (const split of SPLITS)
    for (const [label, kind] of spec.kinds.entries()) {
      const row: SheetPicture[] = [];
      for (let i = 0; i < spec[split]; i += 1) {
        const random = createRandom(seed, "stamps", split, kind, i);
        const { entry, scene, files } = await drawPicture({ spec, split, kind, label, i }, material, reader, random);
        entries.push(entry);
        if (row.length < SHOWN) row.push({ picture: scene.picture, boxes: scene.objects.map(({ box }) => box) });
        yield files;
      }
      if (split === "test") sheet.push(row);
    }
  yield [...layoutFiles(entries, spec.kinds, spec.size), { path: "sheet.png", content: encodeColourPng(contactSheet(sheet)) }];
}

interface Wanted {
  readonly spec: StampsSpec;
  readonly split: StampSplit;
  readonly kind: string;
  readonly label: number;
  /** Of this kind, in this split. */
  readonly i: number;
}

async function drawPicture({ spec, split, kind, label, i }: Wanted, material: Material, reader: Reader, random: Random) {
  const cutouts = material.kinds.get(kind)?.[split] ?? [];
  // In turn, so that every individual is seen equally often; the others at random.
  const chosen = [cutouts[i % cutouts.length], ...draws(cutouts, random.int(spec.objects), random)];
  const clutter = draws(material.distractors[split], random.int(spec.distractors + 1), random);
  const photographs = material.backgrounds(split, kind);
  const photograph = photographs.length === 0 ? null : photographs[random.int(photographs.length)];
  const read = (files: readonly string[]) => Promise.all(files.map((file) => reader.cutout(file)));
  const background = await reader.background(photograph, random);
  const scene = drawScene(background, await read(chosen), await read(clutter), spec, random);
  if (!scene.objects.some(({ index }) => index === 0))
    throw new UserError(`stamps: ${chosen[0]} cannot be seen at ${spec.size} pixels; a larger --size, or a larger --smallest`);
  const stem = `${split}/${kind}/${baseName(chosen[0])}-${String(i).padStart(4, "0")}`;
  const objects = scene.objects.map(({ index, box }, k) => ({
    cutout: chosen[index],
    individual: individualOf(chosen[index]),
    box,
    mask: `${stem}-${k + 1}.png`,
  }));
  const ignore = `${stem}-ignore.png`;
  const entry: Entry = { split, image: `${stem}.png`, label, kind, background: photograph?.file ?? "", ignore, objects };
  return { entry, scene, files: filesOf(entry, scene) };
}

const draws = <T>(things: readonly T[], count: number, random: Random): T[] =>
  Array.from({ length: count }, () => things[random.int(things.length)]);

const baseName = (file: string): string => file.slice(file.lastIndexOf("/") + 1).replace(/\.png$/, "");

function filesOf({ image, ignore, objects }: Entry, scene: Scene): MadeFile[] {
  return [
    { path: image, content: encodeColourPng(scene.picture) },
    ...objects.map(({ mask }, k) => ({ path: `masks/${mask}`, content: encodeGreyPng(scene.objects[k].mask) })),
    { path: `masks/${ignore}`, content: encodeGreyPng(scene.edges) },
  ];
}
