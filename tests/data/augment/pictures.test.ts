/** Augmentation of pictures, against the definitions of torchvision and of colours. */

import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { augmentedFields, augmentSample } from "../../../src/data/augment/apply.ts";
import {
  adjustBrightness,
  adjustContrast,
  adjustHue,
  adjustSaturation,
  colorJitter,
  fromHsv,
  toHsv,
} from "../../../src/data/augment/color.ts";
import { crop, cropped, resizedCrop, resizeTo } from "../../../src/data/augment/crop.ts";
import { erase } from "../../../src/data/augment/erase.ts";
import { flip, flipped } from "../../../src/data/augment/flip.ts";
import { rotate, rotated } from "../../../src/data/augment/rotate.ts";
import { randomStreams } from "../../../src/data/augment/index.ts";
import type { PictureAugmentation, PictureTensor } from "../../../src/data/augment/types.ts";
import { createRandom } from "../../../src/data/random.ts";

const picture = (shape: PictureTensor["shape"], value: (c: number, y: number, x: number) => number): PictureTensor => {
  const [channels, height, width] = shape;
  const data = Float32Array.from({ length: channels * height * width }, (_, i) =>
    value(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width),
  );
  return { shape, data };
};
const numbered = (shape: PictureTensor["shape"]): PictureTensor => picture(shape, (c, y, x) => (c * 49 + y * 7 + x) / 200);
const pictures = fc
  .tuple(fc.constantFrom(1, 3), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }), fc.nat(1000))
  .map(([channels, height, width, seed]) => {
    const random = createRandom(seed, "picture");
    return picture([channels, height, width], () => random.next());
  });
const near = (a: PictureTensor, b: PictureTensor, allowed: number, what = ""): void => {
  assert.equal(a.shape, b.shape, what);
  const worst = a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i])), 0);
  assert.ok(worst <= allowed, `${what}: ${worst} off`);
};

test("flips: the values, and twice is nothing", () => {
  const small = picture([1, 2, 3], (_, y, x) => 10 * y + x);
  assert.equal([...flipped(small, "horizontal").data], [2, 1, 0, 12, 11, 10]);
  assert.equal([...flipped(small, "vertical").data], [10, 11, 12, 0, 1, 2]);
  fc.assert(
    fc.property(pictures, fc.constantFrom("horizontal", "vertical"), (any, direction) => {
      assert.equal(flipped(flipped(any, direction), direction), any);
    }),
  );
  const random = createRandom(0, "flips");
  const [same, other] = [numbered([3, 4, 5]), flipped(numbered([3, 4, 5]), "horizontal")];
  const found = Array.from({ length: 400 }, () => flip("horizontal", { probability: 0.25 }).apply(same, random, [0, 0, 0]));
  assert.ok(found.every(({ data }) => [same, other].some((known) => known.data.every((value, i) => value === data[i]))));
  const share = found.filter(({ data }) => data[0] === other.data[0]).length / 400;
  assert.ok(Math.abs(share - 0.25) < 0.1, `${share} flipped`);
});

test("crop: the padded picture's parts, the middle in evaluation as torchvision rounds it", () => {
  const one = numbered([3, 5, 7]);
  const padded = cropped(one, -2, -2, [9, 11], -2);
  assert.is(padded.data.filter((value) => value === -2).length, 3 * (9 * 11 - 5 * 7));
  near(cropped(padded, 2, 2, [5, 7], 0), one, 0);
  const places = new Set<string>();
  const random = createRandom(0, "crops");
  for (let i = 0; i < 300; i++) {
    const { shape, data } = crop({ pad: 1, fill: -1 }).apply(one, random, [0, 0, 0]);
    assert.equal(shape, one.shape);
    const at = data.findIndex((value) => value >= 0);
    places.add(`${at} ${data[at]}`);
  }
  assert.is(places.size, 9, "each of 3 x 3 places");
  assert.is(crop(4).apply(one, null, [0, 0, 0]).data, one.data);
  // torchvision.transforms.CenterCrop: round((7 - 4) / 2) = round(1.5) = 2, round((5 - 4) / 2) = round(0.5) = 0, in Python
  near(crop({ size: 4 }).apply(one, null, [0, 0, 0]), cropped(one, 0, 2, [4, 4], 0), 0);
  assert.equal(crop({ size: [2, 3] }).shape([3, 5, 7]), [3, 2, 3]);
  assert.throws(() => crop({ size: 6 }).shape([3, 5, 7]), /crop: 6x6 pixels of a picture of 5x7 with a pad of 0/);
});

