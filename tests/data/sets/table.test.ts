/** Tables of paths and labels: columns, quoting, errors with file and line. */

import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { csvTable } from "../../../src/data/node/index.ts";
import { encodePng } from "../../../src/data/node/png.ts";
import type { TableFields } from "../../../src/data/sets/index.ts";
import { parseCsvRows } from "../../../src/data/text/csv.ts";
import { refusedLater, withDirectoryLater } from "../helpers.ts";

const png = (grey: number): Uint8Array =>
  encodePng({ width: 2, height: 2, data: Uint8Array.from({ length: 16 }, (_, i) => (i % 4 === 3 ? 255 : grey)) });

async function withTable(text: string | Uint8Array, use: (file: string) => Promise<void>): Promise<void> {
  await withDirectoryLater(async (directory) => {
    fs.mkdirSync(path.join(directory, "pictures"));
    for (const name of ["1.png", "a, b.png"]) fs.writeFileSync(path.join(directory, "pictures", name), png(name === "1.png" ? 51 : 102));
    fs.writeFileSync(path.join(directory, "empty.png"), "");
    const file = path.join(directory, "t.csv");
    fs.writeFileSync(file, text);
    await use(file);
  });
}

const TEXT =
  'file,kind,left,top,age\npictures/1.png,"big ""cat""",1,2.5,7\n\n"pictures/a, b.png","dog\nof two lines",3,-4e1,8\npictures/1.png,dog 2,0,0,9\n';
const FIELDS: TableFields = {
  x: { picture: "file", channels: 1 },
  y: { classes: "kind" },
  corner: { numbers: ["left", "top"] },
  age: { numbers: "age", dtype: "i32" },
};

test("pictures, classes and numbers by the titles of their columns", async () => {
  await withTable(TEXT, async (file) => {
    const set = await csvTable(file, FIELDS);
    assert.is(set.size, 3);
    assert.equal(set.classes, ['big "cat"', "dog\nof two lines", "dog 2"].sort());
    assert.equal(set.fields.corner, { shape: [2], dtype: "f32" });
    const sample = await set.get(1);
    assert.equal([sample.corner, sample.age], [Float32Array.of(3, -40), Int32Array.of(8)]);
    assert.equal(sample.x, Float32Array.of(0.4, 0.4, 0.4, 0.4));
    assert.equal(
      [0, 1, 2].map((i) => set.where(i).replace(/.*\//, "")),
      ["t.csv: line 2", "t.csv: line 4", "t.csv: line 6"],
    );
  });
});

test("semicolons, tabs, Windows' line ends and marks, roots, and names in a given order", async () => {
  for (const mark of [";", "\t"])
    await withTable(`\ufefffile${mark}kind\r\n1.png${mark}b\r\n1.png${mark}10\r\n`, async (file) => {
      const root = path.join(path.dirname(file), "pictures");
      const set = await csvTable(file, { x: { picture: "file" }, y: { classes: "kind", names: ["b", "c", "10"] } }, { root });
      assert.equal([set.classes, set.labels()], [["b", "c", "10"], Int32Array.of(0, 2)]);
    });
});

test("errors name the file and the line", async () => {
  const cases: readonly (readonly [string | Uint8Array, TableFields, RegExp])[] = [
    [TEXT, { y: { classes: "sort" } }, /t\.csv: no column "sort"; its first line is "file, kind, left, top, age"$/],
    ["a,a\n1,2\n", { y: { numbers: "a" } }, /t\.csv: two columns "a"/],
    ["", { y: { numbers: "a" } }, /t\.csv: holds no rows/],
    ["a\n", { y: { numbers: "a" } }, /t\.csv: holds no rows/],
    ["a,b\n1,2\n1\n", { y: { numbers: "a" } }, /t\.csv: line 3 has 1 cells, the first line 2/],
    ["a,b\n1,2\n1,2,3\n", { y: { numbers: "a" } }, /line 3 has 3 cells/],
    ["a,b\n1,2\n\n , 3\n", { y: { numbers: "a" } }, /line 4: nothing stands in the column "a"/],
    ["a\n1\nx\n", { y: { numbers: "a" } }, /line 3: "x" in the column "a" is not a number/],
    ["a\n1\n1.5\n", { y: { numbers: "a", dtype: "i32" } }, /line 3: "1.5" in the column "a" is not a whole number of 32 bits/],
    ["a\nb\nc\n", { y: { classes: "a", names: ["b"] } }, /line 3: "c" in the column "a" is none of the 1 classes/],
    ['a\nb\n"c\n', { y: { classes: "a" } }, /t\.csv: a quotation mark at character 5 that is not closed/],
    [Uint8Array.of(0x61, 0xff), { y: { classes: "a" } }, /t\.csv: not a text in UTF-8/],
    ["f\npictures/1.png\npictures/2.png\n", { x: { picture: "f" } }, /t\.csv: line 3: cannot read .*pictures\/2\.png: no such file/],
    ["f\nempty.png\n", { x: { picture: "f" } }, /t\.csv: line 2: .*empty\.png: an empty file, not a picture/],
  ];
  for (const [text, fields, message] of cases) await withTable(text, (file) => refusedLater(csvTable(file, fields), message));
  await refusedLater(csvTable("/nowhere.csv", FIELDS), /^cannot read \/nowhere\.csv: no such file/);
});

test("lines are counted through quotes and every kind of line end", () => {
  const rows = parseCsvRows('a,b\r\n"1\n2\r3",x\r\r"\r\n",y\n\n\nlast,z', ",", "t");
  assert.equal(
    rows.map(({ cells, line }) => [line, cells[1]]),
    [
      [1, "b"],
      [2, "x"],
      [6, "y"],
      [10, "z"],
    ],
  );
});

test.run();
