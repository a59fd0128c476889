/** JPEG, PNG and WebP in: what each decodes to, how it is turned, and everything that is refused. */

import * as fs from "node:fs";
import * as path from "node:path";
import sharp, { type Sharp } from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";
import { decodeImage, listImages, pictureFormat, readImage } from "../../src/data/node/pictures.ts";
import { encodePng } from "../../src/data/node/png.ts";
import { hex, pngChunk, pngData, pngFile, pngHeader, refused, withDirectory } from "./helpers.ts";

/** Red to the left, blue to the right, darker downwards: smooth, so that JPEG keeps it. */
function gradient(width: number, height: number): { width: number; height: number; data: Uint8Array } {
  const data = new Uint8Array(4 * width * height);
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 4) {
      const light = 1 - y / (2 * height);
      data.set([light * 255 * (1 - x / width), 64 * light, (light * 255 * x) / width, 255], at);
    }
  }
  return { width, height, data };
}

const picture = gradient(40, 24);
const raw = (): Sharp => sharp(picture.data, { raw: { width: 40, height: 24, channels: 4 } });
const meanDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i += 1) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
};

async function rejected(run: Promise<unknown>, message: RegExp): Promise<void> {
  const found = await run.then(
    () => null,
    (error: unknown) => error,
  );
  refused(() => {
    if (found !== null) throw found;
  }, message);
}

test("PNG and lossless WebP bit by bit, JPEG and WebP within a few levels", async () => {
  const files = {
    png: [encodePng(picture), 0],
    webp: [await raw().webp({ lossless: true }).toBuffer(), 0],
    lossy: [await raw().webp({ quality: 95 }).toBuffer(), 2.5],
    jpeg: [await raw().removeAlpha().jpeg({ quality: 95, chromaSubsampling: "4:4:4" }).toBuffer(), 1.5],
    progressive: [await raw().removeAlpha().jpeg({ quality: 95, progressive: true, mozjpeg: true }).toBuffer(), 2.5],
  } as const;
  for (const [name, [bytes, allowed]] of Object.entries(files)) {
    const found = await decodeImage(bytes, name);
    assert.equal([found.width, found.height, found.data.length], [40, 24, 4 * 40 * 24], name);
    const difference = meanDifference(found.data, picture.data);
    assert.ok(difference <= allowed, `${name}: ${difference} levels off`);
  }
});

test("grey, CMYK and transparent pictures come as RGBA", async () => {
  const grey = await decodeImage(await raw().removeAlpha().greyscale().jpeg({ quality: 95 }).toBuffer(), "grey");
  for (let at = 0; at < grey.data.length; at += 4) assert.equal([grey.data[at], grey.data[at + 3]], [grey.data[at + 1], 255]);
  const cmyk = await decodeImage(await raw().removeAlpha().toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer(), "cmyk");
  assert.equal([cmyk.width, cmyk.height, cmyk.data.length], [40, 24, 4 * 40 * 24]);
  const half = picture.data.map((value, i) => (i % 4 === 3 ? 128 : value));
  const glass = await sharp(half, { raw: { width: 40, height: 24, channels: 4 } })
    .webp({ lossless: true })
    .toBuffer();
  assert.is(hex((await decodeImage(glass, "glass")).data as Uint8Array), hex(half));
});

test("a picture is turned as the camera says", async () => {
  const bytes = await raw().removeAlpha().jpeg({ quality: 95 }).withMetadata({ orientation: 6 }).toBuffer();
  const { width, height, data } = await decodeImage(bytes, "turned");
  assert.equal([width, height], [24, 40]);
  const at = (x: number, y: number): number => picture.data[4 * (y * 40 + x)];
  assert.ok(Math.abs(data[4 * 23] - at(0, 0)) < 8, "orientation 6: the first pixel of the file is the upper right one");
  assert.ok(Math.abs(data[0] - at(0, 23)) < 8);
});

