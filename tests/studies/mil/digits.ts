/** Digits for tests, without any file: labels alone, or seven-segment pictures that a tiny model can learn. */

import * as fs from "node:fs";
import * as path from "node:path";
import type { LabelledImages } from "../../../src/data/tensors/idx.ts";
import { encodeIdx } from "../../../src/data/tensors/idx.ts";
import { createRandom } from "../../../src/data/random.ts";
import type { LabelFiles, MilData } from "../../../src/studies/mil/splits.ts";

const labelsOf = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => (i * 7 + Math.floor(i / 10)) % 10);

/** As many of each class, in a fixed mixed order. */
export const labelFiles = (train = 6000, test = 2000): LabelFiles => ({
  train: { labels: labelsOf(train) },
  test: { labels: labelsOf(test) },
});

/** Lit segments of each digit: top, upper left, upper right, middle, lower left, lower right, bottom. */
const SEGMENTS = ["1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011"];
/** x, y, width, height of each segment. */
const BARS = [
  [9, 5, 10, 2],
  [8, 6, 2, 8],
  [18, 6, 2, 8],
  [9, 13, 10, 2],
  [8, 14, 2, 8],
  [18, 14, 2, 8],
  [9, 21, 10, 2],
] as const;

/** One digit, moved by up to three pixels and with ink between 160 and 255. u8 [28, 28] */
export function drawDigit(digit: number, seed: number): Uint8Array {
  const random = createRandom(seed, "digit");
  const [dx, dy, ink] = [random.int(7) - 3, random.int(7) - 3, 160 + random.int(96)];
  const pixels = new Uint8Array(784);
  for (const [i, [x, y, width, height]] of BARS.entries()) {
    if (SEGMENTS[digit][i] === "0") continue;
    for (let row = y; row < y + height; row++) pixels.fill(ink, 28 * (row + dy) + x + dx, 28 * (row + dy) + x + dx + width);
  }
  return pixels;
}

function labelled(count: number, seed: number): LabelledImages {
  const labels = labelsOf(count);
  const images = new Uint8Array(count * 784);
  for (const [i, label] of labels.entries()) images.set(drawDigit(label, seed + i), 784 * i);
  return { images, labels, count, height: 28, width: 28 };
}

/** 600 and 200 pictures. */
export const smallDigits = (): MilData => ({ train: labelled(600, 1), test: labelled(200, 10_000) });

/** The same as the four files that `--data` reads. */
export function writeSmallDigits(directory: string): void {
  const { train, test } = smallDigits();
  for (const [name, part] of [
    ["train", train],
    ["t10k", test],
  ] as const) {
    fs.writeFileSync(path.join(directory, `${name}-images-idx3-ubyte`), encodeIdx(part.images, [part.count, 28, 28]));
    fs.writeFileSync(path.join(directory, `${name}-labels-idx1-ubyte`), encodeIdx(part.labels, [part.count]));
  }
}
