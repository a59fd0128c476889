/** Localisation against OpenCV and the published evaluation (scripts/golden/localization.py), and metadata that do not do. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createBoxAccuracy, scaledCorners } from "../../src/metrics/localization/box-accuracy.ts";
import { createContourTracer } from "../../src/metrics/localization/contours.ts";
import { type Corners, parseLocalizationMetadata } from "../../src/metrics/localization/metadata.ts";
import { createPixelPrecision } from "../../src/metrics/localization/pixel-precision.ts";
import { fill } from "../models/golden.ts";

interface Golden {
  readonly size: number;
  readonly kinds: readonly string[];
  readonly boxes: readonly (readonly (readonly [boxes: readonly Corners[], largest: number])[])[];
  readonly crowds: readonly { name: string; width: number; height: number; above: number; count: number; hash: number }[];
  readonly results: readonly { step: number; v1: Record<number, number>; v2: Record<number, number>; tau: number; pxap: number }[];
}

const golden = JSON.parse(readFileSync(new URL("../golden/localization.json", import.meta.url), "utf8")) as Golden;
const S = golden.size;
const unit = (name: string): Float64Array => fill(name, [S, S]).map((value) => (value + 1) / 2);

/** As the script has them. */
function blobs(name: string): Float64Array {
  const grid = fill(name, [9, 9]).map((value) => (value + 1) / 2);
  return Float64Array.from({ length: S * S }, (_, at) => {
    const [y, x] = [Math.floor(at / S), at % S];
    const [r, c, v, u] = [Math.floor(y / 8), Math.floor(x / 8), (y % 8) / 8, (x % 8) / 8];
    const column = (k: number): number => grid[r * 9 + k] * (1 - v) + grid[(r + 1) * 9 + k] * v;
    return column(c) * (1 - u) + column(c + 1) * u;
  });
}

function mapOf(kind: string, name: string): Float64Array {
  const each = (value: (x: number, y: number) => number): Float64Array =>
    Float64Array.from({ length: S * S }, (_, at) => value(at % S, Math.floor(at / S)));
  switch (kind) {
    case "noise":
      return unit(name);
    case "blobs":
      return blobs(name);
    case "plateaus":
      return blobs(name).map((value) => (Math.floor(value * 20) * 5) / 100);
    case "rings":
      return each((x, y) => (Math.floor(Math.max(Math.abs(x - 30), Math.abs(y - 25)) / 4) % 2 === 0 ? 1 : 0));
    case "points":
      return unit(name).map((value) => (value > 0.99 ? 1 : 0));
    case "border":
      return each((x, y) => (Math.min(x, y) === 0 ? 1 : x === S - 1 ? 0.5 : 0));
    case "lines":
      return each((x, y) => (x % 7 === 0 || y === 40 ? 0.75 : 0));
    default:
      return new Float64Array(S * S).fill(Number(kind));
  }
}

const maps = golden.kinds.map((kind, i) => mapOf(kind, `map ${i}`));

function truthsOf(i: number): Corners[] {
  const size = [100 + 7 * i, 90 + 5 * i] as const;
  return Array.from({ length: 1 + (i % 3) }, (_, k) => {
    const [a, b, c, d] = fill(`truth ${i} ${k}`, [4]).map((value) => (value + 1) / 2);
    const sorted = (p: number, q: number): number[] => [p, q].map(Math.trunc).sort((one, other) => one - other);
    const [[x0, x1], [y0, y1]] = [sorted(a * size[0], b * size[0]), sorted(c * size[1], d * size[1])];
    return scaledCorners([x0, y0, x1, y1], size, S);
  });
}

test("contours: boxes in OpenCV's order, the largest by its area", () => {
  const tracer = createContourTracer(S, S);
  golden.boxes.forEach((each, i) => {
    const bytes = Uint8Array.from(maps[i], (value) => Math.floor(255 * value));
    const most = bytes.reduce((a, b) => Math.max(a, b), 0);
    each.forEach(([boxes, largest], t) => {
      const found = tracer.trace(bytes, Math.trunc((t / 10) * most));
      const corners = found.map(({ x, y, width, height }) => [x, y, Math.min(x + width, S - 1), Math.min(y + height, S - 1)]);
      assert.equal(corners.length === 0 ? [[0, 0, 0, 0]] : corners, boxes, `${golden.kinds[i]} at ${t / 10}`);
      const areas = found.map(({ area }) => area);
      assert.is(Math.max(0, areas.indexOf(Math.max(...areas))), largest, `${golden.kinds[i]} at ${t / 10}`);
    });
  });
});

for (const { name, width, height, above, count, hash } of golden.crowds)
  test(`contours of a ${name}: ${count}, all as OpenCV's`, () => {
    const pixels = fill(name, [height, width]);
    const found = createContourTracer(width, height).trace(pixels, above);
    const text = found.map((one) => [one.x, one.y, one.width, one.height, one.area].join(",")).join(";");
    let own = 2166136261;
    for (const byte of new TextEncoder().encode(text)) own = Math.imul(own ^ byte, 16777619);
    assert.is(found.length, count);
    assert.is(own >>> 0, hash);
  });

