/** The programs of docs/training.md, run as one, print what they say; types are checked with the strict options of a user. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeDigits } from "../pack/digits.ts";

test("the programs of docs/training.md fit their types, run, and print what they say", () => {
  const blocks = [...readFileSync("docs/training.md", "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map((found) => found[1]);
  assert.is(blocks.length, 5);
  const folder = mkdtempSync(resolve("tests", "docs-"));
  try {
    writeDigits(folder);
    writeFileSync(join(folder, "program.ts"), blocks.join("\n"));
    const tsc = [
      "--ignoreConfig",
      "--strict",
      "--noEmit",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--skipLibCheck",
      "--types",
      "node",
    ];
    const conditions = ["--customConditions", "intarsia-source", "--allowImportingTsExtensions"];
    const typed = spawnSync(process.execPath, [resolve("node_modules/typescript/bin/tsc"), ...tsc, ...conditions, "program.ts"], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.is(typed.status, 0, typed.stdout);
    const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=intarsia-source", "--import", "tsx", "program.ts"], {
      cwd: folder,
      encoding: "utf8",
      timeout: 300_000,
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    });
    const promised = blocks.flatMap((block) => [...block.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((found) => found[1]));
    // Node breaks long lists into lines.
    const words = (text: string): string => text.replaceAll(/\s+/g, " ").trim();
    assert.is(words(stdout), words(promised.join(" ")), stderr);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
