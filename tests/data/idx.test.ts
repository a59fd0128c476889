/** IDX files and MNIST: real data, every spelling, and everything that can be wrong with a file. */

import * as fs from "node:fs";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodeIdx, pairImages, parseIdxImages, parseIdxLabels } from "../../src/data/tensors/idx.ts";
import { loadDigits, readIdx } from "../../src/data/node/digits.ts";
import { hex, refused, withDirectory } from "./helpers.ts";

const images = (count: number, side = 28): Uint8Array =>
  encodeIdx(
    Uint8Array.from({ length: count * side * side }, (_, i) => i % 251),
    [count, side, side],
  );
const labels = (count: number): Uint8Array =>
  encodeIdx(
    Uint8Array.from({ length: count }, (_, i) => i % 10),
    [count],
  );

/** A directory with MNIST's four names; `change` replaces or removes (null) some of the files. */
function withDigits<T>(change: Record<string, Uint8Array | null>, use: (directory: string) => T): T {
  const standard = {
    "train-images-idx3-ubyte": images(5),
    "train-labels-idx1-ubyte": labels(5),
    "t10k-images-idx3-ubyte": images(3),
    "t10k-labels-idx1-ubyte": labels(3),
  };
  return withDirectory((directory) => {
    for (const [name, bytes] of Object.entries({ ...standard, ...change })) {
      if (bytes !== null) fs.writeFileSync(path.join(directory, name), bytes);
    }
    return use(directory);
  });
}

test("all 70,000 digits of MNIST", () => {
  const { train, test: held } = loadDigits();
  assert.equal([train.count, held.count, train.height, train.width], [60_000, 10_000, 28, 28]);
  assert.equal([train.images.length, train.labels.length], [60_000 * 784, 60_000]);
  assert.equal([...train.labels.subarray(0, 5), ...held.labels.subarray(0, 5)], [5, 0, 4, 1, 9, 7, 2, 1, 0, 4]);
  const counts = Array.from({ length: 10 }, (_, digit) => train.labels.filter((label) => label === digit).length);
  assert.equal(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]); // the data set's published counts
  const mean = train.images.reduce((sum, x) => sum + x, 0) / train.images.length / 255;
  assert.ok(Math.abs(mean - 0.1307) < 5e-5, `mean ${mean}`); // the constant of every PyTorch example
});

test("what is written is read", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat(255)),
      (n, h, w, stream) => {
        const data = Uint8Array.from({ length: n * h * w }, () => stream.next().value as number);
        const parsed = parseIdxImages(encodeIdx(data, [n, h, w]), "x");
        assert.equal([parsed.count, parsed.height, parsed.width], [n, h, w]);
        assert.is(hex(parsed.pixels), hex(data));
        assert.is(hex(parseIdxLabels(encodeIdx(data, [data.length]), "x")), hex(data));
      },
    ),
  );
});

test("both spellings, plain and gzipped, mixed", () => {
  const change = {
    "train-images-idx3-ubyte": null,
    "train-images.idx3-ubyte.gz": gzipSync(images(5)),
    "t10k-labels-idx1-ubyte": null,
    "t10k-labels.idx1-ubyte": labels(3),
    "t10k-images-idx3-ubyte": gzipSync(images(3)), // gzipped without saying so
  };
  withDigits(change, (directory) => {
    const { train, test: held } = loadDigits(directory);
    assert.equal([train.count, held.count], [5, 3]);
    assert.equal([...held.labels], [0, 1, 2]);
    assert.is(hex(train.images), hex(images(5).subarray(16)));
  });
});

