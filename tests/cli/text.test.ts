/** What the command line draws and writes: digits as text, durations, epoch lines, the reporter, free directories. */

import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { freeDirectory } from "../../src/cli/shared/output.ts";
import { barText, duration, epochLine } from "../../src/cli/shared/progress.ts";
import { textDigits } from "../../src/cli/drawing/text-picture.ts";
import { temporary } from "./run.ts";

test("a digit as half blocks, wrapped to the width, with captions", () => {
  const pixels = new Uint8Array(784);
  for (let y = 0; y < 28; y++) pixels.fill(255, 28 * y + 12, 28 * y + 16);
  const one = textDigits([pixels], { width: 80, captions: ["97 %"] });
  assert.equal(one.split("\n"), [...Array.from({ length: 5 }, () => "    ██"), "   97 %"]);
  const many = textDigits([pixels, pixels, pixels], { width: 23, captions: ["1 %", "2 %", "3 %"] }).split("\n");
  assert.is(many.length, 12);
  assert.match(many[5], /1 %\s+2 %$/);
  assert.ok(many.every((line) => line.length <= 23));
});

test("durations", () => {
  assert.equal([0.4, 59.6, 75, 3600, 7380].map(duration), ["0 s", "1 min 0 s", "1 min 15 s", "1 h 0 min", "2 h 3 min"]);
});

test("progress in words", () => {
  const base = { phase: "train", step: 5, steps: 10, epoch: 2, epochs: 4 };
  assert.is(barText({ ...base, loss: 0.5, rate: 120.4, remaining: 61 }), "epoch 2/4  loss 0.500  120 images/s  1 min 1 s left");
  assert.is(barText(base), "epoch 2/4");
  const metrics = { epoch: 2, loss: 0.25, error: 0.1, "validation loss": 0.3, "validation error": 0.125 };
  assert.is(epochLine({ ...base, metrics, rate: 99 }), "epoch 2/4  loss 0.250  error 10.0 %  validation error 12.5 %  99 images/s");
  const gan = { "critic loss": -0.5, "generator loss": 2, "critic distance": 3, frechet: 12.345 };
  assert.is(
    epochLine({ ...base, unit: "round", metrics: gan }),
    "round 2/4  critic loss -0.500  generator loss 2.000  Frechet distance 12.35",
  );
});

test("a run that was not told where to go takes the next free directory", () => {
  const wanted = path.join(temporary(), "quick");
  assert.is(freeDirectory(wanted), wanted);
  fs.mkdirSync(wanted);
  fs.mkdirSync(`${wanted}-2`);
  assert.is(freeDirectory(wanted), `${wanted}-3`);
});

test.run();
