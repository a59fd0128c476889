/** The bag generators against the facts of methods.md 5.3, determinism by seed, and the separation of the splits. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Bag, drawBags, type DigitRange } from "../../../src/studies/mil/bags.ts";
import { drawSplits, rangeOf, SPLIT_NAMES } from "../../../src/studies/mil/splits.ts";
import { decide, TASK_NAMES, TASKS, type TaskName, verdictOf, witnessesIn } from "../../../src/studies/mil/tasks.ts";
import { labelFiles } from "./digits.ts";

const files = labelFiles();
const source: DigitRange = { labels: files.train.labels, from: 0, to: 5000 };
const draw = (task: TaskName, count: number, seed = 1): Bag[] => drawBags(TASKS[task], source, { count, seed, split: "train" });
const mean = (values: number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** A share of `count` draws lies within 4.5 standard errors of `expected`. */
function near(found: number, expected: number, count: number, what: string): void {
  const bound = 4.5 * Math.sqrt((expected * (1 - expected)) / count);
  assert.ok(Math.abs(found - expected) <= bound, `${what}: ${found.toFixed(4)}, expected ${expected} within ${bound.toFixed(4)}`);
}

const COUNT = 20000;

test("single digit, sigma 2: mean length 9.5, 62.4 % positive", () => {
  const bags = draw("single-digit", COUNT);
  near(mean(bags.map((bag) => bag.label)), 0.624, COUNT, "positive");
  assert.ok(Math.abs(mean(bags.map((bag) => bag.images.length)) - 9.5) < 0.07);
});

test("single digit, sigma 8: mean length 10.1, 15.9 % of length 1, 56.3 % positive", () => {
  const bags = draw("single-digit-wide", COUNT);
  near(mean(bags.map((bag) => bag.label)), 0.563, COUNT, "positive");
  near(mean(bags.map((bag) => (bag.images.length === 1 ? 1 : 0))), 0.159, COUNT, "length 1");
  assert.ok(Math.abs(mean(bags.map((bag) => bag.images.length)) - 10.1) < 0.25);
});

test("multiple digits: 47.6 % hold a 3 and a 6", () => {
  near(mean(draw("multiple-digits", COUNT).map((bag) => bag.label)), 0.476, COUNT, "positive");
});

test("counting: P(0..4) = .222, .347, .258, .121, .040", () => {
  const labels = draw("counting", COUNT).map((bag) => bag.label);
  for (const [count, share] of [0.222, 0.347, 0.258, 0.121, 0.04].entries()) {
    near(mean(labels.map((label) => (label === count ? 1 : 0))), share, COUNT, `P(${count})`);
  }
});

test("outlier: pairs of one length; one digit and distinct images, then exactly two places of one other digit", () => {
  const bags = draw("outlier", 4000);
  for (let i = 0; i < bags.length; i += 2) {
    const [same, mixed] = [bags[i], bags[i + 1]];
    const majority = (i / 2) % 10;
    assert.is(same.label, 1);
    assert.is(mixed.label, 0);
    assert.is(same.images.length, mixed.images.length);
    assert.ok(same.digits.every((digit) => digit === majority));
    assert.is(new Set(same.images).size, same.images.length);
    const strangers = mixed.digits.filter((digit) => digit !== majority);
    assert.is(strangers.length, Math.min(2, mixed.images.length));
    assert.is(new Set(strangers).size, 1);
  }
  const lengths = bags.map((bag) => bag.images.length);
  assert.ok(Math.abs(mean(lengths) - 5.5) < 0.1);
  near(mean(lengths.map((length) => (length <= 2 ? 1 : 0))), 0.0013, 2000, "length <= 2");
});

test("every bag's digits are the labels of its images, and its label follows from them", () => {
  for (const name of TASK_NAMES) {
    for (const bag of draw(name, 200)) {
      assert.equal(
        bag.images.map((index) => source.labels[index]),
        bag.digits,
      );
      if (name === "counting") assert.is(bag.label, bag.digits.filter((digit) => digit === 9).length);
      if (name === "multiple-digits") assert.is(bag.label, bag.digits.includes(3) && bag.digits.includes(6) ? 1 : 0);
    }
  }
});

test("the same seed gives the same bags, a shorter list is a prefix, another seed or split gives others", () => {
  for (const name of TASK_NAMES) {
    assert.equal(draw(name, 50, 7), draw(name, 50, 7));
    assert.equal(draw(name, 20, 7), draw(name, 50, 7).slice(0, 20));
    assert.not.equal(draw(name, 50, 7), draw(name, 50, 8));
  }
  const other = drawBags(TASKS.counting, source, { count: 50, seed: 7, split: "validation" });
  assert.not.equal(draw("counting", 50, 7), other);
});

test("training and validation bags use disjoint training images and never a test image", () => {
  const ranges = SPLIT_NAMES.map((name) => ({ name, ...rangeOf(name, files) }));
  assert.equal(
    ranges.map(({ file, from, to }) => [file, from, to]),
    [
      ["train", 0, 5000],
      ["train", 5000, 6000],
      ["test", 0, 2000],
    ],
  );
  const splits = drawSplits(TASKS["single-digit"], files, { train: 300, validation: 100, test: 100 }, 1);
  for (const split of Object.values(splits)) {
    const used = split.bags.flatMap((bag) => bag.images);
    assert.ok(Math.min(...used) >= split.from && Math.max(...used) < split.to);
  }
  assert.is(splits.validation.file, "train");
});

test("data that lacks the task's digit is refused", () => {
  const labels = Uint8Array.from({ length: 600 }, (_, i) => i % 9);
  const without = { train: { labels }, test: { labels } };
  assert.throws(() => drawSplits(TASKS.counting, without, { train: 1, validation: 1, test: 1 }, 1), /hold no 9/);
});

test("verdicts", () => {
  assert.is(decide(TASKS["single-digit"], 0.01), 1);
  assert.is(decide(TASKS["single-digit"], -3), 0);
  assert.is(decide(TASKS.counting, 2.5), 3);
  assert.is(decide(TASKS.counting, -0.7), 0);
  assert.is(verdictOf(TASKS["multiple-digits"], 1), "a 3 and a 6");
  assert.is(verdictOf(TASKS.counting, 4), "4");
  assert.equal(witnessesIn(TASKS["multiple-digits"], [3, 1, 6]), [true, false, true]);
  assert.equal(witnessesIn(TASKS.outlier, [2, 2, 5, 2]), [false, false, true, false]);
});

test.run();
