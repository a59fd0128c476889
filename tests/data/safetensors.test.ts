/** safetensors: round trips, determinism, strictness, and files read tensor by tensor. (Files from PyTorch: golden.test.ts.) */

import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { findDuplicateKey } from "../../src/data/text/json.ts";
import { diffKeys, requireKeys } from "../../src/data/tensors/keys.ts";
import { readSafetensors, readSafetensorsHeader, writeSafetensors } from "../../src/data/node/safetensors.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/data/tensors/safetensors.ts";
import {
  asFloat32,
  asInt32,
  tensorBytes,
  elementCount,
  type FileTensor,
  itemBytes,
  type TensorDType,
  viewBytes,
} from "../../src/data/tensors/tensor.ts";
import { hex, refused, withDirectory } from "./helpers.ts";

const DTYPES: readonly TensorDType[] = ["F64", "F32", "F16", "BF16", "I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8", "BOOL"];

const tensor: fc.Arbitrary<FileTensor> = fc
  .tuple(fc.constantFrom(...DTYPES), fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }))
  .chain(([dtype, shape]) => {
    const length = (elementCount(shape) ?? 0) * itemBytes(dtype);
    return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ dtype, shape, data: viewBytes(bytes, dtype) }));
  });
const name = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("__proto__", "constructor", "7", "layer1.0.conv1.weight", "optimizer/a.b", "toString"),
);
/** Like fc.dictionary, but an own property also for `__proto__`. */
const tensors = fc
  .uniqueArray(fc.tuple(name, tensor), { maxLength: 6, selector: ([key]) => key })
  .map((entries): Record<string, FileTensor> => Object.fromEntries(entries.filter(([key]) => key !== "__metadata__")));
const metadata = fc.dictionary(fc.string(), fc.string(), { maxKeys: 4 });

const describe = (all: Readonly<Record<string, FileTensor>>): unknown =>
  Object.entries(all)
    .map(([key, { dtype, shape, data }]) => [key, dtype, shape.join(), hex(tensorBytes(data))])
    .sort();

test("what is written is read, in memory and on disk", () => {
  withDirectory((directory) => {
    const file = path.join(directory, "x.safetensors");
    fc.assert(
      fc.property(tensors, metadata, (content, notes) => {
        const bytes = encodeSafetensors(content, notes);
        const decoded = decodeSafetensors(bytes, "x");
        assert.equal(describe(decoded.tensors), describe(content));
        assert.equal(Object.entries(decoded.metadata).sort(), Object.entries(notes).sort());
        fs.writeFileSync(file, bytes);
        const read = readSafetensors(file);
        assert.equal(describe(read.tensors), describe(content));
        assert.equal(Object.entries(read.metadata).sort(), Object.entries(notes).sort());
      }),
      { numRuns: 200 },
    );
  });
});

test("the same content gives the same bytes, whatever the order; data begin at a multiple of 8, elements at one of their size", () => {
  fc.assert(
    fc.property(tensors, metadata, (content, notes) => {
      const bytes = encodeSafetensors(content, notes);
      const reversed = <T>(record: Readonly<Record<string, T>>): Record<string, T> => Object.fromEntries(Object.entries(record).reverse());
      assert.is(hex(encodeSafetensors(reversed(content), reversed(notes))), hex(bytes));
      assert.is(Number(new DataView(bytes.buffer).getBigUint64(0, true)) % 8, 0);
      for (const { data } of Object.values(decodeSafetensors(bytes, "x").tensors))
        assert.is(data.buffer, bytes.buffer, "a view, so aligned");
    }),
  );
});

/** A file from a header as text and so many bytes of data. */
function file(header: string, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}
const entry = (dtype: string, shape: unknown, offsets: unknown): string => JSON.stringify({ dtype, shape, data_offsets: offsets });

