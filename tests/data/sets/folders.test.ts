/** Folders of pictures: classes, sizes, odd pictures, broken files. */

import * as fs from "node:fs";
import * as path from "node:path";
import sharp from "sharp";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { preparePicture } from "../../../src/networks/prepare.ts";
import { imageFolder } from "../../../src/data/node/index.ts";
import { decodeImage } from "../../../src/data/node/pictures.ts";
import { encodePng } from "../../../src/data/node/png.ts";
import { fitPicture, fitRectangle, wholeOf, samplePicture } from "../../../src/data/pictures/fit.ts";
import { pictureHeader } from "../../../src/data/pictures/header.ts";
import type { Picture } from "../../../src/data/pictures/picture.ts";
import { toFieldPicture } from "../../../src/data/sets/index.ts";
import { refusedLater, withDirectoryLater } from "../helpers.ts";

const plain = (width: number, height: number, [r, g, b, a = 255]: readonly number[]): Picture => {
  const data = new Uint8Array(4 * width * height);
  for (let at = 0; at < data.length; at += 4) data.set([r, g, b, a], at);
  return { width, height, data };
};
/** Every pixel another one. */
const varied = (width: number, height: number, seed = 1): Picture => ({
  width,
  height,
  data: Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 && seed !== 2 ? 255 : (i * i * 31 + seed * 77 + i) % 256)),
});
const jpeg = (picture: Picture): Promise<Buffer> =>
  sharp(picture.data, { raw: { width: picture.width, height: picture.height, channels: 4 } })
    .removeAlpha()
    .jpeg({ quality: 95 })
    .toBuffer();

/** Files by their paths below a directory. */
async function withFiles(files: Readonly<Record<string, Uint8Array>>, use: (directory: string) => Promise<void>): Promise<void> {
  await withDirectoryLater(async (directory) => {
    for (const [name, bytes] of Object.entries(files)) {
      fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
      fs.writeFileSync(path.join(directory, name), bytes);
    }
    await use(directory);
  });
}

const red = encodePng(plain(4, 4, [255, 0, 0]));

test("folders are classes, in natural order, with what lies deeper in them", async () => {
  const files = {
    "kind 10/a.png": red,
    "kind 2/b.PNG": red,
    "kind 2/deep/er/a.webp": await sharp(Buffer.from(red)).webp({ lossless: true }).toBuffer(),
    "kind 2/10.jpg": await jpeg(plain(4, 4, [0, 0, 255])),
  };
  await withFiles({ ...files, "kind 2/notes.txt": red, ".hidden/a.png": red, "kind 2/.a.png": red }, async (directory) => {
    const set = await imageFolder(directory);
    assert.equal(set.classes, ["kind 2", "kind 10"]);
    assert.equal(set.labels(), Int32Array.of(0, 0, 0, 1));
    assert.equal(
      Array.from({ length: set.size }, (_, i) => path.relative(directory, set.where(i))),
      ["kind 2/10.jpg", "kind 2/b.PNG", "kind 2/deep/er/a.webp", "kind 10/a.png"],
    );
    assert.equal(set.fields.x, { shape: [3, 4, 4], dtype: "f32", picture: { mean: [0, 0, 0], std: [1, 1, 1], fit: "crop" } });
    assert.equal(
      (await set.get(3)).x,
      Float32Array.from({ length: 48 }, (_, i) => Number(i < 16)),
    );
  });
});

test("one class alone, and pictures without classes", async () => {
  await withFiles({ "only/1.png": red, "only/2.png": red }, async (directory) => {
    assert.equal((await imageFolder(directory)).classes, ["only"]);
    const loose = await imageFolder(path.join(directory, "only"));
    assert.equal([loose.size, loose.classes, Object.keys(loose.fields)], [2, null, ["x"]]);
  });
});

