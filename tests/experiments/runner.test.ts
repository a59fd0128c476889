/** Cells are filled once: what is done stays, what was begun goes on, what is damaged or of another config is made again. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";
import { cellsOf, fillCells, jobKey, tableOf } from "../../src/experiments/index.ts";
import { Interrupted } from "../../src/training/errors.ts";
import { type FakeOptions, type FakeShop, fakeShop, type FakeStudy, fakeStudy } from "./fake.ts";

const RUNS = ["part any 0", "fake a 1", "fake b 1", "fake a 2", "fake b 2"];
const maker = { version: "1.2.3", commit: null, when: "now" };
const tableText = async ({ table }: FakeStudy, { folder }: FakeShop, seeds = 2): Promise<string> => {
  const { made: _, ...rest } = await tableOf(table, { preset: "smoke", seeds }, folder, maker);
  return JSON.stringify(rest);
};
const fill = (study: FakeStudy, shop: FakeShop, seeds = 2): Promise<void> =>
  fillCells(cellsOf(study.table, { preset: "smoke", seeds }), shop);

/** What a command that was never disturbed ends with. */
async function whole(): Promise<string> {
  const [study, shop] = [fakeStudy(), fakeShop()];
  await fill(study, shop);
  return tableText(study, shop);
}

test("one run fills its cells, a shared part runs once, and nothing runs twice", async () => {
  const [study, shop] = [fakeStudy(), fakeShop()];
  await fill(study, shop);
  assert.equal(study.log, RUNS);
  await fill(study, shop);
  assert.equal(study.log, RUNS);
  await fill(study, shop, 3);
  assert.equal(study.log.slice(RUNS.length), ["fake a 3", "fake b 3"]);
  const { cells, data } = await tableOf(study.table, { preset: "smoke", seeds: 3 }, shop.folder, maker);
  assert.equal(data, { numbers: "h1" });
  assert.equal(cells[0], {
    ...{ row: "a", column: "x", values: [1, 2, 3].map((value) => ({ seed: value, value })) },
    ...{ mean: 2, sd: 1, n: 3, thesis: { mean: 2.5, sd: 0.5 } },
  });
  assert.equal(cells[5], { row: "none", column: "y", values: [], mean: null, sd: null, n: 0, thesis: { mean: 0.25, sd: null } });
});

test("stopped at every step once, the table ends the same, and each run goes on where it was", async () => {
  const want = await whole();
  for (let stop = 1; stop <= 3 * RUNS.length; stop++) {
    const shop = fakeShop();
    let steps = 0;
    const study = fakeStudy({ onStep: () => ++steps === stop && shop.abort.abort() });
    let thrown: unknown;
    await fill(study, shop).catch((error: unknown) => {
      thrown = error;
    });
    assert.instance(thrown, Interrupted);
    const later = fakeStudy();
    await fill(later, fakeShop(shop.folder));
    // The step that was asked for and not done is done later, and no other is done twice.
    assert.is(steps - 1 + stepsOf(later, stop), 3 * RUNS.length);
    assert.is(await tableText(later, fakeShop(shop.folder)), want);
  }
});

/** Steps of the runs of `later`, the first of which had `(stop - 1) % 3` behind it. */
const stepsOf = ({ log }: FakeStudy, stop: number): number => 3 * log.length - (log[0]?.endsWith("again") ? (stop - 1) % 3 : 0);

test("other data, another config and another seed are other cells", async () => {
  const shop = fakeShop();
  await fill(fakeStudy(), shop);
  const again = async (options: FakeOptions): Promise<string[]> => {
    const study = fakeStudy(options);
    await fill(study, shop);
    return study.log;
  };
  assert.equal(await again({}), []);
  assert.equal(await again({ hash: "h2" }), RUNS);
  assert.equal(await again({ width: 2 }), RUNS);
  // The runs are all there still: their cells are written again without a run.
  assert.equal(await again({}), []);
  assert.ok(shop.notes.some((note) => note === "cells/a/x/1: a number of another config or other data; filled again"));
});

