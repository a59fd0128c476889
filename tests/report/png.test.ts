/** PNG files by librsvg: the same without any font on the machine, in size and in colours as asked. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodePng, encodePng } from "../../src/data/node/png.ts";
import { type Figure, figureSvg, pngImage } from "../../src/report/index.ts";
import { figurePng, svgPng } from "../../src/report/node.ts";
import { marksOf } from "./geometry.ts";

const figure: Figure = {
  kind: "curves",
  title: "Loss & more",
  curves: [
    {
      name: "ours",
      points: [
        [0, 1],
        [1, 3],
      ],
    },
  ],
};

test("its size, its paper and its line", async () => {
  const { width, height } = marksOf(figureSvg(figure));
  for (const [theme, paper] of [
    ["light", [255, 255, 255]],
    ["dark", [28, 33, 38]],
  ] as const) {
    const png = decodePng(await figurePng(figure, { theme, scale: 3 }), theme);
    assert.equal([png.width, png.height], [3 * width, 3 * height]);
    assert.equal([...png.data.subarray(0, 3)], paper);
  }
  const { data } = decodePng(await figurePng(figure), "light");
  const isLine = (at: number): boolean => data[at] === 0 && data[at + 1] === 114 && data[at + 2] === 178;
  assert.ok(Array.from({ length: data.length / 4 }, (_, i) => isLine(4 * i)).filter(Boolean).length > 300);
});

test("pictures inside it are drawn, with what lies over them", async () => {
  const source = (value: number) =>
    pngImage(encodePng({ width: 8, height: 8, data: new Uint8Array(256).map((_, i) => (i % 4 === 3 ? 255 : value)) }));
  const image = { ...source(200), overlays: [{ source: source(0).source, opacity: 0.5 }] };
  const { data, width } = decodePng(await figurePng({ kind: "images", title: "", size: 80, images: [image] }, { scale: 1 }), "images");
  const at = 4 * (50 * width + 50);
  assert.ok(Math.abs(data[at] - 100) <= 1, `${data[at]}`);
});

test("what is not to be drawn is one clear line", async () => {
  try {
    await svgPng("<svg");
    assert.unreachable();
  } catch (error) {
    assert.match((error as Error).message, /^a figure does not become a PNG file: [^\n]*$/);
  }
});

test("a machine without fonts draws the same pixels", async () => {
  const folder = mkdtempSync(resolve("tests", "fonts-"));
  try {
    writeFileSync(join(folder, "fonts.conf"), `<?xml version="1.0"?><fontconfig><cachedir>${folder}</cachedir></fontconfig>`);
    const program = `import { writeFileSync } from "node:fs"; import { figurePng } from "../../src/report/node.ts";
writeFileSync("figure.png", await figurePng(${JSON.stringify(figure)}));`;
    writeFileSync(join(folder, "draw.mts"), program);
    const args = ["--conditions=intarsia-source", "--import", "tsx", "draw.mts"];
    const env = { ...process.env, FONTCONFIG_FILE: join(folder, "fonts.conf") };
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8", env });
    assert.is(status, 0, stderr);
    assert.equal(readFileSync(join(folder, "figure.png")).equals(Buffer.from(await figurePng(figure))), true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
