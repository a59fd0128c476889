/** The commands and the program of docs/data.md, "Data by name", run one after another, and the program prints what it says. */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sourcePictures, writeSources } from "./cutouts.ts";

const NODE = ["--conditions=intarsia-source", "--import", import.meta.resolve("tsx")];

test("the commands and the program of docs/data.md, Data by name", () => {
  const page = fs.readFileSync("docs/data.md", "utf8");
  const text = page.slice(page.indexOf("## Data by name"), page.indexOf("## Data sets"));
  const commands = /```sh\n([\s\S]*?)```/.exec(text)?.[1].trim().split("\n") ?? [];
  const program = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  assert.is(commands.length, 3);
  // Inside the project, so that "intarsia" is found.
  const directory = fs.mkdtempSync(path.resolve("tests", "docs-"));
  try {
    writeSources(path.join(directory, "sources"), sourcePictures());
    const run = (...args: string[]) =>
      spawnSync(process.execPath, [...NODE, ...args], {
        cwd: directory,
        encoding: "utf8",
        env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
      });
    for (const command of commands) {
      const words = command.split(" ");
      assert.equal(words.slice(0, 2), ["npx", "intarsia"]);
      // Drawn cut-outs in place of the downloads.
      const from = words.includes("stamps") ? ["--from", "sources"] : [];
      const { status, stderr } = run(path.resolve("src/cli/main.ts"), ...words.slice(2), ...from);
      assert.is(status, 0, `${command}: ${stderr}`);
    }
    assert.is(fs.readdirSync(path.join(directory, "digits", "test", "3")).length, 10);
    fs.writeFileSync(path.join(directory, "program.ts"), program);
    const { stdout, stderr } = run("program.ts");
    const promised = [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((found) => found[1]);
    assert.is(promised.length, 2);
    assert.equal(stdout.trim().split("\n"), promised, stderr);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

test.run();
