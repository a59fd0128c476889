/** The programs of docs/data.md, "Data sets", run as one, and print what they say. */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writePng } from "../../../src/data/node/png.ts";

const noise = (width: number, height: number, seed: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (seed * 31 + i * i) % 256)),
});

test("the programs of docs/data.md run and print what they say", () => {
  const text = fs.readFileSync("docs/data.md", "utf8");
  const programs = [...text.slice(text.indexOf("## Data sets"), text.indexOf("## Random order")).matchAll(/```ts\n([\s\S]*?)```/g)].map(
    (found) => found[1],
  );
  assert.is(programs.length, 4);
  const directory = fs.mkdtempSync(path.resolve("tests", "docs-"));
  try {
    for (let i = 0; i < 24; i++) writePng(path.join(directory, "pictures", i % 2 ? "rose" : "aster", `${i}.png`), noise(70, 80, i));
    fs.writeFileSync(
      path.join(directory, "birds.csv"),
      "file,kind,left,top,width,height\npictures/rose/1.png,wren,1,2,3,4\npictures/rose/3.png,robin,1,2,3,4\n",
    );
    fs.writeFileSync(path.join(directory, "program.ts"), programs.join("\n"));
    const args = ["--conditions=intarsia-source", "--import", "tsx", "program.ts"];
    const { stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: directory,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0" },
    });
    const lines = stdout.trim().split("\n");
    const promised = programs.flatMap((program) => [...program.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map((found) => found[1]));
    assert.equal(lines.slice(0, promised.length), promised, stderr);
    // 18 samples in batches of 8: two whole ones and one of two, twice.
    const batch = (weight: string): string => `${8 * 3 * 64 * 64} 16 Float32Array(8) [ ${weight} ]`;
    const epoch = [...Array(2).fill("1, 1, 1, 1, 1, 1, 1, 1"), "1, 1, 0, 0, 0, 0, 0, 0"].map(batch);
    const printed = lines.slice(promised.length).join(" ").replaceAll(/\s+/g, " ");
    assert.is(printed, [...epoch, ...epoch].join(" "));
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
});

test.run();
