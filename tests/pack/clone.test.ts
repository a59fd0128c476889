/** The command in a clone: by npx, and from the sources even where an old build lies beside them. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

test("npx intarsia runs in a clone", () => {
  const { stdout, stderr } = spawnSync("npx", ["--offline", "intarsia", "--version"], { encoding: "utf8" });
  assert.is(stdout.trim(), version, stderr);
});

test("what the README says about the command is so", () => {
  for (const args of [
    ["mil", "--help"],
    ["doctor", "--help"],
  ]) {
    const { stdout, stderr, status } = spawnSync(process.execPath, ["bin/intarsia.js", ...args], { encoding: "utf8" });
    assert.is(status, 0, stderr);
    assert.match(stdout, `Usage: intarsia ${args[0]}`);
  }
});

test("sources win over a build beside them, and exit codes come through", () => {
  const folder = mkdtempSync(join(tmpdir(), "intarsia-clone-"));
  try {
    for (const path of ["package.json", "bin"]) cpSync(path, join(folder, path), { recursive: true });
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    for (const [path, text] of [
      ["src/cli/main.ts", `console.log("source" as string, ...process.argv.slice(2)); process.exitCode = 3;`],
      ["dist/cli/main.js", `console.log("build", ...process.argv.slice(2));`],
    ]) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const run = () => spawnSync(process.execPath, [join(folder, "bin/intarsia.js"), "a b"], { encoding: "utf8" });
    const source = run();
    assert.is(source.stdout, "source a b\n", source.stderr);
    assert.is(source.status, 3);
    rmSync(join(folder, "src"), { recursive: true });
    assert.is(run().stdout, "build a b\n");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
