/** What a GAN learns from and is compared with: images of 32 x 32, digits with a border or pictures of any kind. */
import { type DataSet, fromImages } from "../../data/sets/index.ts";
import type { LabelledImages } from "../../data/tensors/idx.ts";
import { SIDE } from "./study.ts";

/** Images [channels, 32, 32] as the field x, with mean and std 0.5; and, where they have classes, the field y. */
export interface GanData {
  readonly train: DataSet;
  /** Held out: what generated images are compared with. */
  readonly test: DataSet;
}

/** Colours 0..1 become -1..1. */
export const GAN_STATISTICS = { mean: 0.5, std: 0.5 } as const;

/** Digits [28, 28] in the middle of [32, 32]. */
export const digitData = ({ train, test }: { readonly train: LabelledImages; readonly test: LabelledImages }): GanData => ({
  train: fromImages(bordered(train), GAN_STATISTICS),
  test: fromImages(bordered(test), GAN_STATISTICS),
});

/** A tenth, drawn by a fixed seed, is held out. */
export function pictureData(set: DataSet): GanData {
  const [train, test] = set.split(0.9, { seed: 0 });
  return { train, test };
}

/** The class names, where the images are of two classes or more. */
export const classNamesOf = ({ train }: GanData): readonly string[] | null =>
  train.fields.y !== undefined && train.classes !== null && train.classes.length > 1 ? train.classes : null;

/** `count` samples at even distances; all if there are fewer. */
export function someOf(set: DataSet, count: number): DataSet {
  return count >= set.size ? set : set.subset(Uint32Array.from({ length: count }, (_, i) => Math.floor((i * set.size) / count)));
}

function bordered({ images, labels, count, height, width }: LabelledImages): LabelledImages {
  const [top, left] = [Math.floor((SIDE - height) / 2), Math.floor((SIDE - width) / 2)];
  const padded = new Uint8Array(count * SIDE * SIDE);
  for (let i = 0; i < count; i++)
    for (let y = 0; y < height; y++) {
      const from = (i * height + y) * width;
      padded.set(images.subarray(from, from + width), (i * SIDE + top + y) * SIDE + left);
    }
  return { images: padded, labels, count, height: SIDE, width: SIDE };
}
