/** Any picture of a digit becomes MNIST's 28x28: real digits, changed in ways that must not matter, come back. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { toDigit } from "../../src/data/pictures/digit.ts";
import { type Picture, toGrey } from "../../src/data/pictures/picture.ts";
import { loadDigits } from "../../src/data/node/digits.ts";
import { createRandom } from "../../src/data/random.ts";
import { resample } from "../../src/data/pictures/resample.ts";

const digits = loadDigits().test;
const COUNT = 300;

const digit = (i: number): Uint8Array => digits.images.subarray(i * 784, (i + 1) * 784);

/** A picture from a function of (x, y) that gives red, green, blue, alpha. */
function paint(width: number, height: number, colour: (x: number, y: number) => readonly number[]): Picture {
  const data = new Uint8ClampedArray(4 * width * height);
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) data.set(colour(x, y), 4 * (y * width + x));
  return { width, height, data };
}

const grey = (v: number): readonly number[] => [v, v, v, 255];
const blank = (width: number, height: number, v: number): Picture => paint(width, height, () => grey(v));

/** Digit i enlarged to `side` by interpolation, or by repeating pixels, as a function of (x, y); 0 outside. */
function enlarge(i: number, side: number, smooth: boolean): (x: number, y: number) => number {
  const step = 28 / side;
  const values = resample({ width: 28, height: 28, pixels: digit(i) }, { start: 0, step, count: side }, { start: 0, step, count: side });
  const at = (x: number, y: number): number => (smooth ? values[y * side + x] : digit(i)[Math.floor(y * step) * 28 + Math.floor(x * step)]);
  return (x, y) => (x >= 0 && y >= 0 && x < side && y < side ? at(x, y) : 0);
}

/** Mean absolute difference to the original, in grey levels, for COUNT digits: sorted. */
function distances(make: (i: number) => Picture): number[] {
  const all = Array.from({ length: COUNT }, (_, i) => {
    const { pixels } = toDigit(make(i));
    return pixels.reduce((sum, v, k) => sum + Math.abs(v - digit(i)[k]), 0) / 784;
  });
  return all.sort((a, b) => a - b);
}

const average = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const median = (values: readonly number[]): number => values[Math.floor(values.length / 2)];

test("28x28 white on black is passed unchanged, byte for byte", () => {
  for (let i = 0; i < COUNT; i += 1) {
    const { pixels, blank: empty, steps } = toDigit(paint(28, 28, (x, y) => grey(digit(i)[y * 28 + x])));
    assert.equal(pixels, digit(i));
    assert.is(empty, false);
    assert.equal(steps, ["28x28, white on black: used unchanged"]);
  }
});

test("28x28 black on white is its inverse (within 1 of 255)", () => {
  for (let i = 0; i < COUNT; i += 1) {
    const { pixels } = toDigit(paint(28, 28, (x, y) => grey(255 - digit(i)[y * 28 + x])));
    assert.ok(pixels.every((v, k) => Math.abs(v - digit(i)[k]) <= 1));
  }
});

// For scale: moving a digit by one pixel costs 16.5, and the average digit differs from black paper by 33.8.
test("a margin of another size does not matter", () => {
  const found = distances((i) => paint(40, 50, (x, y) => grey(x >= 5 && y >= 9 && x < 33 && y < 37 ? digit(i)[(y - 9) * 28 + x - 5] : 0)));
  assert.ok(median(found) < 0.2 && average(found) < 1, `median ${median(found)}, mean ${average(found)}`);
});

test("enlarged by repeated pixels, dark blue on beige, 100x140, off centre: almost the original", () => {
  const found = distances((i) => {
    const at = enlarge(i, 84, false);
    return paint(100, 140, (x, y) => [
      240 - (200 * at(x - 7, y - 41)) / 255,
      230 - (200 * at(x - 7, y - 41)) / 255,
      220 - (90 * at(x - 7, y - 41)) / 255,
      255,
    ]);
  });
  assert.ok(median(found) < 0.5 && average(found) < 1, `median ${median(found)}, mean ${average(found)}`);
});

test("enlarged by interpolation, with paper grain: less than moving it by a pixel", () => {
  const noise = createRandom(1, "grain");
  const found = distances((i) => {
    const at = enlarge(i, 90, true);
    return paint(100, 140, (x, y) => grey(220 - (160 * at(x - 7, y - 41)) / 255 + 12 * (noise.next() - 0.5)));
  });
  assert.ok(median(found) < 8 && average(found) < 10, `median ${median(found)}, mean ${average(found)}`);
});

test("the same picture in both polarities, and with or without colour, gives the same digit", () => {
  const at = enlarge(3, 60, true);
  const dark = toDigit(paint(70, 66, (x, y) => grey(255 - Math.round(at(x - 4, y - 3))))).pixels;
  const light = toDigit(paint(70, 66, (x, y) => grey(Math.round(at(x - 4, y - 3))))).pixels;
  assert.equal(dark, light);
  const transparent = toDigit(paint(70, 66, (x, y) => [0, 0, 0, Math.round(at(x - 4, y - 3))])).pixels;
  assert.ok(transparent.every((v, k) => Math.abs(v - dark[k]) <= 1));
});

