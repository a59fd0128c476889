/** The runner counts: what passed, failed, was skipped, or never ran. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fileProblems, parseTotals } from "./totals.ts";

/** Runs a throw-away uvu file inside the repository (so that "uvu" resolves) and gives its output. */
function runSource(source: string): string {
  const folder = mkdtempSync("tests/support/tmp-");
  try {
    const file = join(folder, "case.mjs");
    writeFileSync(file, source);
    return spawnSync(process.execPath, [file], { encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } }).stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const HEAD = `import { test } from "uvu";\n`;

test("passing, failing and skipped tests are told apart", () => {
  const output = runSource(`${HEAD}test("a", () => {}); test("b", () => { throw new Error("no") }); test.skip("c", () => {}); test.run();`);
  assert.equal(parseTotals(output), { declared: 3, passed: 1, skipped: 1, failed: 1 });
});

test("a throwing before hook is a failure, although uvu exits with 0", () => {
  const output = runSource(`${HEAD}test.before(() => { throw new Error("no") }); test("a", () => {}); test("b", () => {}); test.run();`);
  assert.equal(parseTotals(output), { declared: 2, passed: 0, skipped: 0, failed: 2 });
});

test("a file that never runs or leaves early has no totals", () => {
  assert.is(parseTotals(runSource(`${HEAD}test("a", () => {});`)), null);
  assert.is(parseTotals(runSource(`${HEAD}test("a", () => process.exit(0)); test.run();`)), null);
});

test("tests that cannot run are found in the text", () => {
  assert.equal(fileProblems(`test("a", f);\n`), ["never calls .run()"]);
  assert.equal(fileProblems(`const a = suite("a");\nconst b = suite("b");\na.run();`), ["2 suites but 1 calls of .run()"]);
  assert.equal(fileProblems(`test.run();\ntest("late", f);`), ["declares a test after the last .run()"]);
  assert.equal(fileProblems(`test.only("a", f);\ntest.run();`), ["test.only hides the other tests"]);
  assert.equal(fileProblems(`// test.only( in words\ntest("a", f);\ntest.run();`), []);
});

test.run();
