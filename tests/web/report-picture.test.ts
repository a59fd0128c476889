/** README's picture: all of it, with sets of digits; the file and the script that makes it. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { PICTURE, reportPicture } from "../../scripts/report-picture.ts";
import type { Picture } from "../../src/data/index.ts";
import { readPng } from "../../src/data/node/index.ts";
import { encodePng } from "../../src/data/node/png.ts";
import { errorRate, majorityBaseline } from "../../src/metrics/classification.ts";
import { pictureSource } from "../../src/report/pictures.ts";
import { presetConfig } from "../../src/studies/mil/config.ts";
import { reportHtml } from "../../src/studies/mil/report/report.ts";

/** A report of `count` sets of three digits, each a full square of ink. */
async function report(count: number): Promise<string> {
  const ink = await pictureSource(encodePng, { width: 28, height: 28, pixels: new Uint8Array(784).fill(255) });
  const bag = { pictures: [ink, ink, ink], digits: [4, 9, 4], label: 1, scores: [-1, 2, 2.5] };
  return reportHtml({
    ...{ config: presetConfig("quick", "single-digit", "lstm"), adapter: "none", seconds: 1, peakBytes: 1e6, version: "0.0.0" },
    ...{ metrics: [{ epoch: 1, loss: 0.5 }], bestEpoch: 1 },
    ...{ error: errorRate([0, 1], [0, 1]), majority: majorityBaseline([1, 1, 0], [0, 1]) },
    bags: Array.from({ length: count }, () => bag),
  });
}

/** Nothing is cut through: the outermost rows and columns have one colour. */
function assertWhole({ width, height, data }: Picture): void {
  const colour = (x: number, y: number): string => data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3).join();
  const paper = colour(0, 0);
  const edges = [
    ...Array.from({ length: width }, (_, x) => [x, height - 1] as const),
    ...Array.from({ length: width }, (_, x) => [x, height - 12] as const),
    ...Array.from({ length: height }, (_, y) => [0, y] as const),
    ...Array.from({ length: height }, (_, y) => [width - 1, y] as const),
  ];
  const cut = edges.find(([x, y]) => colour(x, y) !== paper);
  assert.is(cut, undefined, `${cut} of ${width} × ${height}`);
}

/** Black pixels: the ink of digits, and little of anything else. */
const black = ({ data }: Picture): number => {
  let count = 0;
  for (let i = 0; i < data.length; i += 4) count += data[i] + data[i + 1] + data[i + 2] < 30 ? 1 : 0;
  return count;
};

test("the picture shows the first sets of a report, all of them, and nothing is cut off", async () => {
  const folder = fs.mkdtempSync(path.join(tmpdir(), "intarsia-report-picture-"));
  try {
    const file = path.join(folder, "picture.png");
    fs.writeFileSync(file, await reportPicture(await report(PICTURE.sets + 5)));
    const picture = readPng(file);
    assert.is(picture.width, PICTURE.width * PICTURE.scale);
    assertWhole(picture);
    const ink = black(picture) / (3 * PICTURE.sets * (28 * PICTURE.scale) ** 2);
    assert.ok(ink > 0.85 && ink < 1.05, `${ink} of the expected ink`);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
});

test("a page that shows no sets is refused", async () => {
  const outcome = await reportPicture("<!doctype html><title>x</title><p>hello</p>").catch((error: Error) => error.message);
  assert.match(String(outcome), /not a report of a run: it shows 0 sets/);
});

test("README's own picture is whole and has digits on it", () => {
  const picture = readPng("docs/picture.png");
  assertWhole(picture);
  assert.ok(black(picture) > 2000, `${black(picture)} black pixels`);
});

test.run();