for (const { step, v1, v2, tau, pxap } of golden.results)
  test(`MaxBoxAcc, MaxBoxAccV2 and PxAP to the last digit, step ${step}`, () => {
    const boxes = createBoxAccuracy({ size: S, step });
    const pixels = createPixelPrecision({ step });
    maps.forEach((map, i) => {
      const truths = truthsOf(i);
      boxes.add(map, truths);
      const ignored = fill(`ignored ${i}`, [S, S]);
      const mask = Float64Array.from(ignored, (value, at) => {
        const [x, y] = [at % S, Math.floor(at / S)];
        if (truths.some(([x0, y0, x1, y1]) => x >= x0 && x <= x1 && y >= y0 && y <= y1)) return 1;
        return value < 0.5 ? 0 : 255;
      });
      pixels.add(map, mask);
    });
    const { found, ...rest } = boxes.result();
    assert.equal(rest, { v1, v2, tau });
    assert.is((100 * found.filter(Boolean).length) / maps.length, v1[50]);
    assert.is(pixels.result(), pxap);
  });

const good = {
  image_ids: "a/b.jpg\nc.jpg\n",
  class_labels: "a/b.jpg,0\nc.jpg,1\n",
  image_sizes: "a/b.jpg,50,30\nc.jpg,10,20\n",
  localization: "a/b.jpg,0,0,50,30\na/b.jpg,1,2,3,4\nc.jpg,0,1,2,3\n",
};

test("metadata with boxes, and with masks of which an image's first line names what is ignored", () => {
  const { ids, labels, boxes, masks, sizes } = parseLocalizationMetadata(good);
  assert.equal([ids, labels.get("c.jpg"), masks, sizes.get("a/b.jpg")], [["a/b.jpg", "c.jpg"], 1, null, [50, 30]]);
  assert.equal(boxes?.get("a/b.jpg"), [
    [0, 0, 50, 30],
    [1, 2, 3, 4],
  ]);
  const other = parseLocalizationMetadata({ image_ids: "a\nb\n", localization: "a,1.png,i.png\na,2.png,\r\nb,3.png,\n" });
  assert.is(other.boxes, null);
  assert.equal(other.masks?.get("a"), { masks: ["1.png", "2.png"], ignore: "i.png" });
  assert.equal(other.masks?.get("b"), { masks: ["3.png"], ignore: null });
});

test("metadata that do not do are one line each, with file and line", () => {
  const refused = (changed: Partial<typeof good>, what: string): void =>
    void assert.throws(
      () => parseLocalizationMetadata({ ...good, ...changed }),
      (error: Error) => {
        assert.is(error.message, what);
        return true;
      },
    );
  refused({ image_ids: "\n" }, "image_ids.txt: it names no picture");
  refused({ image_ids: "a/b.jpg\nc.jpg\nc.jpg\n" }, "image_ids.txt: c.jpg is there more than once");
  refused({ image_ids: "a/b.jpg\nc.jpg\nd.jpg\n" }, "class_labels.txt: nothing about d.jpg, which image_ids.txt names");
  refused({ class_labels: "a/b.jpg,0\nx.jpg,1\n" }, "class_labels.txt:2: x.jpg is not in image_ids.txt");
  refused({ class_labels: "a/b.jpg,0\nc.jpg,one\n" }, 'class_labels.txt:2: "one" is no whole number');
  refused({ image_sizes: "a/b.jpg,50,30\nc.jpg,0,20\n" }, "image_sizes.txt:2: a picture of 0 x 20 pixels");
  refused({ image_sizes: "a/b.jpg,50,30\n" }, "image_sizes.txt: nothing about c.jpg, of which localization.txt:3 has a box");
  refused({ localization: "a/b.jpg,0,0,5,5\n" }, "localization.txt: nothing about c.jpg, which image_ids.txt names");
  refused(
    { localization: "c.jpg,0,1,2,3\na/b.jpg,0,0,51,30\n" },
    "localization.txt:2: the box 0,0,51,30 lies outside of the picture, 50 x 30 pixels",
  );
  refused({ localization: "c.jpg,0,3,2,1\n" }, "localization.txt:1: the box 0,3,2,1 ends before it begins; expected x0,y0,x1,y1");
  refused({ localization: "c.jpg,-1,0,2,1\n" }, "localization.txt:1: -1 is below 0");
  refused(
    { localization: "c.jpg,0,1,2\n" },
    "localization.txt: expected image,x0,y0,x1,y1 or image,mask,ignore on each line, got 4 values on the first",
  );
  refused(
    { localization: "c.jpg,m.png,i.png\nc.jpg,n.png,i.png\n" },
    "localization.txt:2: only the first line of c.jpg names what is ignored",
  );
});

test("a set without foreground has no PxAP", () => {
  const pixels = createPixelPrecision({ step: 0.1 });
  pixels.add([0.5, 1], [0, 0]);
  assert.throws(() => pixels.result(), /no foreground in any mask/);
});

test.run();
