/** How long what is left will take: as alike runs took, each run once, else as the table says. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { knownCells, secondsOf, unknownCells } from "../../src/cli/reproduce/cost.ts";
import { cellsOf, fillCells, type CellRecord, writeCell, cellFolder } from "../../src/experiments/index.ts";
import { fakeShop, fakeStudy } from "../experiments/fake.ts";

test("nothing known: the table's own guess, split over its runs; one run that fills two cells counts once", async () => {
  const [{ table }, { folder }] = [fakeStudy(), fakeShop()];
  const cells = cellsOf(table, { preset: "smoke", seeds: 2 });
  const known = await knownCells(cells, folder);
  assert.equal(unknownCells(cells, known), cells);
  // One minute for the two runs of a seed, and two seeds.
  assert.is(secondsOf(cells, known, table), 120);
  assert.is(secondsOf(cells.slice(0, 2), known, table), 30);
  assert.is(secondsOf([], known, table), 0);
  const unmeasured = { ...table, presets: { smoke: { what: "", seeds: 1, minutes: null } } };
  assert.is(secondsOf(cells, known, unmeasured), null);
});

test("what was measured beats the guess: the same row first", async () => {
  const [{ table }, shop] = [fakeStudy(), fakeShop()];
  await fillCells(cellsOf(table, { preset: "smoke", seeds: 1 }), shop);
  const took = async (row: string, seconds: number): Promise<void> => {
    for (const column of ["x", "y"]) {
      const files = shop.folder.files(cellFolder({ row, column, seed: 1 }));
      const record: CellRecord = JSON.parse(new TextDecoder().decode((await files.read("result.json")) ?? new Uint8Array()));
      await writeCell(files, { ...record, made: { ...record.made, seconds } });
    }
  };
  await took("a", 10);
  await took("b", 50);
  const cells = cellsOf(table, { preset: "smoke", seeds: 3 });
  const known = await knownCells(cells, shop.folder);
  assert.is(known.size, 4);
  assert.is(secondsOf(unknownCells(cells, known), known, table), 2 * (10 + 50));
  const onlyA = new Map([...known].filter(([folder]) => folder.startsWith("cells/a/")));
  assert.is(secondsOf(unknownCells(cells, onlyA), onlyA, table), 2 * 10 + 3 * 10);
});

test.run();