/** A block of EXIF with one entry. */
function exif(little: boolean, tag: number, type: number, value: number): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.write(little ? "II" : "MM", "latin1");
  const short = (number: number, at: number) => (little ? bytes.writeUInt16LE(number, at) : bytes.writeUInt16BE(number, at));
  const long = (number: number, at: number) => (little ? bytes.writeUInt32LE(number, at) : bytes.writeUInt32BE(number, at));
  short(42, 2);
  long(8, 4);
  short(1, 8);
  short(tag, 10);
  short(type, 12);
  long(1, 14);
  short(value, 18);
  return bytes;
}

/** A PNG of the picture with a chunk of EXIF before or behind its data. */
function pngWith(content: Uint8Array, { behind = false } = {}): Uint8Array {
  const png = Buffer.from(encodePng(picture));
  const end = behind ? png.length - 12 : 33;
  return Buffer.concat([png.subarray(0, end), pngChunk("eXIf", content), png.subarray(end)]);
}

test("a PNG is turned as its eXIf chunk says, as sharp turns it; a damaged chunk turns nothing", async () => {
  for (let orientation = 1; orientation <= 8; orientation += 1)
    for (const little of [false, true]) {
      const block = exif(little, 0x0112, 3, orientation);
      const bytes = pngWith(block);
      const { data, info } = await sharp(bytes).autoOrient().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
      // The chunk may stand behind the data (PNG specification, third edition, 11.3.4.5); sharp overlooks it there.
      for (const file of [bytes, pngWith(block, { behind: true })]) {
        const found = await decodeImage(file, "turned");
        assert.equal([found.width, found.height], [info.width, info.height], `${orientation}`);
        assert.ok(hex(found.data as Uint8Array) === hex(data), `${orientation}`);
      }
      assert.is(data.equals(picture.data), orientation === 1);
    }
  const six = exif(true, 0x0112, 3, 6);
  const damaged = [
    ...[exif(true, 0x0112, 3, 9), exif(true, 0x0112, 3, 0), exif(true, 0x0113, 3, 6), exif(true, 0x0112, 2, 6), Buffer.from("XX")],
    ...Array.from({ length: 22 }, (_, length) => six.subarray(0, length)),
    Buffer.concat([Buffer.from("II*\0\xff\xff\xff\xff", "latin1"), six]),
  ];
  for (const block of damaged) assert.is((await decodeImage(pngWith(block), "damaged")).width, 40);
});

test("too many pixels are refused by the header alone", async () => {
  const jpeg = await raw().removeAlpha().jpeg().toBuffer();
  const webp = await raw().webp().toBuffer();
  for (const bytes of [jpeg, webp, encodePng(picture)])
    await rejected(decodeImage(bytes, "a", { maxPixels: 959 }), /^a: 40x24 pixels, more than the limit of 959/);
  const frame = jpeg.indexOf(Buffer.of(0xff, 0xc0));
  const bomb = Buffer.from(jpeg);
  bomb.writeUInt32BE(0xea60_ea60, frame + 5); // height and width
  const before = process.memoryUsage().rss;
  await rejected(decodeImage(bomb, "bomb"), /^bomb: 60000x60000 pixels, more than the limit/);
  await rejected(decodeImage(pngFile(pngHeader(60_000, 60_000), pngData(new Uint8Array(9))), "a"), /more than the limit/);
  bomb.writeUInt32BE(0x1f40_1f40, frame + 5); // 8000x8000 is within the limit, but not in so few bytes
  await rejected(decodeImage(bomb, "bomb"), /^bomb: JPEG cut short: \d+ bytes cannot hold 8000x8000 pixels/);
  bomb.writeUInt32BE(0x0040_0040, frame + 5);
  await rejected(decodeImage(bomb, "bomb"), /^bomb: damaged or cut short/);
  assert.ok(process.memoryUsage().rss - before < 2 ** 26);
});

test("every cut of a JPEG and a WebP is refused, in one line", async () => {
  for (const bytes of [await raw().removeAlpha().jpeg({ quality: 30 }).toBuffer(), await raw().webp({ quality: 30 }).toBuffer()]) {
    // The last two bytes of a JPEG only say that it has ended.
    for (let length = 0; length < bytes.length - 2; length += 1 + Math.floor(length / 50)) {
      await rejected(decodeImage(bytes.subarray(0, length), "cut"), /^cut: /);
    }
  }
});

