/** From pictures of any size to a network's input. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";
import type { Picture } from "../../src/data/index.ts";
import { FITS } from "../../src/data/index.ts";
import { NETWORKS, type Preparation, preparePicture } from "../../src/networks/index.ts";

type Colour = readonly [number, number, number, number];

function picture(width: number, height: number, colour: (x: number, y: number) => Colour): Picture {
  const data = new Uint8Array(4 * width * height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(colour(x, y), 4 * (y * width + x));
  return { width, height, data };
}

const PLAIN: Preparation = { size: [4, 4], mean: [0, 0, 0], std: [1, 1, 1], fit: "stretch" };
const values = (input: Float32Array): number[] => Array.from(input, (value) => Math.round(255 * value));

test("a picture of the right size goes in as it is, channel by channel", () => {
  const { input, view } = preparePicture(
    picture(4, 4, (x, y) => [16 * x, 16 * y, 7, 255]),
    PLAIN,
  );
  assert.equal(values(input).slice(0, 8), [0, 16, 32, 48, 0, 16, 32, 48]);
  assert.equal(values(input).slice(16, 24), [0, 0, 0, 0, 16, 16, 16, 16]);
  assert.equal(view, { left: 0, top: 0, width: 4, height: 4 });
});

test("shrinking averages the area below each pixel", () => {
  const { input } = preparePicture(
    picture(8, 8, (x, y) => [x % 2 === 0 ? 100 : 200, y % 2 === 0 ? 0 : 50, 9, 255]),
    PLAIN,
  );
  assert.ok(values(input).every((value, i) => value === (i < 16 ? 150 : i < 32 ? 25 : 9)));
});

test("mean and deviation, grey by luma, transparency over white", () => {
  const red = picture(4, 4, () => [255, 0, 0, 255]);
  const { input } = preparePicture(red, { ...PLAIN, mean: [0.5, 0.25, 0], std: [0.5, 0.5, 2] });
  assert.equal([input[0], input[16], input[32]], [1, -0.5, 0]);
  assert.equal(values(preparePicture(red, { ...PLAIN, mean: [0], std: [1] }).input), new Array(16).fill(76));
  assert.equal(
    values(
      preparePicture(
        picture(4, 4, () => [0, 0, 0, 0]),
        PLAIN,
      ).input,
    ),
    new Array(48).fill(255),
  );
});

test("crop takes the middle, pad puts bars of the mean colour, stretch takes all", () => {
  const wide = picture(16, 8, (x) => [x < 4 || x >= 12 ? 250 : 50, 0, 0, 255]);
  const crop = preparePicture(wide, { ...PLAIN, fit: "crop" });
  assert.equal(crop.view, { left: 4, top: 0, width: 8, height: 8 });
  assert.ok(values(crop.input.subarray(0, 16)).every((value) => value === 50));
  const pad = preparePicture(wide, { ...PLAIN, mean: [0.2, 0, 0], fit: "pad" });
  assert.equal(pad.view, { left: 0, top: -4, width: 16, height: 16 });
  assert.equal(values(pad.input.subarray(0, 4)), [0, 0, 0, 0]);
  assert.equal(values(pad.input.subarray(4, 8)), [199, -1, -1, 199]);
  assert.equal(preparePicture(wide, PLAIN).view, { left: 0, top: 0, width: 16, height: 8 });
});

test("a part is looked at alone", () => {
  const half = picture(8, 4, (x) => [x < 4 ? 10 : 200, 0, 0, 255]);
  const { input, view } = preparePicture(half, { ...PLAIN, fit: "crop" }, { left: 4, top: 0, width: 4, height: 4 });
  assert.equal(view, { left: 4, top: 0, width: 4, height: 4 });
  assert.ok(values(input.subarray(0, 16)).every((value) => value === 200));
  const outside = (): unknown => preparePicture(half, PLAIN, { left: 6, top: 0, width: 4, height: 4 });
  assert.throws(
    outside,
    (error: unknown) => error instanceof UserError && /4 x 4 at \(6, 0\) is not inside the picture of 8 x 4/.test(error.message),
  );
});

test("one colour stays that colour, whatever the sizes", () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(size, size, size, size, fc.constantFrom(...FITS), (width, height, h, w, fit) => {
      const { input, view } = preparePicture(
        picture(width, height, () => [120, 120, 120, 255]),
        { ...PLAIN, size: [h, w], fit, bars: 120 },
      );
      assert.ok(input.every((value) => Math.abs(255 * value - 120) < 1e-3));
      if (fit !== "stretch") assert.ok(Math.abs(view.width / view.height - w / h) < 1e-9);
    }),
    { seed: 11 },
  );
});

test("the published preparations", () => {
  const white = picture(300, 200, () => [255, 255, 255, 255]);
  const of = (name: keyof typeof NETWORKS): Float32Array => preparePicture(white, NETWORKS[name].preparation).input;
  assert.is(of("resnet50").length, 3 * 224 * 224);
  assert.ok(Math.abs(of("resnet50")[0] - (1 - 0.485) / 0.229) < 1e-6);
  assert.ok(Math.abs(of("vgg_f")[0] - (255 - 123.68)) < 1e-3);
  assert.is(of("mnist_net").length, 28 * 28);
  // The face network's bars are black: -mean.
  assert.ok(Math.abs(of("face_expression")[0] + 122.782 / 255) < 1e-6);
});

test.run();