test("headers that lie are refused", () => {
  const no = (header: string, data: number, message: RegExp): void => refused(() => decodeSafetensors(file(header, data), "f"), message);
  no("{}", 1, /too long: its tensors need 0 bytes, the file holds 1/);
  no("", 0, /header is not JSON/);
  no("[]", 0, /not a JSON object/);
  no("null", 0, /not a JSON object/);
  no('{"a":', 0, /header is not JSON/);
  no("\u0000", 0, /header is not JSON/);
  no('{"a":7}', 0, /"a" is not described by an object/);
  no(`{"a":${entry("F8_E4M3", [1], [0, 1])}}`, 1, /element type "F8_E4M3", which is not supported/);
  no(`{"a":${entry("toString", [1], [0, 1])}}`, 1, /element type "toString"/);
  no(`{"a":${entry("F32", "x", [0, 4])}}`, 4, /has no shape/);
  no(`{"a":${entry("F32", [-1], [0, 4])}}`, 4, /impossible shape "\[-1\]"/);
  no(`{"a":${entry("F32", [1.5], [0, 4])}}`, 4, /impossible shape/);
  no(`{"a":${entry("F32", ["1"], [0, 4])}}`, 4, /impossible shape/);
  no(`{"a":${entry("F32", [2 ** 40, 2 ** 40], [0, 4])}}`, 4, /impossible shape/);
  no(`{"a":${entry("F32", [2 ** 50], [0, 2 ** 52])}}`, 4, /cut short: its tensors need 4503599627370496 bytes, the file holds 4/);
  no(`{"a":${entry("F32", [2], [0, 4])}}`, 4, /F32 \[2\] needs 8 bytes, its data_offsets give 4/);
  no(`{"a":${entry("F32", [1], [4, 0])}}`, 4, /needs 4 bytes, its data_offsets give -4/);
  no(`{"a":${entry("F32", [1], [0])}}`, 4, /impossible data_offsets/);
  no(`{"a":${entry("F32", [1], null)}}`, 4, /impossible data_offsets/);
  no(`{"a":{"dtype":"F32","shape":[1]}}`, 4, /impossible data_offsets "nothing"/);
  no(`{"a":${entry("F32", [1], [4, 8])}}`, 8, /"a" begins at byte 4, expected 0: gap/);
  no(`{"a":${entry("F32", [1], [0, 4])},"b":${entry("U8", [4], [2, 6])}}`, 6, /"b" begins at byte 2, expected 4: overlap/);
  no(`{"a":${entry("F32", [1], [0, 4])},"b":${entry("F32", [1], [0, 4])}}`, 4, /overlap/);
  no(`{"a":${entry("U8", [1], [0, 1])},"\\u0061":${entry("U8", [1], [1, 2])}}`, 2, /names "a" twice/);
  no(`{"a":{"dtype":"U8","dtype":"I8","shape":[1],"data_offsets":[0,1]}}`, 1, /names "dtype" twice/);
  no('{"__metadata__":{"a":1}}', 0, /__metadata__ "a" is not a text/);
  no('{"__metadata__":[]}', 0, /__metadata__ is not an object/);
  no(`{"__metadata__":null}`, 0, /__metadata__ is not an object/);
});

test("lengths that lie are refused", () => {
  refused(() => decodeSafetensors(new Uint8Array(3), "f"), /f: not a safetensors file: 3 bytes, too short/);
  refused(() => decodeSafetensors(new Uint8Array(8).fill(255), "f"), /not a safetensors file \(a header of 18446744073709551615 bytes\)/);
  refused(() => decodeSafetensors(file("{}").subarray(0, 9), "f"), /cut short: its header alone needs 10 bytes, the file has 9/);
  refused(() => decodeSafetensors(Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0, 0), "f"), /zip file.*safetensors.torch.save_file/);
  for (const [begin, message] of [
    [
      Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9),
      /^f: not a safetensors file but a pickle, as torch.save wrote it before PyTorch 1.6; save its state_dict/,
    ],
    [Uint8Array.of(0x80, 4, 0x7d, 0x2e), /but a pickle/],
    [Uint8Array.of(0x80, 2, 0, 0, 0, 0, 0, 0), /^f: cut short: its header alone needs 648 bytes, the file has 8/],
    [Buffer.from("\x89HDF\r\n\x1a\n....", "latin1"), /an HDF5 file, as Keras saves it/],
    [Buffer.from('{"modelTopology":{}}'), /but JSON; a manifest of TensorFlow.js/],
    [Buffer.from("{}"), /but JSON/],
    [Buffer.from("version https://git-lfs.github.com/spec/v1"), /a pointer of Git LFS/],
    [Buffer.from("<!DOCTYPE html><html>"), /a web page/],
    [new Uint8Array(), /^f: not a safetensors file: 0 bytes/],
  ] as const)
    refused(() => decodeSafetensors(new Uint8Array(begin), "f"), message);
  const notText = file('{"\u00ff":1}');
  notText[10] = 0xff;
  refused(() => decodeSafetensors(notText, "f"), /header is not JSON/);
});

test("a deeply nested header is refused without a stack overflow", () => {
  refused(() => decodeSafetensors(file(`{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`), "f"), /f: /);
});

