/** A report in Chromium: it fits a phone, turns dark, saves its figures; and figures are the same as in Node. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodePng } from "../../src/data/node/png.ts";
import { type Figure, figureSvg, page } from "../../src/report/index.ts";
import { COLOURS } from "../../src/report/draw/palette.ts";
import { figurePng } from "../../src/report/node.ts";
import { marksOf } from "../report/geometry.ts";
import { openTab } from "../web/tab.ts";
import { bundle } from "./harness.ts";

const loss: Figure = {
  kind: "curves",
  title: "A critic's loss",
  x: { label: "steps" },
  curves: [
    {
      name: "critic",
      points: [
        [0, -8],
        [100, -2],
        [200, 1e-3],
      ],
    },
  ],
};
const wide: Figure = {
  ...{ kind: "heat", title: "Many columns", wide: true, rows: ["a", "b"], columns: Array.from({ length: 40 }, (_, i) => `column ${i}`) },
  values: [0, 1].map((row) => Array.from({ length: 40 }, (_, i) => row + i)),
};
const table: Figure = {
  kind: "table",
  title: "T",
  columns: Array.from({ length: 12 }, (_, i) => ({ name: `a long name ${i}` })),
  rows: [Array(12).fill(-1)],
};

test("a report on a dark phone, from a file: nothing wider than the screen, colours of the dark, buttons that save", async () => {
  const folder = mkdtempSync(join(tmpdir(), "intarsia-report-"));
  try {
    const file = join(folder, "report.html");
    writeFileSync(file, page({ title: "Report", sections: [{ title: "One", content: [loss, wide, table] }] }));
    const tab = await openTab(pathToFileURL(file).href, { width: 390, height: 844, mobile: true, dark: true });
    try {
      assert.equal(await tab.evaluate("[document.documentElement.scrollWidth, innerWidth]"), [390, 390]);
      const rgb = [1, 3, 5].map((at) => Number.parseInt(COLOURS.c0.dark.slice(at, at + 2), 16)).join(", ");
      assert.is(await tab.evaluate("getComputedStyle(document.querySelector('svg .c0')).color"), `rgb(${rgb})`);
      assert.ok(
        (await tab.evaluate<number>(
          "parseFloat(getComputedStyle(document.querySelector('svg text')).fontSize) * document.querySelector('svg').clientWidth / 400",
        )) > 9,
      );
      const labels = await tab.evaluate<string[]>(
        "[...document.querySelectorAll('button.save')].map((button) => button.getAttribute('aria-label'))",
      );
      assert.equal(labels, [
        ...["SVG", "PNG", "SVG", "PNG"].map((kind, i) => `Save as ${kind}: ${i < 2 ? "A critic's loss" : "Many columns"}`),
        "Save as CSV: T",
      ]);
      const saved = (button: number) =>
        tab.evaluate<[string, string]>(`new Promise((done) => {
          HTMLAnchorElement.prototype.click = async function () {
            const bytes = new Uint8Array(await (await fetch(this.href)).arrayBuffer());
            done([this.download, btoa(String.fromCharCode(...bytes))]);
          };
          document.querySelectorAll("button.save")[${button}].click();
        })`);
      const [svgName, svg] = await saved(0);
      assert.is(svgName, "a-critic-s-loss.svg");
      const { width, height, marks } = marksOf(
        Buffer.from(svg, "base64")
          .toString()
          .replaceAll(/color="rgb[^"]*"/g, 'color="#000000"'),
      );
      assert.ok(marks.length > 10);
      const [pngName, png] = await saved(1);
      assert.is(pngName, "a-critic-s-loss.png");
      const [csvName, csv] = await saved(4);
      assert.is(csvName, "t.csv");
      assert.match(Buffer.from(csv, "base64").toString(), /^"a long name 0",.*\r\n"-1",("-1",){10}"-1"\r\n$/);
      const picture = decodePng(Buffer.from(png, "base64"), pngName);
      assert.equal([picture.width, picture.height], [2 * width, 2 * height]);
      assert.ok(new Set(picture.data).size > 20, "something is drawn");
      assert.equal(tab.errors, []);
      await comparison(tab.evaluate);
    } finally {
      await tab.close();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The same text as in Node, and nearly the same pixels: edges are smoothed by two programs. */
async function comparison(evaluate: <T>(expression: string) => Promise<T>): Promise<void> {
  const code = await bundle("tests/browser/pages/report.ts");
  await evaluate<void>(`{ ${code} }`);
  const [svg, png] = await evaluate<[string, string]>(`globalThis.drawn(${JSON.stringify(loss)})`);
  assert.is(svg, figureSvg(loss, { outlines: true }));
  const [theirs, ours] = [decodePng(Buffer.from(png, "base64"), "page"), decodePng(await figurePng(loss), "node")];
  assert.equal([theirs.width, theirs.height], [ours.width, ours.height]);
  let sum = 0;
  for (const [i, value] of ours.data.entries()) sum += Math.abs(value - theirs.data[i]);
  const differences = sum / ours.data.length;
  assert.ok(differences < 1.5, `${differences} of 255 on the mean`);
  console.log(`# PNG of a page and of Node: ${differences.toFixed(2)} of 255 apart on the mean`);
}

test.run();
