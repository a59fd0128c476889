/** The report: whole, with pictures, and nothing from outside. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodePng } from "../../../src/data/node/png.ts";
import { presetConfig } from "../../../src/studies/mil/config.ts";
import { pictureSource } from "../../../src/report/pictures.ts";
import { type ReportData, reportHtml } from "../../../src/studies/mil/report/report.ts";
import { describeVerdict, type ShownBag } from "../../../src/studies/mil/report/strip.ts";
import { errorRate, majorityBaseline } from "../../../src/metrics/classification.ts";
import { type TaskName, TASKS } from "../../../src/studies/mil/tasks.ts";

async function data(task: TaskName): Promise<ReportData> {
  const picture = await pictureSource(encodePng, { width: 28, height: 28, pixels: Uint8Array.from({ length: 784 }, (_, i) => i % 256) });
  const bag = (label: number, scores: number[]): ShownBag => ({
    pictures: scores.map(() => picture),
    digits: scores.map((_, i) => (i === 1 ? 9 : 4)),
    label,
    scores,
  });
  return {
    config: presetConfig("quick", task, "lstm"),
    adapter: "An <adapter> & co",
    seconds: 123.4,
    peakBytes: 5e7,
    metrics: [1, 2, 3].map((epoch) => ({
      epoch,
      loss: 0.7 / epoch,
      error: 0.4 / epoch,
      "validation loss": 0.6 / epoch,
      "validation error": 0.3 / epoch,
    })),
    bestEpoch: 3,
    error: errorRate([0, 1, 1, 0, 1], [0, 1, 1, 0, 0]),
    majority: majorityBaseline([1, 1, 0], [0, 1, 1, 0, 0]),
    bags: [bag(1, [-1, 2, 2.5]), bag(0, [-2, 3])],
    version: "0.0.0",
  };
}

test("it stands alone: pictures are data, and no address or file is named", async () => {
  for (const task of ["single-digit", "counting", "outlier"] as const) {
    const html = reportHtml(await data(task));
    assert.match(html, /^<!doctype html>/);
    const sources = [...html.matchAll(/<img[^>]*\ssrc="([^"]*)"/g)].map(([, source]) => source);
    assert.is(sources.length, 5);
    assert.ok(sources.every((source) => source.startsWith("data:image/png;base64,iVBOR")));
    assert.not.match(html.replaceAll(/src="data:image\/png;base64,[^"]*"/g, ""), /https?:|\/\/|<link|src=|@import|url\(/);
    assert.not.match(html, /NaN|undefined|Infinity/);
  }
});

test("it says what was found", async () => {
  const html = reportHtml(await data("single-digit"));
  assert.match(html, /20\.0 %/);
  assert.match(html, /1 of 5 unseen sets/);
  assert.match(html, /always “a 9”/);
  assert.match(html, /An &lt;adapter&gt; &amp; co/);
  assert.match(html, /verdict <b>a 9 \(92 %\)<\/b>/);
  assert.is([...html.matchAll(/class="witness"/g)].length, 2);
  assert.is([...html.matchAll(/<figure class="bag right"/g)].length, 1);
  assert.is([...html.matchAll(/<figure class="bag wrong"/g)].length, 1);
  assert.match(html, /prefers-color-scheme: dark/);
  assert.match(
    html,
    /aria-label="Error\. Over epoch: training goes from 40 % at 1 to 13 % at 3; validation goes from 30 % at 1 to 10 % at 3; majority is/,
  );
  assert.match(
    html,
    /aria-label="Loss\. Over epoch: training goes from 0\.7 at 1 to 0\.2333 at 3; validation goes from 0\.6 at 1 to 0\.2 at 3/,
  );
});

test("elements are balanced", async () => {
  const html = reportHtml(await data("counting"));
  for (const name of ["div", "figure", "figcaption", "svg", "table", "tr", "td", "span", "main", "section", "p", "text"]) {
    const opened = [...html.matchAll(new RegExp(`<${name}[\\s>]`, "g"))].length;
    const closed = [...html.matchAll(new RegExp(`</${name}>`, "g"))].length;
    assert.is(opened, closed, name);
  }
});

test("verdicts with how sure they are", () => {
  assert.is(describeVerdict(TASKS["single-digit"], -3), "no 9 (95 %)");
  assert.is(describeVerdict(TASKS.counting, 2.7), "3 (2.7)");
});

test.run();
