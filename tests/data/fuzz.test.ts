/**
 * Thousands of damaged files: each is refused with a UserError, or read as something that is right in itself; none hangs, and none
 * makes the reader take memory that the file does not fill. The mutations are seeded: a failure names its case.
 */

import * as fs from "node:fs";
import * as path from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeCheckpoint, encodeCheckpoint } from "../../src/data/tensors/checkpoint.ts";
import { UserError } from "../../src/data/errors.ts";
import { encodeIdx, parseIdxImages } from "../../src/data/tensors/idx.ts";
import { readIdx } from "../../src/data/node/digits.ts";
import { decodePng } from "../../src/data/node/png.ts";
import { decodeNpy, encodeNpy } from "../../src/data/tensors/npy.ts";
import { createRandom, type Random } from "../../src/data/random.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/data/tensors/safetensors.ts";
import { tensorBytes, elementCount, itemBytes } from "../../src/data/tensors/tensor.ts";
import { fromBase64, hex, pngChunk, withDirectory } from "./helpers.ts";

const CASES = 1500;
const EXTREMES = [0, 1, 0x7f, 0x80, 0xff];
const NUMBERS = ["0", "-1", "1e9", "4294967296", "9007199254740993", "1.5", "null", "[]", "{}", '""', "true"];

/** Replaces a run of digits in a text header by something else. */
function replaceNumber(bytes: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(bytes).toString("latin1");
  const runs = [...text.slice(0, 600).matchAll(/\d+/g)];
  if (runs.length === 0) return bytes;
  const run = runs[random.int(runs.length)];
  return new Uint8Array(
    Buffer.from(text.slice(0, run.index) + NUMBERS[random.int(NUMBERS.length)] + text.slice(run.index + run[0].length), "latin1"),
  );
}

/** One to four changes: bits, bytes, cuts, insertions, repetitions, numbers. Half of them in the first 64 bytes, where headers are. */
function mutate(original: Uint8Array, random: Random): Uint8Array {
  let bytes = new Uint8Array(original);
  const changes = 1 + random.int(4);
  for (let i = 0; i < changes && bytes.length > 0; i += 1) {
    const at = random.int(random.next() < 0.5 ? Math.min(64, bytes.length) : bytes.length);
    const length = random.int(9);
    const kind = random.int(7);
    if (kind === 0) bytes[at] ^= 1 << random.int(8);
    else if (kind === 1) bytes[at] = random.int(256);
    else if (kind === 2) bytes.fill(EXTREMES[random.int(EXTREMES.length)], at, at + 4);
    else if (kind === 3) bytes = bytes.slice(0, at);
    else if (kind === 4) bytes = Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + length)]);
    else if (kind === 5) bytes = Uint8Array.from([...bytes.subarray(0, at + length), ...bytes.subarray(at)]);
    else bytes = replaceNumber(bytes, random);
  }
  return bytes;
}

