/** Committed results fit together, and the documents show them as they are. */
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { documents, rendered, resultFolders, resultProblems } from "../../scripts/results.ts";
import { ganTables } from "../../src/cli/gan/tables.ts";
import { milTables } from "../../src/cli/mil/tables.ts";
import { knownCells } from "../../src/cli/reproduce/cost.ts";
import { openTableFolder } from "../../src/cli/reproduce/folder.ts";
import {
  cellFolder,
  cellsOf,
  type Experiment,
  fillCells,
  tableCsv,
  type TableFile,
  type TableFolder,
  tableMarkdown,
  tableOf,
} from "../../src/experiments/index.ts";
import { temporary } from "../cli/run.ts";
import { fakeShop, fakeStudy } from "../experiments/fake.ts";

test("every document shows its results as they are: npm run results", () => {
  const stale = documents().filter((name) => rendered(fs.readFileSync(name, "utf8")) !== fs.readFileSync(name, "utf8"));
  assert.equal(stale, []);
});

test("every committed table is that of its cells", () => {
  assert.equal(resultFolders().flatMap(resultProblems), []);
});

/** Filled cells of a table's file that are not those that the table asks for today. */
async function strangers(table: Experiment, file: TableFile, folder: TableFolder): Promise<string[]> {
  const seeds = Math.max(1, ...file.cells.flatMap(({ values }) => values.map(({ seed }) => seed)));
  const known = await knownCells(cellsOf(table, { preset: file.preset, seeds }), folder);
  return file.cells.flatMap(({ row, column, values }) =>
    values.map(({ seed }) => cellFolder({ row, column, seed })).filter((cell) => !known.has(cell)),
  );
}

test("every committed cell is one that its table asks for today", async () => {
  const tables = [milTables, ganTables].flatMap((make) => make({}));
  for (const folder of resultFolders()) {
    const file: TableFile = JSON.parse(fs.readFileSync(path.join(folder, "table.json"), "utf8"));
    const table = tables.find(({ id }) => id === file.id);
    assert.ok(table, `${folder}: there is no table ${file.id}`);
    assert.equal(await strangers(table, file, openTableFolder(folder)), []);
  }
});

test("a document that is behind its results is seen, and so is a table that is behind its cells", async () => {
  const root = temporary();
  const [{ table }, shop] = [fakeStudy(), fakeShop()];
  await fillCells(cellsOf(table, { preset: "smoke", seeds: 2 }), shop);
  const file = await tableOf(table, { preset: "smoke", seeds: 2 }, shop.folder, { version: "1", commit: null, when: "now" });
  const folder = path.join(root, "results/0.1/smoke");
  const write = (name: string, text: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    fs.writeFileSync(path.join(folder, name), text);
  };
  for (const [name, bytes] of shop.folder.content) if (name.startsWith("cells/")) write(name, new TextDecoder().decode(bytes));
  write("table.json", JSON.stringify(file));
  write("table.md", tableMarkdown(file));
  write("table.csv", tableCsv(file));
  assert.equal(resultFolders(root), ["results/0.1/smoke"]);
  assert.equal(resultProblems(folder), []);
  assert.equal(await strangers(table, file, openTableFolder(folder)), []);
  assert.equal((await strangers(fakeStudy({ width: 2 }).table, file, openTableFolder(folder))).length, 8);

  const before = "# Doc\n\n<!-- table: results/0.1/smoke -->\nold\n<!-- end of table -->\n\nEnd.\n";
  const after = rendered(before, root);
  assert.match(
    after,
    /^# Doc\n\n<!-- table: results\/0\.1\/smoke -->\n\nTable 0\.1: made up, preset smoke: `npx intarsia reproduce 0\.1 --preset smoke --seeds 2`\. /,
  );
  assert.match(after, "| A | 1.5 ± 0.7<br>thesis 2.5 ± 0.5 |");
  assert.match(after, /\n<!-- end of table -->\n\nEnd\.\n$/);
  assert.is(rendered(after, root), after);

  write("cells/a/x/2/result.json", "{}");
  write("table.csv", "row\n");
  assert.equal(resultProblems(folder).length, 2);
  assert.throws(() => rendered(before.replaceAll("0.1", "0.2"), root), /results\/0\.2\/smoke\/table\.json: there is none/);
});

test.run();
