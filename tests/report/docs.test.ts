/** The programs of docs/report.md, run as one, print what they say and leave files that are what they are called; types are checked with the strict options of a user. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { marksOf } from "./geometry.ts";

test("the programs of docs/report.md fit their types, run, and print what they say", () => {
  const blocks = [...readFileSync("docs/report.md", "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map((found) => found[1]);
  assert.is(blocks.length, 2);
  const folder = mkdtempSync(resolve("tests", "docs-"));
  try {
    writeFileSync(join(folder, "program.ts"), blocks.join("\n"));
    const options =
      "--ignoreConfig --strict --noEmit --module nodenext --target es2023 --skipLibCheck --types node --allowImportingTsExtensions";
    const tsc = [resolve("node_modules/typescript/bin/tsc"), ...options.split(" "), "--customConditions", "intarsia-source", "program.ts"];
    const typed = spawnSync(process.execPath, tsc, { cwd: folder, encoding: "utf8" });
    assert.is(typed.status, 0, typed.stdout);
    const args = ["--conditions=intarsia-source", "--import", "tsx", "program.ts"];
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } });
    const promised = blocks.flatMap((block) => [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((found) => found[1]));
    assert.equal(stdout.trim().split("\n"), promised, stderr);
    for (const name of ["loss.svg", "both.svg"]) assert.ok(marksOf(readFileSync(join(folder, name), "utf8")).marks.length > 10, name);
    assert.match(readFileSync(join(folder, "report.html"), "utf8"), /<h1>Which sets hold a 9\?<\/h1>/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