test("resized crop: within its bounds, everything of a constant picture, the middle in evaluation", () => {
  const wide = picture([1, 20, 40], (_, _y, x) => x);
  const middle = resizedCrop(20).apply(wide, null, [0]);
  near(middle, cropped(wide, 0, 10, [20, 20], 0), 1e-5);
  const random = createRandom(0, "parts");
  for (let i = 0; i < 200; i++) {
    const { shape, data } = resizedCrop([6, 8], { scale: [0.1, 0.2], ratio: [1, 2] }).apply(wide, random, [0]);
    assert.equal(shape, [1, 6, 8]);
    // The part's width in pixels, from the slope; its area is 80 to 160 and its aspect 1 to 2.
    const width = 8 * (data[5] - data[4]);
    assert.ok(width > 8 && width < 18.5, `${width} wide`);
  }
  fc.assert(
    fc.property(pictures, fc.nat(99), ({ shape }, seed) => {
      const flat = picture(shape, () => 0.25);
      const found = resizedCrop([3, 5]).apply(flat, createRandom(seed, "x"), [0, 0, 0]);
      assert.ok(found.data.every((value) => Math.abs(value - 0.25) < 1e-6));
    }),
  );
  near(
    resizeTo([1, 1]).apply(numbered([1, 2, 2]), null, [0]),
    picture([1, 1, 1], () => 0.02),
    1e-7,
    "the mean of 0, 1, 7 and 8 two-hundredths",
  );
});

test("rotation: 90 degrees as numpy.rot90 turns, 0 and 360 nothing, there and back", () => {
  const square = numbered([3, 5, 5]);
  const turned = picture([3, 5, 5], (c, y, x) => square.data[c * 25 + x * 5 + (4 - y)]); // rot90: out[y][x] = in[x][W - 1 - y]
  near(rotated(square, 90, 9), turned, 1e-6, "90");
  near(rotated(rotated(square, 90, 9), -90, 9), square, 1e-6, "90 and back");
  near(rotated(square, 180, 9), flipped(flipped(square, "vertical"), "horizontal"), 1e-6, "180");
  for (const angle of [0, 360, -720]) near(rotated(square, angle, 9), square, 1e-6, `${angle}`);
  fc.assert(
    fc.property(fc.double({ min: -180, max: 180, noNaN: true }), (angle) => {
      const slope = picture([1, 21, 21], (_, y, x) => 0.3 + 0.01 * x + 0.02 * y);
      // Bilinear sampling of a plane is exact: its value at the turned place, well inside.
      const found = rotated(slope, angle, 0);
      const a = (angle * Math.PI) / 180;
      for (const [x, y] of [
        [10, 10],
        [13, 10],
        [8, 14],
      ]) {
        const [px, py] = [10 + (x - 10) * Math.cos(a) - (y - 10) * Math.sin(a), 10 + (x - 10) * Math.sin(a) + (y - 10) * Math.cos(a)];
        assert.ok(Math.abs(found.data[y * 21 + x] - (0.3 + 0.01 * px + 0.02 * py)) < 1e-5);
      }
      const corners = rotated(
        picture([1, 21, 21], () => 0.5),
        45,
        0.5,
      );
      assert.ok(corners.data.every((value) => Math.abs(value - 0.5) < 1e-6));
    }),
  );
  assert.ok(rotated(numbered([1, 9, 9]), 45, -1).data[0] === -1, "the corner is filled");
  assert.is(rotate(30).apply(square, null, [0, 0, 0]), square);
});

