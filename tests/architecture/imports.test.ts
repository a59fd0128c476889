/** Imports go only downwards, without cycles, and Node stays at the edge: the rules are in .dependency-cruiser.mjs. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";

function cruise(cwd: string, ...folders: string[]): { code: number | null; output: string } {
  const program = resolve("node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...folders, "--output-type", "err"], { cwd, encoding: "utf8" });
  return { code: status, output: stdout + stderr };
}

test("the sources keep to the floors", () => {
  const { code, output } = cruise(".", "src", "examples", "bench");
  assert.is(code, 0, output);
});

test("the rules do catch what they forbid", () => {
  const folder = mkdtempSync(join(tmpdir(), "intarsia-imports-"));
  try {
    for (const file of [".dependency-cruiser.mjs", "package.json", "tsconfig.json", "tsconfig.base.json"]) cpSync(file, join(folder, file));
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
    const write = (path: string, imports: readonly string[]): void => {
      mkdirSync(dirname(join(folder, "src", path)), { recursive: true });
      writeFileSync(join(folder, "src", path), imports.map((name) => `import "${name}";\n`).join(""));
    };
    write("graph/a.ts", ["./b.ts", "../kernels/c.ts", "node:fs", "uvu"]);
    write("graph/b.ts", ["./a.ts", "./missing.ts", "webgpu"]);
    write("kernels/c.ts", ["../cli/d.ts"]);
    write("cli/d.ts", ["node:fs"]);
    // A study that imports another; a command that imports its own study, and one that imports a foreign one.
    write("studies/one/e.ts", ["./own.ts", "../two/f.ts", "../../training/g.ts"]);
    write("studies/one/own.ts", []);
    write("studies/two/f.ts", []);
    write("training/g.ts", []);
    write("cli/one/h.ts", ["../../studies/one/e.ts"]);
    write("cli/shared/i.ts", ["../../studies/one/e.ts"]);
    write("cli/main.ts", ["./one/h.ts", "../studies/two/f.ts"]);
    const { code, output } = cruise(folder, "src");
    assert.is.not(code, 0);
    for (const rule of [
      "no-cycles",
      "no-unresolvable",
      "graph-imports-only-downwards",
      "no-study-imports-another: src/studies/one/e.ts → src/studies/two/f.ts",
      "no-command-imports-a-foreign-study: src/cli/shared/i.ts → src/studies/one/e.ts",
      "nobody-imports-the-top",
      "node-only-at-the-edge",
      "dawn-only-in-runtime",
      "published-code-needs-no-development-package",
    ])
      assert.match(output, rule);
    assert.not.match(output, /node-only-at-the-edge: src\/cli/);
    for (const allowed of ["src/studies/one/own.ts", "src/training/g.ts", "src/cli/one/h.ts", "src/cli/main.ts"])
      assert.not.match(output, allowed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