test("a damaged cell is filled again from its run; a damaged run is made again", async () => {
  const want = await whole();
  const shop = fakeShop();
  await fill(fakeStudy(), shop);
  const damage = (name: string, text: string): void => void shop.folder.content.set(name, new TextEncoder().encode(text));
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    '{"format":"intarsia-cell","version":1,"value":"much","measure":"x","job":{},"made":{"seconds":1}}',
  ]) {
    damage("cells/b/y/2/result.json", text);
    const study = fakeStudy();
    await fill(study, shop);
    assert.equal(study.log, []);
    assert.is(await tableText(study, shop), want);
  }
  assert.ok(shop.notes.some((note) => note === "cells/b/y/2/result.json: damaged; filled again"));

  const study = fakeStudy();
  const cell = study.table.cell({ row: "b", column: "y", preset: "smoke", seed: 2 });
  assert.ok(cell);
  damage(`runs/${await jobKey(cell.job)}/result.json`, "{");
  damage("cells/b/y/2/result.json", "{");
  await fill(study, shop);
  assert.equal(study.log, ["fake b 2 again"]);
  assert.is(await tableText(study, shop), want);
});

test("a run that another process is at is left to it, and waited for", async () => {
  const [study, shop] = [fakeStudy(), fakeShop()];
  const { job } = study.table.cell({ row: "a", column: "x", preset: "smoke", seed: 1 })!;
  const folder = `runs/${await jobKey(job)}`;
  shop.folder.taken.add(folder);
  let waited = 0;
  await fillCells(cellsOf(study.table, { preset: "smoke", seeds: 1 }), shop, {
    waits(left) {
      waited += 1;
      assert.equal(
        left.map(({ place }) => [place.row, place.column]),
        [
          ["a", "x"],
          ["a", "y"],
        ],
      );
      shop.folder.taken.delete(folder);
    },
  });
  assert.is(waited, 1);
  assert.equal(study.log, ["part any 0", "fake b 1", "fake a 1"]);
});

test("a run that fails leaves its own cells empty, is tried once, and is said at the end", async () => {
  const shop = fakeShop();
  const study = fakeStudy({
    onStep: (name) => {
      if (name === "fake a 1") throw new UserError("the loss is not finite");
    },
  });
  let message = "";
  await fill(study, shop).catch((error: unknown) => {
    assert.instance(error, UserError);
    message = (error as Error).message;
  });
  assert.match(message, /^a run failed, and the cells stay empty: runs\/fake-[0-9a-f]{12}: the loss is not finite$/);
  assert.equal(study.log, RUNS);
  const { cells } = await tableOf(study.table, { preset: "smoke", seeds: 2 }, shop.folder, maker);
  assert.equal(
    cells.map(({ n }) => n),
    [1, 1, 2, 2, 0, 0],
  );
  const later = fakeStudy();
  await fill(later, shop);
  assert.equal(later.log, ["fake a 1"]);
});

test("two at once never do one run together, and both end with the whole table", async () => {
  const want = await whole();
  const shop = fakeShop();
  const [one, other] = [fakeStudy(), fakeStudy()];
  await Promise.all([fill(one, shop), fill(other, fakeShop(shop.folder))]);
  assert.equal([...one.log, ...other.log].sort(), [...RUNS].sort());
  assert.is(await tableText(one, shop), want);
});

test("rows and columns that there are not, and presets, are refused by name", () => {
  const { table } = fakeStudy();
  const refused = (selection: object, message: RegExp): void => {
    try {
      cellsOf(table, { preset: "smoke", seeds: 1, ...selection });
      assert.unreachable();
    } catch (error) {
      assert.instance(error, UserError);
      assert.match((error as Error).message, message);
    }
  };
  refused({ rows: ["a", "c"] }, /^table 0.1: no row c; its rows are a, b, none$/);
  refused({ columns: ["z"] }, /no column z; its columns are x, y/);
  refused({ preset: "small" }, /has no preset small; it has smoke/);
  assert.is(cellsOf(table, { preset: "smoke", seeds: 2, rows: ["b"], columns: ["y"] }).length, 2);
});

test.run();