test("EMNIST's names: digits, plain and gzipped, beside letters that are no digits; MNIST's own files come first", () => {
  withDirectory((directory) => {
    const write = (name: string, bytes: Uint8Array): void => fs.writeFileSync(path.join(directory, name), bytes);
    const letters = encodeIdx(Uint8Array.of(11, 26), [2]);
    write("emnist-letters-train-images-idx3-ubyte", images(2));
    write("emnist-letters-train-labels-idx1-ubyte", letters);
    refused(
      () => loadDigits(directory),
      /: no file train-images-idx3-ubyte .* emnist-digits-train-images-idx3-ubyte, .* it holds "emnist-letters-train/,
    );
    write("emnist-digits-train-images-idx3-ubyte.gz", gzipSync(images(4)));
    refused(() => loadDigits(directory), /no file emnist-digits-train-labels-idx1-ubyte \(nor/);
    write("emnist-digits-train-labels-idx1-ubyte.gz", gzipSync(labels(4)));
    write("emnist-digits-test-images-idx3-ubyte", images(3));
    write("emnist-digits-test-labels-idx1-ubyte", labels(3));
    const { train, test: held } = loadDigits(directory);
    assert.equal([train.count, held.count], [4, 3]);
    assert.is(hex(train.images), hex(images(4).subarray(16)));
    write("train-images-idx3-ubyte", images(6));
    write("train-labels-idx1-ubyte", labels(6));
    write("test-images-idx3-ubyte", images(2));
    write("test-labels-idx1-ubyte", labels(2));
    assert.equal([loadDigits(directory).train.count, loadDigits(directory).test.count], [6, 2]);
  });
});

test("bad headers", () => {
  const magic = (...bytes: number[]): Uint8Array => Uint8Array.from([...bytes, ...new Array<number>(20).fill(0)]);
  refused(() => parseIdxImages(new Uint8Array(), "a"), /^a: not an IDX file: 0 bytes/);
  refused(() => parseIdxImages(magic(0x89, 0x50, 0x4e, 0x47), "a"), /begins with 89 50 4e 47, expected 00 00 08 03/);
  refused(() => parseIdxImages(magic(0, 0, 7, 3), "a"), /not an IDX file/);
  refused(() => parseIdxImages(magic(0, 0, 13, 3), "a"), /holds f32 values/);
  refused(() => parseIdxImages(labels(5), "a"), /has 1 dimensions; IDX images/);
  refused(() => parseIdxLabels(images(5), "a"), /has 3 dimensions; IDX labels/);
  refused(() => parseIdxImages(images(5).subarray(0, 15), "a"), /cut short: 15 bytes, its header alone needs 16/);
  refused(() => parseIdxImages(encodeIdx(new Uint8Array(), [0, 28, 28]), "a"), /holds no items/);
  refused(() => parseIdxImages(encodeIdx(new Uint8Array(), [4, 0, 28]), "a"), /without pixels/);
  refused(() => parseIdxImages(encodeIdx(new Uint8Array(), [0xffffffff, 0xffffffff, 0xffffffff]), "a"), /more than the limit/);
});

test("cut short or too long, with the numbers", () => {
  refused(
    () => parseIdxImages(images(5).subarray(0, 3000), "a"),
    /^a: cut short: its header says \[5, 28, 28\], that is 3936 bytes, but it has 3000/,
  );
  refused(() => parseIdxLabels(Uint8Array.of(...labels(5), 1), "a"), /too long: .* 13 bytes, but it has 14/);
});

test("images and labels that do not match, labels that are no digits, pictures of another size", () => {
  withDigits({ "train-labels-idx1-ubyte": labels(4) }, (directory) => {
    refused(() => loadDigits(directory), /train-images-idx3-ubyte holds 5 images, but .*train-labels-idx1-ubyte holds 4 labels/);
  });
  withDigits({ "t10k-labels-idx1-ubyte": encodeIdx(Uint8Array.of(1, 10, 2), [3]) }, (directory) => {
    refused(() => loadDigits(directory), /t10k-labels-idx1-ubyte: label 10 at item 1; labels must be 0..9/);
  });
  withDigits({ "t10k-images-idx3-ubyte": images(3, 27) }, (directory) => {
    refused(() => loadDigits(directory), /pictures of 27x27 pixels; digits must be 28x28/);
  });
  const names = { imagesFile: "i", labelsFile: "l" };
  assert.is(pairImages(parseIdxImages(images(2, 3), "i"), Uint8Array.of(7, 200), names).count, 2);
});

test("directories that are not there, or lack a file", () => {
  withDigits({ "t10k-labels-idx1-ubyte": null }, (directory) => {
    refused(
      () => loadDigits(directory),
      /no file t10k-labels-idx1-ubyte \(nor t10k-labels-idx1-ubyte.gz, nor t10k-labels.idx1-ubyte\[.gz\], nor emnist-digits-test-labels-idx1-ubyte, emnist-mnist-test-labels-idx1-ubyte of EMNIST\); it holds "t10k-images-idx3-ubyte", /,
    );
    refused(() => loadDigits(path.join(directory, "none")), /none: no such directory/);
    refused(() => loadDigits(path.join(directory, "train-images-idx3-ubyte")), /not a directory/);
  });
  withDigits({ "t10k-labels-idx1-ubyte": null }, (directory) => {
    fs.mkdirSync(path.join(directory, "t10k-labels-idx1-ubyte"));
    refused(() => loadDigits(directory), /not a regular file/);
  });
});

/** Runs `use` on a file with these bytes. */
const onFile = (bytes: Uint8Array, use: (file: string) => void): void =>
  withDirectory((directory) => {
    const file = path.join(directory, "file.gz");
    fs.writeFileSync(file, bytes);
    use(file);
  });

test("a gzip bomb stops at the size that its header promises", () => {
  const bomb = Buffer.alloc(300 * 2 ** 20);
  bomb.set(images(5).subarray(0, 16)); // promises 3936 bytes, inflates to 300 MiB
  const packed = gzipSync(bomb, { level: 1 });
  onFile(packed, (file) => {
    const before = process.memoryUsage().arrayBuffers;
    refused(() => readIdx(file, 3), /too long: it inflates to more bytes than its header promises/);
    assert.ok(process.memoryUsage().arrayBuffers - before < 32 * 2 ** 20);
  });
});

test("gzip: a huge promise, cut short, damaged", () => {
  onFile(gzipSync(encodeIdx(new Uint8Array(9), [0xffff, 0xffff, 0xffff])), (file) =>
    refused(() => readIdx(file, 3), /more than the limit/),
  );
  onFile(gzipSync(encodeIdx(new Uint8Array(9), [9, 28, 28])), (file) => refused(() => parseIdxImages(readIdx(file, 3), "x"), /cut short/));
  onFile(gzipSync(images(5)).subarray(0, 100), (file) => refused(() => readIdx(file, 3), /damaged gzip data/));
  onFile(gzipSync(Buffer.from("hello")), (file) => refused(() => readIdx(file, 3), /not an IDX file/));
  onFile(gzipSync(Buffer.alloc(0)), (file) => refused(() => readIdx(file, 3), /not an IDX file: 0 bytes/));
});

test.run();
