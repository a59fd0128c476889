/** The paired test against published values, verdicts on made-up numbers, and the table's words. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  cellsOf,
  fillCells,
  orderingOf,
  pairedTest,
  tableCsv,
  tableHtmlPage,
  tableMarkdown,
  tableOf,
} from "../../src/experiments/index.ts";
import { duration } from "../../src/cli/shared/progress.ts";
import { fakeShop, fakeStudy } from "./fake.ts";

const near = (value: number | null, wanted: number, tolerance: number): void =>
  assert.ok(value !== null && Math.abs(value - wanted) <= tolerance, `${value}, not ${wanted}`);

test("the paired t-test: critical values of Student's tables, and a worked example", () => {
  // Two differences 1 ± d have t = 1/d with one degree of freedom: 12.706 is the 5 % value.
  near(pairedTest([1 - 1 / 12.7062, 1 + 1 / 12.7062]), 0.05, 1e-6);
  // Student's sleep data (R: sleep): t = -4.0621 with 9 degrees of freedom, p = 0.00283.
  const first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0];
  const second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
  near(pairedTest(first.map((x, i) => x - second[i])), 0.00283289, 1e-7);
  assert.is(pairedTest([]), null);
  assert.is(pairedTest([3]), null);
  assert.is(pairedTest([0, 0, 0]), 1);
  assert.is(pairedTest([2, 2, 2]), 0);
});

const bySeed = (...values: number[]): Map<number, number> => new Map(values.map((value, i) => [i + 1, value]));
const claim = { claim: "a before b", column: "x", better: "a", worse: "b" };

test("an ordering is confirmed, refuted or undecided", () => {
  const verdict = (ours: Map<number, number>, theirs: Map<number, number>, better: "lower" | "higher" = "lower") =>
    orderingOf(claim, { better }, ours, theirs);
  const [low, high] = [bySeed(5, 6, 4.5, 5.5, 6.1), bySeed(9, 11, 8.5, 10, 10.2)];
  assert.is(verdict(low, high).verdict, "confirmed");
  assert.is(verdict(high, low).verdict, "refuted");
  assert.is(verdict(low, high, "higher").verdict, "refuted");
  near(verdict(low, high).difference, 4.32, 1e-12);
  assert.is(verdict(bySeed(5, 9, 4, 8, 6), bySeed(6, 7, 6, 7, 7)).verdict, "undecided");
  assert.is(verdict(bySeed(5, 5, 5), bySeed(5, 5, 5)).verdict, "undecided");
  // Two seeds decide nothing, and only seeds that both have count.
  assert.equal(verdict(bySeed(1, 1.001), bySeed(9, 9.001)), { ...claim, verdict: "undecided", p: null, difference: 8, seeds: 2 });
  assert.is(
    verdict(
      new Map([
        [1, 1],
        [7, 2],
      ]),
      bySeed(9, 9.1),
    ).seeds,
    1,
  );
  assert.equal(verdict(new Map(), bySeed(1)), { ...claim, verdict: "undecided", p: null, difference: null, seeds: 0 });
});

async function filled(seeds: number) {
  const [{ table }, shop] = [fakeStudy(), fakeShop()];
  await fillCells(cellsOf(table, { preset: "smoke", seeds }), shop);
  return tableOf(table, { preset: "smoke", seeds }, shop.folder, { version: "1.2.3", commit: "abc", when: "today" });
}

test("the table as Markdown and CSV", async () => {
  const table = await filled(4);
  assert.equal(
    table.orderings.map(({ verdict }) => verdict),
    ["confirmed", "refuted", "undecided"],
  );
  const text = tableMarkdown(table);
  assert.ok(text.startsWith("# Table 0.1: made up\n\nNumbers. Preset smoke, 4 seeds.\n\n|  | ex, % | why |\n| --- | --: | --: |\n"));
  assert.match(text, "| A | 2.5 ± 1.3<br>thesis 2.5 ± 0.5 | 0.50 ± 0.00 |\n");
  assert.match(text, "| B \\| b | 25.0 ± 12.9 | 0.50 ± 0.00 |\n");
  assert.match(text, "| None | – | –<br>thesis 0.25 |\n");
  assert.match(text, "- a errs less than b: **confirmed** (by 22.5, p = 0.030, 4 seeds)\n");
  assert.match(text, "- b errs less than a: **refuted** (the other way by 22.5, p = 0.030, 4 seeds)\n");
  assert.match(text, "- a is better at y: **undecided** (by 0.00, p = 1.000, 4 seeds)\n");
  assert.match(text, "B | b: the other.");
  assert.not.match(text, /1\.2\.3|today/);
  const [head, first, , third] = tableCsv(table).split("\n");
  assert.is(head, "row,column,mean,sd,n,thesis mean,thesis sd,seed 1,seed 2,seed 3,seed 4");
  assert.is(first, `a,x,2.5,${Math.sqrt(5 / 3)},4,2.5,0.5,1,2,3,4`);
  assert.ok(third.startsWith("b,x,25,"));
});

test("the table as a page: numbers with their seeds, verdicts, and who made it", async () => {
  const page = tableHtmlPage(await filled(2), { duration });
  assert.match(page, 'title="seed 1: 1.0, seed 2: 2.0"');
  assert.match(page, "1.5 ± 0.7");
  assert.match(page, '<span class="verdict undecided">undecided</span>a errs less than b');
  assert.match(page, "(by 13.5; 2 seeds, fewer than 3)");
  assert.match(page, "intarsia 1.2.3 (abc), today; 4 s of computing on no adapter");
});

test.run();
