/** A table by one command: whole, killed ten times, from two processes at once, damaged, stopped; and runs of the study's own command taken over. */
import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { ganTables } from "../../src/cli/gan/tables.ts";
import { milTables } from "../../src/cli/mil/tables.ts";
import { reproduceCommand } from "../../src/cli/reproduce/command.ts";
import { type Ending, endingOf } from "../../src/cli/shared/errors.ts";
import type { TableFile } from "../../src/experiments/index.ts";
import { writeSmallDigits } from "../studies/mil/digits.ts";
import { intarsia, start, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
fs.mkdirSync(at("digits"));
writeSmallDigits(at("digits"));

const SELECTION = ["--rows", "majority,attention", "--columns", "single-digit,outlier"];
const command = (out: string, ...more: string[]): string[] => [
  ...["reproduce", "7.1", "--preset", "smoke", "--seeds", "2", "--out", at(out), "--data", at("digits"), ...SELECTION, ...more],
];
const read = (...names: string[]): string => fs.readFileSync(at(...names), "utf8");
const table = (out: string): TableFile => JSON.parse(read(out, "table.json"));
/** The bytes that no two runs may differ in. */
const lasting = (out: string): string => {
  const text = read(out, "table.json");
  return text.slice(0, text.indexOf('\n  "made": '));
};

test("the table, its cells, and the numbers that the study's own eval prints", async () => {
  const { code, out, err } = await intarsia(command("whole"));
  assert.is(code, 0, err);
  assert.is(err.trim(), "");
  assert.match(out, /^Table 7.1: sets of digits, preset smoke, seeds 1 to 2: 8 cells, 8 to fill/);
  assert.match(out, /^\[8 of 8\] Atten. Based, outlier detection, seed 2: \d+\.\d %, in \d+ s$/m);
  assert.match(out, /^Table: .*table.html$/m);
  const { id, preset, data, cells, orderings, made } = table("whole");
  assert.equal(Object.keys(table("whole")).at(-1), "made");
  assert.equal([id, preset, Object.keys(data)], ["7.1", "smoke", ["mnist"]]);
  assert.is(cells.length, 4 * 5);
  assert.is(orderings.length, 6);
  assert.ok(orderings.every(({ verdict, p }) => verdict === "undecided" && p === null));
  const filled = cells.filter(({ n }) => n > 0);
  assert.equal(
    filled.map(({ row, column, n }) => [row, column, n]),
    ["majority", "attention"].flatMap((row) => ["single-digit", "outlier"].map((column) => [row, column, 2])),
  );
  for (const { row, column, values } of filled)
    for (const { seed, value } of values) {
      const cell = JSON.parse(read("whole", "cells", row, column, String(seed), "result.json"));
      assert.equal([cell.value, cell.job.config.seed], [value, seed]);
    }
  const attention = filled.find(({ row, column }) => row === "attention" && column === "outlier");
  const run = made.cells.find(({ row, column, seed }) => row === "attention" && column === "outlier" && seed === 2)?.run ?? "";
  const judged = await intarsia(["mil", "eval", at("whole", run), "--data", at("digits"), "--json", at("eval.json")]);
  assert.is(judged.code, 0, judged.err);
  const { testError } = JSON.parse(read("eval.json"));
  assert.ok(Math.abs(100 * testError - (attention?.values[1].value ?? -1)) < 1e-9);
  for (const name of ["table.md", "table.csv", "table.html"]) assert.ok(fs.existsSync(at("whole", name)), name);
});

test("killed at ten random moments, it ends in the same table, and what is done is not done again", async () => {
  for (let kill = 0; kill < 10; kill++) {
    const running = start(command("killed"));
    const timer = setTimeout(() => running.child.kill("SIGKILL"), 300 + 2500 * Math.random());
    const { code } = await running.ended;
    clearTimeout(timer);
    assert.ok(code === null || code === 0, `exit code ${code}`);
  }
  const { code, err } = await intarsia(command("killed"));
  assert.is(code, 0, err);
  assert.is(lasting("killed"), lasting("whole"));
  const again = await intarsia(command("killed"));
  assert.match(again.out, /8 cells, all filled\n\n/);
  assert.equal(fs.readdirSync(at("killed", "runs", "locks")), []);
});

test("two processes at once share the work, and both end with the whole table", async () => {
  const ended = await Promise.all([intarsia(command("both")), intarsia(command("both"))]);
  for (const { code, err } of ended) assert.is(code, 0, err);
  assert.is(lasting("both"), lasting("whole"));
  const begun = ended.flatMap(({ out }) => [...out.matchAll(/^(.*) \.\.\.$/gm)].map(([, name]) => name));
  assert.equal([begun.length, new Set(begun).size], [8, 8]);
});

test("a damaged cell is filled again from its run; without the runs, whole cells still stand", async () => {
  fs.writeFileSync(at("both", "cells", "attention", "outlier", "1", "result.json"), '{"format":');
  const { code, out, err } = await intarsia(command("both"));
  assert.is(code, 0, err);
  assert.match(out, /attention\/outlier\/1\/result.json: damaged; filled again\n/);
  assert.not.match(out, / \.\.\.$/m);
  assert.is(lasting("both"), lasting("whole"));
  fs.rmSync(at("both", "runs"), { recursive: true });
  const bare = await intarsia(command("both"));
  assert.is(bare.code, 0, bare.err);
  assert.match(bare.out, /all filled/);
  assert.is(lasting("both"), lasting("whole"));
});

test("Ctrl-C saves, writes the table, and leaves with 130", async () => {
  const running = start(command("stopped"), {
    onLine: (line) => line.startsWith("Atten. Based, single digit (σ = 2), seed 1") && running.child.kill("SIGINT"),
  });
  const { code, err } = await running.ended;
  assert.is(code, 130, err);
  assert.match(err, /interrupted; what is done is in .*stopped, and the same command goes on/);
  assert.is(table("stopped").cells[0].n, 1);
  const { code: end } = await intarsia(command("stopped"));
  assert.is(end, 0);
  assert.is(lasting("stopped"), lasting("whole"));
});

test("cells of one kind of adapter are not mixed with those of another", async () => {
  for (const cell of ["single-digit/1", "single-digit/2", "outlier/1"]) {
    const file = at("both", "cells", "attention", cell, "result.json");
    const record = JSON.parse(fs.readFileSync(file, "utf8"));
    fs.writeFileSync(file, JSON.stringify({ ...record, made: { ...record.made, kind: "elsewhere" } }));
  }
  fs.rmSync(at("both", "cells", "attention", "outlier", "2"), { recursive: true });
  const { code, err } = await intarsia(command("both"));
  assert.is(code, 2, err);
  assert.match(err, /both: its cells were made on the elsewhere adapter, this is the \w+ one; --adapter elsewhere, or another --out\n$/);
});

test("a run of the study's own command becomes the run behind four cells, and fills the row", async () => {
  const train = ["gan", "train", "--loss", "vanilla", "--preset", "smoke", "--data", at("digits"), "--out", at("runs", "mine")];
  const trained = await intarsia(train);
  assert.is(trained.code, 0, trained.err);
  const gan = (...more: string[]) =>
    intarsia(["reproduce", "gan", "--preset", "smoke", "--data", at("digits"), "--out", at("gan"), ...more]);
  const { code, out, err } = await gan("--rows", "real,vanilla", "--from", at("runs", "mine"));
  assert.is(code, 0, err);
  assert.not.match(out, / \.\.\.$/m);
  const { scores, real } = JSON.parse(read("runs", "mine", "result.json"));
  const { cells, made } = table("gan");
  const row = (wanted: string) => cells.filter((cell) => cell.row === wanted).map(({ mean }) => mean);
  assert.equal(row("vanilla"), [scores.frechet, scores.precision, scores.recall, scores.covered]);
  assert.equal(row("real"), [real.frechet, real.precision, real.recall, real.covered]);
  assert.ok(made.cells.every(({ from }) => from === "mine"));
  const other = await gan("--seeds", "2", "--from", at("whole"));
  assert.is(other.code, 2);
  assert.match(other.err, /--from .*whole: is the run of no cell of this preset and these seeds\n$/);
});

/** How the command ends in this process: starting one for each would take most of the time. */
async function refused(args: readonly string[]): Promise<Ending> {
  const program = new Command().exitOverride().addCommand(reproduceCommand([milTables, ganTables]));
  let last = "";
  for (const command of program.commands) command.exitOverride().configureOutput({ outputError: (text) => (last = text.trim()) });
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (error) {
    const { code, message } = endingOf(error);
    return { code, message: message || last };
  }
  throw new Error(`${args.join(" ")}: was not refused`);
}

test("what is wrong is said in one line, with 2", async () => {
  fs.mkdirSync(at("other"));
  fs.writeFileSync(at("other", "letter.txt"), "dear reader");
  const cases: [string[], RegExp][] = [
    [["reproduce", "7.9"], /no table "7.9"; there are 7.1, gan/],
    [["reproduce", "--preset", "quick"], /which table\? 7.1, gan/],
    [["reproduce", "7.1", "--preset", "small"], /table 7.1: has no preset small; it has smoke, quick, thesis/],
    [["reproduce", "7.1", "--preset", "tiny"], /--preset.*Allowed choices/],
    [["reproduce", "7.1", "--seeds", "0"], /--seeds.*from 1 to 1000/],
    [["reproduce", "7.1", "--rows", "lstm,gru"], /no row gru; its rows are majority, attention, gated, lstm/],
    [["reproduce", "7.1", "--columns", "x"], /no column x; its columns are single-digit/],
    [["reproduce", "7.1", "--out", at("other")], /other: not empty, and no table of intarsia/],
    [["reproduce", "7.1", "--preset", "quick", "--out", at("whole")], /whole: holds table 7.1, preset smoke; choose another --out/],
    [["reproduce", "7.1", "--data", at("nowhere"), "--out", at("new")], /nowhere: no such directory/],
    [["reproduce", "gan", "--preset", "smoke", "--from", at("nowhere"), "--out", at("new")], /--from .*nowhere: no such directory/],
  ];
  for (const [args, message] of cases) {
    const said = await refused(args);
    assert.is(said.code, 2, args.join(" "));
    assert.match(said.message, message);
    assert.not.match(said.message, /\n/);
  }
  assert.equal(fs.readdirSync(at("other")), ["letter.txt"]);
  assert.not.ok(fs.existsSync(at("new")));
});

test("alone, it lists the tables, what they cost and what is done", async () => {
  const { code, out } = await intarsia(["reproduce"], { cwd: place });
  assert.is(code, 0);
  assert.match(out, /^ {2}7\.1 {2}Table 7\.1: sets of digits$/m);
  assert.match(out, /^7\.1 +quick +1 .* 0 of 20 +\d+ min \d+ s$/m);
});

test.run();
