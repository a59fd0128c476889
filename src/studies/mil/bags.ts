/** Seeded bags of digits, by the protocol of each task (methods.md 5.3; outlier bags as in the authors' `MnistBags_outlier_fair`). */

import { createRandom, type Random } from "../../data/random.ts";
import { labelOf, type Task } from "./tasks.ts";

export interface Bag {
  /** Positions in the source's images. [length] */
  readonly images: readonly number[];
  /** The latent label of each instance: for showing and measuring, never for training. [length] */
  readonly digits: readonly number[];
  readonly label: number;
}

/** Where bags draw from: the half-open range [from, to) of a file of labelled images. */
export interface DigitRange {
  readonly labels: ArrayLike<number>;
  readonly from: number;
  readonly to: number;
}

/** Reading of int(): it cuts towards zero, as Python's does. */
function drawLength(random: Random, { mean, sigma }: Task["length"]): number {
  return Math.max(1, Math.trunc(mean + sigma * random.normal()));
}

function uniformBag(task: Task, source: DigitRange, random: Random): Bag {
  const length = drawLength(random, task.length);
  const images = Array.from({ length }, () => source.from + random.int(source.to - source.from));
  const digits = images.map((index) => source.labels[index]);
  return { images, digits, label: labelOf(task, digits) };
}

/** Image positions by digit: [10][...]. */
function imagesByDigit({ labels, from, to }: DigitRange): number[][] {
  const lists: number[][] = Array.from({ length: 10 }, () => []);
  for (let i = from; i < to; i++) lists[labels[i]].push(i);
  return lists;
}

/** `count` different items of a list that may be much longer; if it is shorter, items repeat. */
function sample(list: readonly number[], count: number, random: Random): number[] {
  if (list.length < count) return Array.from({ length: count }, () => list[random.int(list.length)]);
  const chosen = new Set<number>();
  while (chosen.size < count) chosen.add(list[random.int(list.length)]);
  return [...chosen];
}

/**
 * Bags `2i` and `2i + 1`: a bag of the digit i mod 10 alone (label 1), then another of the same length, in which exactly two
 * places (all of them, if there are fewer) hold images of one other digit (label 0).
 */
function outlierPair(pair: number, task: Task, byDigit: readonly (readonly number[])[], random: Random): [Bag, Bag] {
  const majority = pair % 10;
  const length = drawLength(random, task.length);
  const same = sample(byDigit[majority], length, random);
  const other = (majority + 1 + random.int(9)) % 10;
  const places = [...random.permutation(length)].slice(0, 2);
  const mixed = sample(byDigit[majority], length, random);
  const strangers = sample(byDigit[other], places.length, random);
  for (const [i, place] of places.entries()) mixed[place] = strangers[i];
  const digits = Array.from({ length }, (_, place) => (places.includes(place) ? other : majority));
  return [
    { images: same, digits: same.map(() => majority), label: 1 },
    { images: mixed, digits, label: 0 },
  ];
}

/**
 * `count` bags of a task, named by seed and split: the same arguments give the same bags, and the first n of them do not depend on
 * `count`. The splits of one seed are independent streams.
 */
export function drawBags(task: Task, source: DigitRange, { count, seed, split }: { count: number; seed: number; split: string }): Bag[] {
  const random = createRandom(seed, "mil", task.name, split);
  if (task.draw === "uniform") return Array.from({ length: count }, () => uniformBag(task, source, random));
  const byDigit = imagesByDigit(source);
  const pairs = Array.from({ length: Math.ceil(count / 2) }, (_, pair) => outlierPair(pair, task, byDigit, random));
  return pairs.flat().slice(0, count);
}
