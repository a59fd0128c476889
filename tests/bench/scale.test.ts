/** `npm run bench -- scale`: what counts as a rise, the chart and the table that are made of a report. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { AXES } from "../../bench/scale/axes.ts";
import { scaleChart } from "../../bench/scale/chart.ts";
import { riseOf, type ScaleAxis, type ScaleReport } from "../../bench/scale/report.ts";
import { scaleMarkdown } from "../../bench/scale/run.ts";
import { marksOf } from "../report/geometry.ts";

test("a rise is above the least of what was smaller, not above the first", () => {
  assert.is(riseOf([5, 4, 3]), 0);
  assert.ok(Math.abs(riseOf([10, 4, 5, 4.4]) - 0.25) < 1e-12);
  assert.ok(Math.abs(riseOf([4, 2, 3, 2.2]) - 0.5) < 1e-12);
});

test("the axes go as far as they should, smallest first", () => {
  const ends = AXES.map(({ points }) => [points[0].size, points[points.length - 1].size]);
  assert.equal(ends, [
    [1, 64],
    [5, 400],
    [32, 512],
    [18, 152],
  ]);
  for (const { points } of AXES) for (const [i, { size }] of points.slice(1).entries()) assert.ok(size > points[i].size);
});

const axis = (name: string, costs: readonly number[]): ScaleAxis => ({
  ...{
    name,
    what: `<${name}> & more`,
    size: "things",
    item: "thing",
    rise: riseOf(costs),
    cpuRise: 0,
    failed: { 64: "not done in 150 s" },
  },
  points: costs.map((cost, i) => ({
    ...{
      size: 2 ** i,
      items: 2 ** i,
      ms: cost * 2 ** i,
      cpuMs: cost * 2 ** i,
      firstMs: 100,
      bytes: 2 ** 20,
      plannedBytes: i === 0 ? 2 ** 20 : 2 ** 21,
    },
  })),
});
const report: ScaleReport = {
  ...{ command: "npm run bench -- scale", adapter: "system", description: "some <adapter>", minutes: 3 },
  axes: [axis("flat", [10, 9, 8]), axis("steep", [8, 16]), axis("single", [5])],
};

test("the chart has a figure per axis, a mark per point, and escapes what it quotes", () => {
  const svg = scaleChart(report);
  marksOf(svg);
  assert.is(svg.match(/<circle class="c0"/g)?.length, 6);
  assert.is(svg.match(/fill-opacity="0.18"/g)?.length, 3, "a band each");
  assert.not.match(svg, /NaN|Infinity|<flat>|<adapter>/);
  assert.match(svg, /<desc>&lt;flat&gt; &amp; more\. Over things: measured goes from 10 at 1 to 8 at 4;/);
});

test("the table says which goal is met, what is missing, and whether the bytes were foreseen", () => {
  const text = scaleMarkdown(report);
  assert.match(text, /\*\*flat\*\*.* rises by 0 % at most \(goal 15 %: met\)\. 64: not done in 150 s\./);
  assert.match(text, /\*\*steep\*\*.* rises by 100 % at most \(goal 15 %: \*\*missed\*\*\)/);
  assert.match(text, /\| 1 \| 10\.0 ms \| 10\.0 ms \| 100 ms \| 1\.00 MiB \| to the byte \|/);
  assert.match(text, /\| 2 \| 18\.0 ms \| 9\.00 ms \| 100 ms \| 1\.00 MiB \| 100 % off \|/);
});

test.run();