test("every digit fills the 20x20 box (within 1) and has its mass at (14, 14)", () => {
  for (let i = 0; i < 50; i += 1) {
    const at = enlarge(i, 200, true);
    const { pixels } = toDigit(paint(260, 220, (x, y) => grey(255 - at(x - 50, y - 10))));
    let [mass, mx, my] = [0, 0, 0];
    pixels.forEach((v, k) => {
      mass += v;
      mx += v * (k % 28);
      my += v * Math.floor(k / 28);
    });
    assert.ok(Math.abs(mx / mass - 14) < 0.7 && Math.abs(my / mass - 14) < 0.7, `${mx / mass} ${my / mass}`);
    assert.ok(Math.max(...pixels) >= 250);
    const inked = [...pixels.keys()].filter((k) => pixels[k] >= 0.3 * 255);
    const extent = (of: (k: number) => number): number => Math.max(...inked.map(of)) - Math.min(...inked.map(of)) + 1;
    const longer = Math.max(
      extent((k) => k % 28),
      extent((k) => Math.floor(k / 28)),
    );
    assert.ok(longer >= 19 && longer <= 21, `${longer}`);
  }
});

test("blank pictures are handled, and said", () => {
  for (const picture of [
    blank(50, 40, 255),
    blank(50, 40, 0),
    blank(28, 28, 0),
    blank(28, 28, 200),
    blank(1, 1, 9),
    paint(9, 9, () => [9, 9, 9, 0]),
  ]) {
    const found = toDigit(picture);
    assert.is(found.blank, true);
    assert.ok(found.pixels.length === 784 && found.pixels.every((v) => v === 0));
    assert.ok(found.steps.length > 0);
  }
  const grain = createRandom(2, "grain");
  const paper = toDigit(paint(60, 60, () => grey(230 + 16 * (grain.next() - 0.5))));
  assert.is(paper.blank, true);
  assert.match(paper.steps.at(-1) ?? "", /no ink found: blank/);
});

test("white ink on a transparent ground is found, over black", () => {
  const { blank: empty, steps } = toDigit(
    paint(40, 40, (x, y) => (x > 10 && x < 20 && y > 5 && y < 30 ? [255, 255, 255, 255] : [0, 0, 0, 0])),
  );
  assert.is(empty, false);
  assert.match(steps.join("; "), /laid over black/);
});

test("the steps tell what was done", () => {
  const at = enlarge(0, 56, false);
  const { steps } = toDigit(paint(80, 90, (x, y) => [250, 250 - at(x - 9, y - 9) / 2, 250 - at(x - 9, y - 9) / 2, 255]));
  assert.match(steps.join("; "), /colour turned to grey.*inverted.*ink of \d+x40 at .* scaled by 0.500 to fit 20x20.*stretched to 255/);
});

test("shapes at the extremes stay inside the frame", () => {
  for (const [width, height] of [
    [1, 200],
    [200, 1],
    [2, 2],
    [3, 1000],
    [28, 29],
  ]) {
    const { pixels } = toDigit(
      paint(width, height, (x, y) => grey(x === Math.floor(width / 2) && y > height / 4 && y < height / 2 ? 255 : 0)),
    );
    assert.is(pixels.length, 784);
  }
  const dot = toDigit(paint(500, 500, (x, y) => grey(x === 250 && y === 250 ? 255 : 0)));
  assert.is(Math.max(...dot.pixels), 255);
});

test("grey is Rec. 601 luma, transparency is paper", () => {
  const picture = paint(
    4,
    1,
    (x) =>
      [
        [255, 0, 0, 255],
        [0, 255, 0, 255],
        [0, 0, 255, 255],
        [0, 0, 0, 51],
      ][x],
  );
  assert.equal([...toGrey(picture).pixels], [76, 150, 29, 204]);
  assert.equal([...toGrey(picture, 0).pixels], [76, 150, 29, 0]);
  assert.throws(() => toDigit({ width: 2, height: 2, data: new Uint8Array(15) }), /need 16 bytes/);
});

test("resampling keeps the total when it shrinks, and constants when it enlarges", () => {
  const random = createRandom(5);
  const picture = { width: 37, height: 23, pixels: Uint8Array.from({ length: 37 * 23 }, () => random.int(256)) };
  const total = picture.pixels.reduce((sum, v) => sum + v, 0);
  const small = resample(picture, { start: -2, step: 3.7, count: 11 }, { start: -1, step: 2.6, count: 10 });
  assert.ok(Math.abs((small.reduce((sum, v) => sum + v, 0) * 3.7 * 2.6) / total - 1) < 1e-12);
  const flat = { width: 5, height: 4, pixels: new Uint8Array(20).fill(9) };
  const large = resample(flat, { start: 0.5, step: 0.25, count: 16 }, { start: 0.5, step: 0.5, count: 6 });
  assert.ok(large.every((v) => Math.abs(v - 9) < 1e-12));
});

test.run();
