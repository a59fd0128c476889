/**
 * What fast-check makes of weight files and pictures: damaged bytes, and headers made up from parts that lie. Each is refused with a
 * UserError of one line, or read as something that is right in itself; none hangs, and none takes memory that the file does not fill.
 */

import * as fc from "fast-check";
import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";
import { decodeManifest, parseManifest } from "../../src/data/tensors/manifest.ts";
import { decodeImage } from "../../src/data/node/pictures.ts";
import { encodePng } from "../../src/data/node/png.ts";
import { decodeNpy, encodeNpy } from "../../src/data/tensors/npy.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/data/tensors/safetensors.ts";
import { blobSource } from "../../src/data/tensors/source.ts";
import { elementCount, type FileTensor, itemBytes } from "../../src/data/tensors/tensor.ts";
import { fromTensorFlow } from "../../src/data/tensors/tensorflow.ts";

const counts = { refused: 0, read: 0 };

/** Runs `read`; a UserError of one line is as good as no error. */
async function survives(read: () => unknown): Promise<void> {
  try {
    await read();
    counts.read += 1;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    assert.not.match(error.message, /\n/);
    assert.ok(error.message.length < 1000, error.message);
    counts.refused += 1;
  }
}

/** `property` on `numRuns` inputs; the process must not have grown by more than `megabytes`. */
async function fuzz<T>(
  name: string,
  inputs: fc.Arbitrary<T>,
  numRuns: number,
  read: (input: T) => unknown,
  megabytes = 200,
): Promise<void> {
  Object.assign(counts, { refused: 0, read: 0 });
  const before = process.resourceUsage().maxRSS;
  await fc.assert(
    fc.asyncProperty(inputs, (input) => survives(() => read(input))),
    { numRuns, endOnFailure: true },
  );
  const grown = (process.resourceUsage().maxRSS - before) / 1024;
  assert.ok(grown < megabytes, `${name}: the process grew by ${grown} MB`);
  assert.ok(counts.refused > numRuns / 4, `${name}: only ${counts.refused} refused: the damage is too weak`);
  console.log(`# ${name}: ${numRuns} files, ${counts.refused} refused, ${counts.read} read`);
}

/** A file with one to five changes: bytes, runs of one value, cuts, insertions, repetitions; half of them near the start. */
function damaged(files: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const change = fc.record({
    place: fc.oneof(fc.nat(64), fc.nat()),
    kind: fc.constantFrom("set", "fill", "cut", "remove", "insert", "repeat"),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 8 }),
  });
  const changes = fc.array(change, { minLength: 1, maxLength: 5 });
  return fc.tuple(fc.constantFrom(...files), changes).map(([file, list]) => {
    let bytes = [...file];
    for (const { place, kind, bytes: own } of list) {
      const at = place % Math.max(1, bytes.length);
      if (kind === "set") bytes.splice(at, own.length, ...own);
      else if (kind === "fill") bytes.fill(own[0], at, at + own.length);
      else if (kind === "cut") bytes = bytes.slice(0, at);
      else if (kind === "remove") bytes.splice(at, own.length);
      else if (kind === "insert") bytes.splice(at, 0, ...own);
      else bytes.splice(at, 0, ...bytes.slice(at, at + 40));
    }
    return Uint8Array.from(bytes);
  });
}

/** Numbers that headers lie with. */
const number = fc.oneof(
  { weight: 3, arbitrary: fc.nat(40) },
  fc.constantFrom(-1, 0.5, 1e9, 2 ** 31, 2 ** 32, 2 ** 40, 2 ** 53 - 1, 2 ** 53, 1e300, -0),
  fc.constantFrom(null, "4", [], {}, true),
);
const shape = fc.oneof({ weight: 8, arbitrary: fc.array(number, { maxLength: 4 }) }, number);
const name = fc.oneof(fc.constantFrom("a", "fc/weights", "__proto__", "constructor", "a/depthwise_filter"), fc.string({ maxLength: 8 }));

function checkTensor({ dtype, shape: extents, data }: FileTensor): void {
  assert.is(data.byteLength, (elementCount(extents) ?? -1) * itemBytes(dtype));
}

const dtype = fc.oneof(fc.constantFrom("F32", "F16", "BF16", "I64", "U8", "F64", "BOOL", "F8_E4M3", "f32", "toString"), number);
const entry = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ dtype, shape, data_offsets: fc.oneof(fc.array(number, { maxLength: 3 }), fc.tuple(number, number)) }),
  },
  fc.anything(),
);