test("duplicate keys are found, wherever they stand; equal keys of different objects are not duplicates", () => {
  assert.is(findDuplicateKey('{"a":{"b":1,"b" :2}}'), "b");
  assert.is(findDuplicateKey('{"a":1,"b":["a","a",{"a":2}],"c":"a"}'), null);
  assert.is(findDuplicateKey('{"x\\"y":1,"x\\u0022y":2}'), 'x"y');
  fc.assert(fc.property(fc.json(), (json) => assert.is(findDuplicateKey(JSON.stringify(JSON.parse(json))), null)));
});

test("a file is read in parts: the header alone, some tensors, with memory of their own", () => {
  withDirectory((directory) => {
    const where = path.join(directory, "deep", "w.safetensors");
    const content = {
      "a.weight": { dtype: "F32", shape: [2], data: Float32Array.of(1, 2) },
      "b.weight": { dtype: "F32", shape: [], data: Float32Array.of(3) },
    } as const;
    writeSafetensors(where, content, { note: "x" });
    assert.is(hex(fs.readFileSync(where)), hex(encodeSafetensors(content, { note: "x" })));
    const header = readSafetensorsHeader(where);
    assert.equal(
      header.entries.map((e) => e.name),
      ["a.weight", "b.weight"],
    );
    const { tensors: some } = readSafetensors(where, (key) => key.startsWith("b"));
    assert.equal(Object.keys(some), ["b.weight"]);
    assert.is(some["b.weight"].data.buffer.byteLength, 4);
    fs.truncateSync(where, fs.statSync(where).size - 1);
    refused(() => readSafetensors(where), /w.safetensors: cut short: its tensors need 12 bytes, the file holds 11/);
    refused(() => readSafetensors(path.join(directory, "none")), /cannot read .*none: no such file/);
    refused(() => readSafetensors(directory), /not a regular file/);
  });
});

test("mistakes of the program that writes are found", () => {
  const one = Float32Array.of(1);
  assert.throws(() => encodeSafetensors({ a: { dtype: "F32", shape: [2], data: one } }), /tensor a: shape \[2\] needs 2 elements, got 1/);
  assert.throws(
    () => encodeSafetensors({ a: { dtype: "I32", shape: [1], data: one } }),
    /I32 elements belong in a Int32Array, got Float32Array/,
  );
  assert.throws(() => encodeSafetensors({ __metadata__: { dtype: "F32", shape: [1], data: one } }), /must not be called/);
});

test("conversion to i32 refuses what does not fit", () => {
  const of = (dtype: TensorDType, data: FileTensor["data"]): FileTensor => ({ dtype, shape: [data.length], data });
  assert.equal([...asInt32(of("I64", BigInt64Array.of(-5n, 2n ** 31n - 1n)), "t")], [-5, 2 ** 31 - 1]);
  assert.equal([...asInt32(of("F16", Uint16Array.of(0x3c00, 0xc000)), "t")], [1, -2]);
  assert.equal([...asInt32(of("BOOL", Uint8Array.of(0, 1)), "t")], [0, 1]);
  refused(() => asInt32(of("I64", BigInt64Array.of(1n, 2n ** 31n)), "t"), /t: element 1 is 2147483648, which does not fit/);
  refused(() => asInt32(of("U32", Uint32Array.of(2 ** 31)), "t"), /element 0 is 2147483648/);
  refused(() => asInt32(of("F32", Float32Array.of(0, 1.5)), "t"), /element 1 is 1.5/);
  refused(() => asInt32(of("F64", Float64Array.of(Number.NaN)), "t"), /element 0 is NaN/);
  assert.equal([...asFloat32(of("U64", BigUint64Array.of(2n ** 40n)))], [2 ** 40]);
});

test("key differences are listed", () => {
  const shaped = (record: Record<string, number[]>): Record<string, { shape: number[] }> =>
    Object.fromEntries(Object.entries(record).map(([key, shape]) => [key, { shape }]));
  const expected = shaped({ a: [1], b: [2, 3], c: [] });
  const found = shaped({ b: [3, 2], c: [], d: [1] });
  assert.equal(diffKeys(expected, found), {
    missing: ["a"],
    unexpected: ["d"],
    misshaped: [{ key: "b", expected: [2, 3], found: [3, 2] }],
  });
  refused(
    () => requireKeys(expected, found, "w"),
    /^w: weights of another architecture: missing a; unexpected d; other shapes: b is \[3, 2\], expected \[2, 3\]$/,
  );
  refused(() => requireKeys(shaped({ a: [], b: [], c: [], d: [], e: [], f: [] }), {}, "w"), /missing a, b, c, d and 2 more$/);
  requireKeys(expected, shaped({ c: [], b: [2, 3], a: [1] }), "w");
});

test.run();
