/** PNG in and out: round trips, folders, and files that lie about their size. */

import * as fs from "node:fs";
import * as path from "node:path";
import { deflateSync } from "node:zlib";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodePng, encodePng, readPng, writePng } from "../../src/data/node/png.ts";
import { hex, pngChunk, pngData, pngFile, pngHeader, refused, withDirectory } from "./helpers.ts";

const picture = (width: number, height: number, value = 7): { width: number; height: number; data: Uint8Array } => ({
  width,
  height,
  data: Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (value * i) % 256)),
});

test("what is written is read", () => {
  const pixels = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 }), fc.boolean()).chain(([width, height, opaque]) =>
    fc.uint8Array({ minLength: 4 * width * height, maxLength: 4 * width * height }).map((data) => {
      if (opaque) for (let i = 3; i < data.length; i += 4) data[i] = 255;
      return { width, height, data };
    }),
  );
  fc.assert(
    fc.property(pixels, (original) => {
      const again = decodePng(encodePng(original), "x");
      assert.equal([again.width, again.height], [original.width, original.height]);
      assert.is(hex(again.data as Uint8Array), hex(original.data));
    }),
  );
  assert.throws(() => encodePng({ width: 2, height: 2, data: new Uint8Array(3) }), /need 16 bytes/);
});

test("a bomb: a header of 100000x100000 over tiny data is refused before anything is decoded", () => {
  const before = process.memoryUsage().arrayBuffers;
  refused(
    () => decodePng(pngFile(pngHeader(100_000, 100_000), pngData(new Uint8Array(10))), "a"),
    /^a: 100000x100000 pixels, more than the limit/,
  );
  refused(() => decodePng(pngFile(pngHeader(1, 2 ** 31 - 1), pngData(new Uint8Array(10))), "a"), /more than the limit/);
  refused(() => decodePng(pngFile(pngHeader(1, 65_536), pngData(new Uint8Array(131_072))), "a"), /65535 a side/);
  refused(() => decodePng(encodePng(picture(20, 20)), "a", { maxPixels: 399 }), /20x20 pixels, more than the limit of 399/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24);
});

test("a bomb: data that inflate to more, or to less, than the header promises", () => {
  const huge = pngChunk("IDAT", deflateSync(Buffer.alloc(2 ** 28), { level: 1 }));
  const before = process.memoryUsage().arrayBuffers;
  refused(() => decodePng(pngFile(pngHeader(4, 4), huge), "a"), /inflate to more than the 20 bytes of 4x4 pixels/);
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24);
  refused(
    () => decodePng(pngFile(pngHeader(8000, 8000), pngData(new Uint8Array(99))), "a"),
    /8000x8000 pixels need 64008000 bytes, its data hold 99/,
  );
});

test("a second header cannot replace the one that was checked", () => {
  const file = pngFile(pngHeader(2, 2), pngHeader(60_000, 1000), pngData(new Uint8Array(6)));
  refused(() => decodePng(file, "a"), /header must be the first chunk, and the only one/);
  refused(() => decodePng(pngFile(pngData(new Uint8Array(6)), pngHeader(2, 2)), "a"), /header must be the first chunk/);
});

test("not a PNG", () => {
  refused(() => decodePng(new Uint8Array(), "a"), /^a: an empty file, not a PNG/);
  refused(() => decodePng(Buffer.from("hello, world"), "a"), /^a: not a PNG picture/);
  refused(() => decodePng(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), "a"), /^a: a JPEG picture, not a PNG/);
  refused(() => decodePng(Buffer.from("GIF89a"), "a"), /^a: a GIF picture, not a PNG/);
  refused(() => decodePng(encodePng(picture(3, 3)).subarray(0, 8), "a"), /cut short at byte 8/);
});

test("damaged: every cut, a flipped bit in the data, headers that cannot be, an index outside the palette", () => {
  const whole = encodePng(picture(6, 5));
  for (let length = 1; length < whole.length; length += 1) refused(() => decodePng(whole.subarray(0, length), "cut"), /^cut: /);
  const flipped = whole.slice();
  flipped[50] ^= 4;
  refused(() => decodePng(flipped, "a"), /^a: damaged PNG|cut short/);
  refused(() => decodePng(pngFile(pngHeader(0, 4), pngData(new Uint8Array(4))), "a"), /damaged PNG: 0x4 pixels/);
  refused(() => decodePng(pngFile(pngHeader(4, 4, 4, 2)), "a"), /colour type 2 with 4 bits does not exist/);
  refused(() => decodePng(pngFile(pngHeader(4, 4, 8, 5)), "a"), /colour type 5 with 8 bits does not exist/);
  refused(() => decodePng(pngFile(pngChunk("IHDR", new Uint8Array(9))), "a"), /header chunk has 9 bytes, expected 13/);
  refused(
    () => decodePng(pngFile(pngHeader(1, 1, 8, 3), pngChunk("PLTE", Uint8Array.of(1, 2, 3)), pngData(Uint8Array.of(0, 9))), "a"),
    /palette/,
  );
  refused(() => decodePng(pngFile(pngHeader(1, 1, 8, 3), pngData(Uint8Array.of(0, 0))), "a"), /palette/);
  refused(() => decodePng(pngFile(pngHeader(1, 1), pngData(Uint8Array.of(9, 0))), "a"), /filter/i);
});

test("bytes after the end are ignored, as other programs do", () => {
  const bytes = new Uint8Array([...encodePng(picture(3, 2)), 1, 2, 3]);
  assert.equal(decodePng(bytes, "a").width, 3);
});

test("a picture is written whole or not at all", () => {
  withDirectory((directory) => {
    const file = path.join(directory, "new", "a.png");
    writePng(file, picture(4, 4));
    assert.is(readPng(file).width, 4);
    writePng(file, picture(5, 4));
    assert.is(readPng(file).width, 5);
    assert.equal(fs.readdirSync(path.dirname(file)), ["a.png"]);
    refused(() => writePng(directory, picture(4, 4)), /cannot write .*: is a directory/);
    refused(() => writePng(path.join(file, "b.png"), picture(4, 4)), /cannot write/);
  });
});

test.run();
