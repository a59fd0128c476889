/**
 * The text files beside the pictures: metadata in the layout of wsolevaluation (Choe et al., arXiv:2001.07437), and a table of everything.
 * There a box is `image,x0,y0,x1,y1` (x1 and y1 exclusive, as in CUB's), and a mask `image,mask,ignore` with the ignore file in an image's
 * first line only.
 */

import type { Rectangle } from "../../pictures/rectangle.ts";
import type { MadeFile } from "../types.ts";
import { type StampSplit, SPLITS } from "./split.ts";

/** wsolevaluation's names of the splits. */
const METADATA: Readonly<Record<StampSplit, string>> = { train: "train-weaksup", validation: "train-fullsup", test: "test" };

/** A picture of the data set. Paths are relative to the set's folder, those of masks to `masks/`. */
export interface Entry {
  readonly split: StampSplit;
  readonly image: string;
  readonly label: number;
  readonly kind: string;
  /** Where the background is from; "" where it is plain. */
  readonly background: string;
  readonly ignore: string;
  readonly objects: readonly { readonly cutout: string; readonly individual: string; readonly box: Rectangle; readonly mask: string }[];
}

const corners = ({ left, top, width, height }: Rectangle): string => [left, top, left + width, top + height].join(",");
const text = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join("");

/** `metadata/boxes/` and `metadata/masks/`, with a folder for each split, `classes.txt` and `pictures.csv`. */
export function layoutFiles(entries: readonly Entry[], kinds: readonly string[], size: number): MadeFile[] {
  const rows = entries.flatMap(({ split, image, kind, background, objects }) =>
    objects.map(({ cutout, individual, box }) => [image, split, kind, cutout, individual, background, corners(box)].join(",")),
  );
  return [
    ...SPLITS.flatMap((split) => metadata(entries, split, size)),
    { path: "classes.txt", content: text(kinds) },
    { path: "pictures.csv", content: text(["image,split,class,cutout,individual,background,x0,y0,x1,y1", ...rows]) },
  ];
}

function metadata(all: readonly Entry[], split: StampSplit, size: number): MadeFile[] {
  const entries = all.filter((entry) => entry.split === split);
  const common = {
    "image_ids.txt": text(entries.map(({ image }) => image)),
    "class_labels.txt": text(entries.map(({ image, label }) => `${image},${label}`)),
    "image_sizes.txt": text(entries.map(({ image }) => `${image},${size},${size}`)),
  };
  const boxes = entries.flatMap(({ image, objects }) => objects.map(({ box }) => `${image},${corners(box)}`));
  const masks = entries.flatMap(({ image, objects, ignore }) => objects.map(({ mask }, i) => `${image},${mask},${i === 0 ? ignore : ""}`));
  return Object.entries({ boxes, masks }).flatMap(([truth, localization]) =>
    Object.entries({ ...common, "localization.txt": text(localization) }).map(([name, content]) => ({
      path: `metadata/${truth}/${METADATA[split]}/${name}`,
      content,
    })),
  );
}
