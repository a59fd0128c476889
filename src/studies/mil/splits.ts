/**
 * Which images each split may use. Validation bags come from training images that are held out: the authors' code takes them from the
 * test images (methods.md section 0, row 13), and we do not.
 */

import { UserError } from "../../data/errors.ts";
import type { LabelledImages } from "../../data/tensors/idx.ts";
import { type Bag, drawBags, type DigitRange } from "./bags.ts";
import type { Task } from "./tasks.ts";

export const SPLIT_NAMES = ["train", "validation", "test"] as const;
export type SplitName = (typeof SPLIT_NAMES)[number];

/** The last sixth of the training file (MNIST: images 50,000 to 59,999) is held out for validation. */
const HELD_OUT = 1 / 6;

export interface Split {
  readonly name: SplitName;
  /** The file that the image positions count in. */
  readonly file: "train" | "test";
  /** Positions from (inclusive) and to (exclusive) that its bags may use. */
  readonly from: number;
  readonly to: number;
  readonly bags: readonly Bag[];
}

export const labelsOf = (bags: readonly Pick<Bag, "label">[]): number[] => bags.map(({ label }) => label);

export type Splits = { readonly [K in SplitName]: Split };

export interface BagCounts {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
}

/** A labelled data set: MNIST, or another in its format. */
export interface MilData {
  readonly train: LabelledImages;
  readonly test: LabelledImages;
}

/** Only what drawing needs: the labels of the two files. */
export interface LabelFiles {
  readonly train: Pick<LabelledImages, "labels">;
  readonly test: Pick<LabelledImages, "labels">;
}

/** The range of a split's images: they never overlap. */
export function rangeOf(name: SplitName, digits: LabelFiles): { file: "train" | "test"; from: number; to: number } {
  const train = digits.train.labels.length;
  const kept = train - Math.max(1, Math.floor(train * HELD_OUT));
  switch (name) {
    case "train":
      return { file: "train", from: 0, to: kept };
    case "validation":
      return { file: "train", from: kept, to: train };
    case "test":
      return { file: "test", from: 0, to: digits.test.labels.length };
    default:
      return name satisfies never;
  }
}

/** The bags of one split. Images too few for the task: UserError. */
export function drawSplit(task: Task, digits: LabelFiles, name: SplitName, { count, seed }: { count: number; seed: number }): Split {
  const range = rangeOf(name, digits);
  const source: DigitRange = { labels: digits[range.file].labels, from: range.from, to: range.to };
  checkSource(task, source, name);
  return { name, ...range, bags: drawBags(task, source, { count, seed, split: name }) };
}

/** All three splits of a run. */
export function drawSplits(task: Task, digits: LabelFiles, counts: BagCounts, seed: number): Splits {
  const draw = (name: SplitName): Split => drawSplit(task, digits, name, { count: counts[name], seed });
  return { train: draw("train"), validation: draw("validation"), test: draw("test") };
}

/** A data set of the user's own may lack a digit that the task is about. */
function checkSource(task: Task, source: DigitRange, split: SplitName): void {
  if (source.to <= source.from) throw new UserError(`the data holds too few images for the ${split} bags`);
  const seen = new Set<number>();
  for (let i = source.from; i < source.to; i++) seen.add(source.labels[i]);
  const wanted = task.witnesses ?? [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const missing = wanted.filter((digit) => !seen.has(digit));
  if (missing.length > 0) {
    throw new UserError(
      `the ${split} images (${source.from} to ${source.to - 1}) hold no ${missing.join(", no ")}: the task ${task.name} needs them`,
    );
  }
}