/** A safetensors file around a header that is made up. */
const madeUp = fc
  .tuple(
    fc.oneof(fc.dictionary(name, entry, { maxKeys: 4 }), fc.jsonValue()),
    fc.nat(100),
    fc.oneof(fc.constant(0), fc.integer({ min: -9, max: 9 })),
  )
  .map(([header, dataBytes, lie]) => {
    const text = new TextEncoder().encode(JSON.stringify(header) ?? "{}");
    const bytes = new Uint8Array(8 + text.length + dataBytes);
    new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, BigInt(text.length + lie)), true);
    bytes.set(text, 8);
    return bytes;
  });

test("safetensors: made-up headers and damaged files, whole and piece by piece", async () => {
  const whole = encodeSafetensors({
    "a.weight": { dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
    n: { dtype: "I64", shape: [], data: BigInt64Array.of(7n) },
  });
  await fuzz("safetensors", fc.oneof(madeUp, damaged([whole])), 1500, (bytes) => {
    const { tensors } = decodeSafetensors(bytes, "x");
    for (const tensor of Object.values(tensors)) checkTensor(tensor);
  });
  await fuzz("safetensors as a blob", fc.oneof(madeUp, damaged([whole])), 400, async (bytes) => {
    const source = await blobSource(new Blob([bytes as Uint8Array<ArrayBuffer>]), "x");
    for (const [key, { shape: extents }] of source.entries) {
      const count = elementCount(extents) ?? -1;
      assert.is((await source.read(key, 0, count)).data.length, count);
    }
  });
});

const quantization = fc.oneof(
  { weight: 4, arbitrary: fc.record({ dtype: fc.constantFrom("uint8", "uint16", "float16", "uint4"), scale: number, min: number }) },
  number,
);
const weight = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record(
      { name, shape, dtype: fc.oneof({ weight: 6, arbitrary: fc.constantFrom("float32", "int32", "bool") }, name), quantization },
      { requiredKeys: ["name", "shape", "dtype"] },
    ),
  },
  fc.anything(),
);
const path = fc.oneof({ weight: 8, arbitrary: fc.constant("a.bin") }, fc.constantFrom("../b", "/etc/passwd", "http://x/y"), number);
const group = fc.oneof(
  { weight: 8, arbitrary: fc.record({ paths: fc.array(path, { maxLength: 2 }), weights: fc.array(weight, { maxLength: 3 }) }) },
  fc.anything(),
);

test("TensorFlow.js manifests that lie about their files", async () => {
  const manifest = fc.tuple(fc.array(group, { maxLength: 2 }), fc.array(fc.nat(60), { minLength: 2, maxLength: 2 }), fc.boolean());
  await fuzz("manifests", manifest, 1500, ([groups, sizes, wrapped]) => {
    const text = JSON.stringify(wrapped ? { weightsManifest: groups } : groups);
    const parsed = parseManifest(text, "m");
    // What the groups say that they need is given to them, where it is little: the rest must be refused by its size.
    const files = parsed.map(({ bytes }, i) => new Uint8Array(bytes < 1000 ? bytes : sizes[i]));
    const tensors = decodeManifest(parsed, files, "m");
    for (const tensor of Object.values(tensors)) checkTensor(tensor);
    for (const tensor of Object.values(fromTensorFlow(tensors, "m"))) checkTensor(tensor);
  });
});

test(".npy", async () => {
  const files = [
    encodeNpy({ dtype: "F32", shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }),
    encodeNpy({ dtype: "I64", shape: [2], data: BigInt64Array.of(1n, -1n) }),
  ];
  await fuzz(".npy", damaged(files), 500, (bytes) => checkTensor(decodeNpy(bytes, "x")));
});

test("pictures: PNG, JPEG and WebP", async () => {
  const [width, height] = [33, 17];
  const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 255 : (i * 37) % 251));
  const raw = () => sharp(data, { raw: { width, height, channels: 4 } });
  const check = async (bytes: Uint8Array): Promise<void> => {
    const picture = await decodeImage(bytes, "x", { maxPixels: 2 ** 20 });
    assert.ok(picture.width * picture.height <= 2 ** 20);
    assert.is(picture.data.length, 4 * picture.width * picture.height);
  };
  await fuzz("PNG", damaged([encodePng({ width, height, data })]), 400, check);
  const jpegs = [await raw().removeAlpha().jpeg().toBuffer(), await raw().removeAlpha().jpeg({ progressive: true }).toBuffer()];
  await fuzz("JPEG", damaged(jpegs), 600, check);
  const webps = [await raw().webp().toBuffer(), await raw().webp({ lossless: true }).toBuffer()];
  await fuzz("WebP", damaged(webps), 600, check);
});

test.run();