test("a JPEG or WebP beyond the limit comes smaller where that is asked for, whole and upright, with the size of its file", async () => {
  const jpeg = await raw().removeAlpha().withMetadata({ orientation: 6 }).jpeg({ quality: 95 }).toBuffer();
  const webp = await raw().webp({ lossless: true }).toBuffer();
  for (const [bytes, [width, height]] of [
    [jpeg, [24, 40]],
    [webp, [40, 24]],
  ] as const) {
    const small = await decodeImage(bytes, "a", { maxPixels: 300, shrink: true });
    assert.equal([small.width, small.height, small.original], [width / 2, height / 2, { width, height }]);
    const large = await decodeImage(bytes, "a", { shrink: true });
    assert.equal([large.width, large.height, large.original], [width, height, { width, height }]);
    const mean = ({ data }: { data: ArrayLike<number> }): number => Array.from(data).reduce((sum, value) => sum + value, 0) / data.length;
    assert.ok(Math.abs(mean(small) - mean(large)) < 2, `${mean(small)} and ${mean(large)}`);
  }
  await rejected(decodeImage(encodePng(picture), "a", { maxPixels: 959, shrink: true }), /^a: 40x24 pixels, more than the limit of 959/);
});

test("what is not a picture says what it is", async () => {
  await rejected(decodeImage(new Uint8Array(), "a"), /^a: an empty file/);
  await rejected(decodeImage(Buffer.from("GIF89a......"), "a"), /^a: a GIF file, which cannot be read; JPEG, PNG and WebP pictures can$/);
  await rejected(decodeImage(Buffer.from("....ftypavif"), "a"), /^a: a HEIC, AVIF or video file/);
  await rejected(decodeImage(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "a"), /^a: not a picture that can be read/);
  await rejected(decodeImage(Buffer.from("RIFF....WEBPVP8 "), "a"), /^a: damaged or cut short/);
  assert.is(pictureFormat(Buffer.from("RIFF....WAVE")), null);
});

test("files: by content, not by name; folders in natural order", async () => {
  const jpeg = await raw().removeAlpha().jpeg().toBuffer();
  const directory = fs.mkdtempSync(path.join(fs.realpathSync(process.env.TMPDIR ?? "/tmp"), "intarsia-pictures-"));
  try {
    fs.writeFileSync(path.join(directory, "10.png"), jpeg);
    fs.writeFileSync(path.join(directory, "2.JPG"), jpeg);
    fs.writeFileSync(path.join(directory, ".hidden.jpg"), jpeg);
    fs.mkdirSync(path.join(directory, "below"));
    fs.writeFileSync(path.join(directory, "notes.txt"), "not a picture");
    const found = await readImage(path.join(directory, "10.png"));
    assert.equal([found.width, path.basename(found.path)], [40, "10.png"]);
    assert.equal(
      listImages([directory]).map((file) => path.basename(file)),
      ["2.JPG", "10.png"],
    );
    const named = listImages([path.join(directory, "10.png"), directory]);
    assert.equal(
      named.map((file) => path.basename(file)),
      ["10.png", "2.JPG", "10.png"],
    );
    refused(() => listImages([path.join(directory, "none.png")]), /cannot read .*none.png: no such file or directory/);
    await rejected(readImage(path.join(directory, "notes.txt")), /notes.txt: not a picture that can be read/);
    await rejected(readImage(path.join(directory, "none.jpg")), /^cannot read .*none.jpg: no such file or directory/);
    await rejected(readImage(directory), /not a regular file/);
  } finally {
    fs.rmSync(directory, { recursive: true });
  }
  withDirectory((empty) => refused(() => listImages([empty]), /no JPEG, PNG or WebP files/));
  assert.throws(
    () => listImages([]),
    (error: unknown) => error instanceof UserError,
  );
});

test.run();