test("what cannot be a data set says why, by name, before anything is decoded", async () => {
  await refusedLater(imageFolder("/nowhere/at/all"), /^cannot read \/nowhere\/at\/all: no such file/);
  await withFiles({ "a/1.png": red, "b/none.txt": red }, (d) =>
    refusedLater(imageFolder(d), /\/b: a class without JPEG, PNG or WebP files$/),
  );
  await withFiles({ "a/1.png": red, "1.png": red }, (d) => refusedLater(imageFolder(d), /1\.png lies beside folders of pictures/));
  await withFiles({ "notes.txt": red }, (d) => refusedLater(imageFolder(d), /no JPEG, PNG or WebP files here/));
  await withFiles({ "a/1.png": red }, (d) => refusedLater(imageFolder(path.join(d, "a/1.png")), /not a folder/));
  const cut = (await jpeg(varied(9, 9))).subarray(0, 30);
  const broken = {
    "a/0.png": red,
    "a/1.jpg": new Uint8Array(),
    "a/2.png": Buffer.from("GIF89a"),
    "a/3.jpg": cut,
    "b/4.png": red.subarray(0, 20),
    "b/5.jpg": Buffer.from("no"),
  };
  await withFiles(broken, (d) =>
    refusedLater(
      imageFolder(d),
      /a\/1\.jpg: an empty file, not a picture; .*2\.png: a GIF file, which cannot be read; .*3\.jpg: cut short: it ends in its header; and 2 more of 6$/,
    ),
  );
  await withFiles({ "a/1.png": red, "a/2.png": encodePng(plain(5, 4, [0, 0, 0])) }, (d) =>
    refusedLater(imageFolder(d), /2\.png: 5x4 pixels, but .*1\.png has 4x4; name a size for all/),
  );
});

test("a file that is damaged behind its header is refused by name when its sample is asked for", async () => {
  const bytes = await jpeg(varied(40, 40));
  await withFiles({ "a/1.jpg": bytes.subarray(0, bytes.length - 300) }, async (directory) => {
    const set = await imageFolder(directory);
    await refusedLater(Promise.resolve(set.get(0)), /a\/1\.jpg: damaged or cut short/);
  });
});

test("grey, transparent and turned pictures; size, fit and bars", async () => {
  const turned = await sharp(varied(8, 4).data, { raw: { width: 8, height: 4, channels: 4 } })
    .removeAlpha()
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  const files = {
    "a/1.png": encodePng(plain(4, 8, [255, 0, 0, 128])),
    "a/2.jpg": turned,
    "a/3.png": await sharp(Buffer.from(encodePng(plain(4, 8, [90, 90, 90]))))
      .greyscale()
      .png()
      .toBuffer(),
  };
  await withFiles(files, async (directory) => {
    const colour = await imageFolder(directory);
    assert.equal(colour.fields.x.shape, [3, 8, 4], "the turned picture is 4 wide and 8 high, too");
    const { x } = await colour.get(0);
    assert.equal([x[0], Math.round(255 * x[32])], [1, 127], "over white");
    const grey = await imageFolder(directory, { channels: 1, size: [4, 6], fit: "pad", mean: 0.5, std: 0.25 });
    assert.equal(grey.fields.x, { shape: [1, 4, 6], dtype: "f32", picture: { mean: [0.5], std: [0.25], fit: "pad" } });
    const padded = (await grey.get(2)).x;
    assert.equal(
      [...padded.subarray(0, 6)].map((value) => Math.round(255 * value)),
      [128, 128, 90, 90, 128, 128],
    );
  });
});

test("the cache changes nothing, and is bounded", async () => {
  const files = Object.fromEntries(await Promise.all([0, 1, 2].map(async (i) => [`a/${i}.jpg`, await jpeg(varied(30, 20, i + 3))])));
  await withFiles(files, async (directory) => {
    const read = async (cache: number): Promise<unknown[]> => {
      const set = await imageFolder(directory, { size: 8, cache });
      const twice = [0, 1, 2, 0, 1, 2];
      return Promise.all(twice.map(async (i) => (await set.get(i)).x));
    };
    const [whole, some, none] = [await read(2 ** 20), await read(200), await read(0)];
    assert.equal(some, whole);
    assert.equal(none, whole);
    const set = await imageFolder(directory, { size: 8, cache: 200 });
    await set.get(0);
    await set.get(1);
    for (const i of [0, 1]) fs.rmSync(path.join(directory, `a/${i}.jpg`));
    await set.get(0);
    await refusedLater(Promise.resolve(set.get(1)), /cannot read .*1\.jpg: no such file/);
  });
});