test("HSV: known colours, and there and back", () => {
  const known: readonly (readonly [number[], number[]])[] = [
    [
      [1, 0, 0],
      [0, 1, 1],
    ],
    [
      [1, 1, 0],
      [1 / 6, 1, 1],
    ],
    [
      [0, 1, 0],
      [2 / 6, 1, 1],
    ],
    [
      [0, 1, 1],
      [3 / 6, 1, 1],
    ],
    [
      [0, 0, 1],
      [4 / 6, 1, 1],
    ],
    [
      [1, 0, 1],
      [5 / 6, 1, 1],
    ],
    [
      [0.5, 0.25, 0.25],
      [0, 0.5, 0.5],
    ],
    [
      [0.3, 0.3, 0.3],
      [0, 0, 0.3],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
  ];
  for (const [[r, g, b], hsv] of known) {
    toHsv(r, g, b).forEach((value, i) => assert.ok(Math.abs(value - hsv[i]) < 1e-12, `${r},${g},${b}`));
    const [h, s, v] = hsv;
    fromHsv(h, s, v).forEach((value, i) => assert.ok(Math.abs(value - [r, g, b][i]) < 1e-12, `${hsv}`));
  }
  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(unit, unit, unit, (r, g, b) => {
      fromHsv(...toHsv(r, g, b)).forEach((value, i) => assert.ok(Math.abs(value - [r, g, b][i]) < 1e-9));
    }),
  );
});

test("colour changes: known values, and factors that change nothing", () => {
  const pixel = (...rgb: number[]): PictureTensor => picture([3, 1, 1], (c) => rgb[c]);
  near(adjustBrightness(pixel(0.2, 0.4, 0.9), 1.5), pixel(0.3, 0.6, 1), 1e-6);
  const grey = 0.2989 * 0.2 + 0.587 * 0.4 + 0.114 * 0.9;
  near(adjustSaturation(pixel(0.2, 0.4, 0.9), 0), pixel(grey, grey, grey), 1e-6);
  near(adjustSaturation(pixel(0.2, 0.4, 0.9), 2), pixel(Math.max(0, 0.4 - grey), 0.8 - grey, 1), 1e-6);
  near(
    adjustContrast(
      picture([1, 1, 2], (_, _y, x) => 0.2 + 0.4 * x),
      0.5,
    ),
    picture([1, 1, 2], (_, _y, x) => 0.3 + 0.2 * x),
    1e-6,
  );
  near(adjustHue(pixel(1, 0, 0), 1 / 3), pixel(0, 1, 0), 1e-6);
  near(adjustHue(pixel(1, 0, 0), -1 / 3), pixel(0, 0, 1), 1e-6);
  near(adjustHue(pixel(0.2, 0.4, 0.9), 0.5), pixel(0.9, 0.7, 0.2), 1e-6);
  fc.assert(
    fc.property(pictures, (any) => {
      for (const change of [adjustBrightness, adjustContrast, adjustSaturation]) near(change(any, 1), any, 1e-6);
      near(adjustHue(any, 0), any, 1e-6);
      near(adjustHue(adjustHue(any, 0.2), -0.2), any, 1e-5);
      const jittered = colorJitter({ brightness: 0.5, contrast: 0.5, saturation: 0.5, hue: 0.5 }).apply(
        any,
        createRandom(any.data.length, "j"),
        [0, 0, 0],
      );
      assert.ok(jittered.data.every((value) => value >= 0 && value <= 1 + 1e-6));
      assert.is(colorJitter({}).apply(any, createRandom(0, "j"), [0, 0, 0]), any);
    }),
  );
  assert.throws(() => colorJitter({ hue: 0.6 }), /hue at most 0.5/);
});

