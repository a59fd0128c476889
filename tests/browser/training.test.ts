/** The README's training example in a page: as it stands, except that the pictures are files that a person chose and no folder is written. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeDigits } from "../pack/digits.ts";
import { runInBrowser } from "./harness.ts";

/** What a page has instead of Node's files. */
const CHANGES = [
  ['import { readFile, writeFile } from "node:fs/promises";\n', ""],
  ['import { imageFolder, readImage } from "intarsia/data/node";\n', 'import { fromBitmaps, fromFiles } from "intarsia/data";\n'],
  ['import { folderHost } from "intarsia/training/node";\n', 'import { chosen, picture } from "./chosen.ts";\n'],
  ['imageFolder("pictures", ', "fromFiles(await chosen(), "],
  [/const host = .*\n/, ""],
  [", host, resume: true", ""],
  ['await writeFile("pictures.safetensors", await run.weights());', "const file = await run.weights();"],
  ['await readFile("pictures.safetensors")', "file"],
  [
    '(await network.predict(await readImage("picture.png"))).output',
    "(await network.predict(await fromBitmaps([await picture()])))[0].output",
  ],
] as const;

/** The pictures as a file input with `webkitdirectory` gives them. */
const chosenFiles = (pictures: Readonly<Record<string, string>>): string => `
const pictures: Record<string, string> = ${JSON.stringify(pictures)};
const blobOf = (path: string) => fetch("data:image/png;base64," + pictures[path]).then((response) => response.blob());
export const picture = async () => createImageBitmap(await blobOf("picture.png"));
export const chosen = () =>
  Promise.all(
    Object.keys(pictures)
      .filter((path) => path.startsWith("pictures/"))
      .map(async (path) => {
        const file = new File([await blobOf(path)], path.split("/").at(-1) ?? "");
        Object.defineProperty(file, "webkitRelativePath", { value: path });
        return file;
      }),
  );
`;

test("the README's training example, in Chromium", async () => {
  const folder = mkdtempSync(resolve("tests", "page-"));
  try {
    writeDigits(folder);
    const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".png"));
    const pictures = Object.fromEntries(paths.map((path) => [path, readFileSync(join(folder, path)).toString("base64")]));
    writeFileSync(join(folder, "chosen.ts"), chosenFiles(pictures));
    const example = readFileSync("examples/pictures.ts", "utf8");
    const page = CHANGES.reduce((text, [from, to]) => {
      const changed = text.replace(from, to);
      assert.is.not(changed, text, `examples/pictures.ts has no ${from}`);
      return changed;
    }, example);
    writeFileSync(join(folder, "page.ts"), page);
    const lines: string[] = [];
    await runInBrowser(join(folder, "page.ts"), { onLog: (line) => lines.push(line), timeoutMs: 240_000 });
    assert.match(lines[0], /^accuracy (0\.[89]\d*|1\.0*)$/);
    assert.is(lines[1], "picture.png: three");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