test("a large JPEG is shrunk while it is decoded, to the same picture", async () => {
  // Smooth, as photographs are at this scale.
  const [width, height] = [403, 301];
  const data = new Uint8Array(4 * width * height);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4)
      data.set([127 + 120 * Math.sin(x / 40), 127 + 120 * Math.cos(y / 30), (x * 255) / width, 255], at);
  for (const orientation of [1, 6]) {
    const bytes = await sharp(data, { raw: { width, height, channels: 4 } })
      .removeAlpha()
      .withMetadata({ orientation })
      .jpeg({ quality: 95 })
      .toBuffer();
    await withFiles({ "1.jpg": bytes }, async (directory) => {
      const set = await imageFolder(directory, { size: 32 });
      const whole = toFieldPicture(await decodeImage(bytes, "whole"), set.fields.x);
      const { x } = await set.get(0);
      const worst = Math.max(...whole.map((value, i) => Math.abs(value - x[i])));
      assert.ok(worst < 4 / 255, `${255 * worst} levels off`);
      const least = { width: 64, height: 64 };
      const shrunk = await decodeImage(bytes, "shrunk", { least });
      assert.equal([shrunk.width, shrunk.height], orientation === 1 ? [101, 76] : [76, 101]);
    });
  }
});

test("pictures are fitted as networks prepare them", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(1, 2, 3),
      fc.constantFrom("crop", "stretch", "pad"),
      fc.constantFrom(1, 3),
      (width, height, side, seed, fit, channels) => {
        const picture = varied(width, height, seed);
        const size = [side, 7] as const;
        const list = (value: number): number[] => Array.from({ length: channels }, () => value);
        const { input } = preparePicture(picture, { size, mean: list(0), std: list(1), fit });
        const found = samplePicture(picture, fitRectangle(wholeOf(picture), size, fit), size, list(0));
        assert.equal(
          Float32Array.from(found, (value) => value / 255),
          input,
          `${width}x${height} to ${size} by ${fit}`,
        );
        assert.equal(fitPicture(picture, { size, fit, channels, bars: list(0) }), Uint8Array.from(found, Math.round));
      },
    ),
  );
});

test("headers: sizes of all formats, and never a wrong one for cut files", async () => {
  const picture = varied(37, 21);
  const raw = () => sharp(picture.data, { raw: { width: 37, height: 21, channels: 4 } });
  const exif = { exif: { IFD0: { Copyright: "x".repeat(9000) } } };
  const files: readonly Buffer[] = [
    await raw().png().toBuffer(),
    await raw().removeAlpha().jpeg().toBuffer(),
    await raw().removeAlpha().jpeg({ progressive: true }).withMetadata(exif).toBuffer(),
    await raw().webp().toBuffer(),
    await raw().webp({ lossless: true }).toBuffer(),
    await raw().webp().withMetadata(exif).toBuffer(),
    await raw().removeAlpha().webp().toBuffer(),
  ];
  for (const [i, bytes] of files.entries()) {
    const found = pictureHeader(bytes);
    assert.ok(found !== null && found !== "more", `file ${i}`);
    assert.equal([found.width, found.height], [37, 21], `file ${i}`);
    for (let length = 0; length < Math.min(bytes.length, 10_000); length += 1 + Math.floor(length / 40)) {
      const cut = pictureHeader(bytes.subarray(0, length));
      assert.ok(cut === null || cut === "more" || (cut.width === 37 && cut.height === 21), `file ${i}, ${length} bytes`);
    }
  }
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.uint8Array({ minLength: 4, maxLength: 40 }), fc.nat(60), (bytes, noise, at) => {
      const damaged = Uint8Array.from(bytes.subarray(0, 200));
      damaged.set(noise.subarray(0, Math.max(0, damaged.length - at)), at);
      const found = pictureHeader(damaged);
      assert.ok(found === null || found === "more" || (found.width > 0 && found.height > 0));
    }),
  );
});

test.run();