test("erasing: a rectangle of the promised area, of the mean", () => {
  const one = picture([3, 30, 20], () => 7);
  let erased = 0;
  for (let seed = 0; seed < 200; seed++) {
    const { data } = erase({ scale: [0.1, 0.2], ratio: [0.5, 2] }).apply(one, createRandom(seed, "erase"), [0.1, 0.2, 0.3]);
    const gone = [...data.keys()].filter((i) => data[i] !== 7);
    if (gone.length === 0) continue;
    erased++;
    const places = gone.filter((i) => i < 600).map((i) => [Math.floor(i / 20), i % 20]);
    const [rows, columns] = [0, 1].map((axis) => places.map((place) => place[axis]));
    const [h, w] = [rows, columns].map((list) => Math.max(...list) - Math.min(...list) + 1);
    assert.is(places.length, h * w, "a rectangle");
    assert.ok(h * w >= 0.08 * 600 && h * w <= 0.23 * 600, `${h}x${w}`);
    assert.equal([...new Set(gone.map((i) => data[i]))], [0.1, 0.2, 0.3].map(Math.fround));
  }
  assert.ok(erased > 70 && erased < 130, `${erased} of 200`);
  const noise = erase({ probability: 1, fill: "noise" }).apply(one, createRandom(1, "erase"), [0, 0, 0]);
  assert.ok(new Set(noise.data).size > 20);
});

test("each gives the shape that it promises, leaves its argument alone, and repeats itself", () => {
  const all: readonly PictureAugmentation[] = [
    flip(),
    flip("vertical", { probability: 1 }),
    crop(2),
    crop({ size: 1, pad: 1 }),
    resizedCrop([4, 3]),
    resizeTo(5),
    rotate([10, 50], { fill: 0.5 }),
    colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }),
    erase({ probability: 1 }),
  ];
  fc.assert(
    fc.property(pictures, fc.constantFrom(...all), fc.option(fc.nat(1000)), (any, augmentation, seed) => {
      const before = any.data.slice();
      const run = (): PictureTensor => augmentation.apply(any, seed === null ? null : createRandom(seed, "x"), [0.5, 0.5, 0.5]);
      const found = run();
      assert.equal(found.shape, augmentation.shape(any.shape));
      assert.is(found.data.length, found.shape[0] * found.shape[1] * found.shape[2]);
      assert.ok(found.data.every(Number.isFinite));
      assert.equal(any.data, before);
      assert.equal(run(), found);
    }),
  );
});

test("samples: pictures alike, normalised last; one augmentation more changes no other's numbers", () => {
  const facts = { mean: [0.5], std: [0.25], fit: "crop" } as const;
  const fields = {
    x: { shape: [1, 6, 6], dtype: "f32", picture: facts },
    mask: { shape: [1, 6, 6], dtype: "f32", picture: { ...facts, mean: [0], std: [1] } },
    y: { shape: [], dtype: "i32" },
  } as const;
  const { data } = numbered([1, 6, 6]);
  const sample = { x: data, mask: data, y: Int32Array.of(3) };
  for (let epoch = 0; epoch < 20; epoch++) {
    const streams = randomStreams(7, "augment", epoch, 4);
    const found = augmentSample(sample, fields, [flip(), crop(2)], streams);
    assert.equal(
      found.x,
      Float32Array.from(found.mask, (value) => (value - 0.5) / 0.25),
    );
    const more = augmentSample(sample, fields, [flip(), colorJitter({}), crop(2), flip("vertical", { probability: 0 })], streams);
    assert.equal(more, found);
    assert.equal(found.y, sample.y);
  }
  assert.equal(augmentSample(sample, fields, [flip(), crop(2)], null).mask, data);
  assert.equal(augmentedFields(fields, [crop({ size: [2, 3] })]).mask.shape, [1, 2, 3]);
});

test.run();