/** Runs `read` on mutations of the files; what it accepts is given to its own checks. Counts both. */
function fuzz(name: string, files: readonly Uint8Array[], read: (bytes: Uint8Array, original: Uint8Array) => void): void {
  let refusals = 0;
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < CASES; i += 1) {
    const random = createRandom(1, name, i);
    const original = files[random.int(files.length)];
    try {
      read(mutate(original, random), original);
    } catch (error) {
      if (!(error instanceof UserError)) throw new Error(`${name}, case ${i}: ${String(error)}`, { cause: error });
      assert.not.match(error.message, /\n/, `${name}, case ${i}`);
      refusals += 1;
    }
  }
  const grown = process.memoryUsage().arrayBuffers - before;
  assert.ok(grown < 2 ** 28, `${name}: ${grown} bytes more`);
  assert.ok(refusals > CASES / 4, `${name}: only ${refusals} of ${CASES} refused: the mutations are too weak`);
  console.log(`# ${name}: ${CASES} damaged files, ${refusals} refused, ${CASES - refusals} read`);
}

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 256);
const tensors = {
  "conv1.weight": { dtype: "F32", shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
  "conv1.bias": { dtype: "F16", shape: [3], data: Uint16Array.of(1, 2, 3) },
  steps: { dtype: "I64", shape: [], data: BigInt64Array.of(9n) },
} as const;

test("safetensors", () => {
  fuzz("safetensors", [encodeSafetensors(tensors, { note: "12" })], (bytes) => {
    const found = decodeSafetensors(bytes, "x");
    for (const { dtype, shape, data } of Object.values(found.tensors))
      assert.is(data.byteLength, (elementCount(shape) ?? -1) * itemBytes(dtype));
    const again = decodeSafetensors(encodeSafetensors(found.tensors, found.metadata), "y");
    assert.equal(Object.keys(again.tensors).sort(), Object.keys(found.tensors).sort());
    for (const [key, { data }] of Object.entries(found.tensors))
      assert.is(hex(tensorBytes(again.tensors[key].data)), hex(tensorBytes(data)));
  });
});

test("checkpoints: what is accepted is exactly what was saved", () => {
  const meta = { epoch: 12, config: { width: 128 } };
  fuzz("checkpoint", [encodeCheckpoint({ tensors, meta })], (bytes) => {
    const found = decodeCheckpoint(bytes, "x");
    assert.is(hex(encodeCheckpoint(found)), hex(encodeCheckpoint({ tensors, meta })));
  });
});

test("IDX", () => {
  fuzz("IDX", [encodeIdx(counting(60), [3, 4, 5]), encodeIdx(counting(784), [1, 28, 28])], (bytes) => {
    const { count, height, width, pixels } = parseIdxImages(bytes, "x");
    assert.is(pixels.length, count * height * width);
    assert.ok(pixels.length > 0);
  });
});

test("IDX, gzipped", () => {
  withDirectory((directory) => {
    const file = path.join(directory, "x.gz");
    fuzz(
      "gzipped IDX",
      [gzipSync(encodeIdx(counting(784), [1, 28, 28])), gzipSync(encodeIdx(new Uint8Array(78400), [100, 28, 28]))],
      (bytes) => {
        fs.writeFileSync(file, bytes);
        const { count, height, width, pixels } = parseIdxImages(readIdx(file, 3), "x");
        assert.is(pixels.length, count * height * width);
      },
    );
  });
});

test(".npy", () => {
  const files = [
    encodeNpy({ dtype: "F32", shape: [2, 3], data: new Float32Array(6) }),
    encodeNpy({ dtype: "U8", shape: [7], data: counting(7) }),
  ];
  fuzz(".npy", files, (bytes) => {
    const { dtype, shape, data } = decodeNpy(bytes, "x");
    assert.is(data.byteLength, (elementCount(shape) ?? -1) * itemBytes(dtype));
  });
});

const pngs: Uint8Array[] = JSON.parse(fs.readFileSync(new URL("golden/files.json", import.meta.url), "utf8")).png.files.map(
  ({ file }: { file: string }) => fromBase64(file),
);

/** Puts right checksums on the chunks of a damaged PNG, so that the damage gets past them. */
function repairChecksums(bytes: Uint8Array): Uint8Array {
  const view = Buffer.from(bytes);
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  let at = 8;
  while (at + 12 <= bytes.length && at + 12 + view.readUInt32BE(at) <= bytes.length) {
    const end = at + 12 + view.readUInt32BE(at);
    parts.push(pngChunk(view.toString("latin1", at + 4, at + 8), bytes.subarray(at + 8, end - 4)));
    at = end;
  }
  return new Uint8Array(Buffer.concat([...parts, bytes.subarray(at)]));
}

function checkPicture(bytes: Uint8Array): void {
  const { width, height, data } = decodePng(bytes, "x", { maxPixels: 2 ** 20 });
  assert.is(data.length, 4 * width * height);
}

test("PNG: checksums let nothing damaged through", () => {
  fuzz("PNG", pngs, checkPicture);
});

test("PNG, with checksums put right after the damage", () => {
  fuzz("PNG with right checksums", pngs, (bytes) => checkPicture(repairChecksums(bytes)));
});

test.run();
