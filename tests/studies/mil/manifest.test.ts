/** A manifest comes back as it was written, is JSON that any program reads, and a damaged one is refused with its place. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../../src/data/errors.ts";
import { bagManifestText, parseBagManifest } from "../../../src/studies/mil/manifest.ts";
import { drawSplits } from "../../../src/studies/mil/splits.ts";
import { TASK_NAMES, TASKS } from "../../../src/studies/mil/tasks.ts";
import { labelFiles } from "./digits.ts";

const counts = { train: 12, validation: 4, test: 6 };
const text = (seed = 3): string =>
  bagManifestText({ task: "counting", seed, splits: drawSplits(TASKS.counting, labelFiles(), counts, seed) });

test("round trip, for every task", () => {
  for (const task of TASK_NAMES) {
    const manifest = { task, seed: 3, splits: drawSplits(TASKS[task], labelFiles(), counts, 3) };
    assert.equal(parseBagManifest(bagManifestText(manifest), "m.json"), manifest);
  }
});

test("another program finds what it needs by plain JSON", () => {
  const json = JSON.parse(text());
  assert.is(json.format, "intarsia-bags");
  assert.equal(json.protocol, { rule: "the number of 9s", draw: "uniform", length: { mean: 15, sigma: 2, min: 1 } });
  assert.is(json.splits.train.bags.length, 12);
  assert.equal(Object.keys(json.splits.test.bags[0]), ["label", "images", "digits"]);
  assert.is(json.splits.test.file, "test");
});

test("the same seed writes the same bytes", () => {
  assert.is(text(5), text(5));
  assert.is.not(text(5), text(6));
});

test("a damaged manifest: one line that names the place", () => {
  const broken: [change: (json: ReturnType<typeof JSON.parse>) => void, message: RegExp][] = [
    [(json) => (json.format = "other"), /"format"/],
    [(json) => (json.version = 2), /version 2/],
    [(json) => (json.task = "sorting"), /unknown task/],
    [(json) => (json.seed = -1), /seed/],
    [(json) => delete json.splits.test, /split "test"/],
    [(json) => (json.splits.train.images = [5, 5]), /not a range/],
    [(json) => (json.splits.train.bags[2].images[0] = 5999), /split "train", bag 2: image 5999/],
    [(json) => (json.splits.train.bags[2].digits[0] = 12), /digit 12/],
    [(json) => (json.splits.train.bags[1].images = []), /0 images/],
  ];
  for (const [change, message] of broken) {
    const json = JSON.parse(text());
    change(json);
    const error = caught(() => parseBagManifest(JSON.stringify(json), "m.json"));
    assert.ok(error instanceof UserError);
    assert.match(error.message, message);
    assert.match(error.message, /^m\.json: /);
    assert.not.match(error.message, /\n/);
  }
  assert.throws(() => parseBagManifest("{", "m.json"), /not JSON/);
});

function caught(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return null;
}

test.run();
