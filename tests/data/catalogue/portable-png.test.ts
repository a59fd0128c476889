/** PNG files with the same bytes on every machine: what they hold, and what they are. */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../../src/data/node/catalogue/folder.ts";
import { decodePng } from "../../../src/data/node/png.ts";
import { encodeColourPng, encodeGreyPng } from "../../../src/data/pictures/portable-png.ts";
import { createRandom } from "../../../src/data/random.ts";

const side = fc.integer({ min: 1, max: 40 });

test("pngjs reads the colours that were written", () => {
  const bytes = (count: number) => fc.uint8Array({ minLength: count, maxLength: count });
  const pictures = fc.tuple(side, side).chain(([width, height]) => bytes(3 * width * height).map((rgb) => ({ width, height, rgb })));
  fc.assert(
    fc.property(pictures, ({ width, height, rgb }) => {
      const data = new Uint8Array(4 * width * height).fill(255);
      for (let i = 0; i < width * height; i += 1) data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
      assert.equal(decodePng(encodeColourPng({ width, height, data }), "x"), { width, height, data });
      const grey = decodePng(encodeGreyPng({ width, height, pixels: rgb.subarray(0, width * height) }), "x");
      assert.equal(
        Array.from({ length: width * height }, (_, i) => grey.data[4 * i]),
        Array.from(rgb.subarray(0, width * height)),
      );
    }),
    { numRuns: 60 },
  );
});

test("the bytes are fixed", () => {
  const random = createRandom(1, "picture");
  const [width, height] = [100, 80];
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (i >> 6) + random.int(8)));
  const pixels = Uint8Array.from({ length: width * height }, (_, i) => (i % 100 > 40 ? 255 : 0));
  assert.is(sha256(encodeColourPng({ width, height, data })).slice(0, 16), "75f9fe9f036cfb99");
  assert.is(sha256(encodeGreyPng({ width, height, pixels })).slice(0, 16), "d5624c01c01fb039");
});

test.run();
