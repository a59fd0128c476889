/** Checkpoints: what goes in comes out, bit for bit, or the file is refused. */

import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "../../src/data/tensors/checkpoint.ts";
import { readCheckpoint, writeCheckpoint } from "../../src/data/node/checkpoint.ts";
import { writeFileAtomic } from "../../src/data/node/files.ts";
import { readSafetensors } from "../../src/data/node/safetensors.ts";
import { decodeSafetensors, encodeSafetensors } from "../../src/data/tensors/safetensors.ts";
import { tensorBytes } from "../../src/data/tensors/tensor.ts";
import { hex, refused, withDirectory } from "./helpers.ts";

const checkpoint: Checkpoint = {
  tensors: {
    "conv1.weight": { dtype: "F32", shape: [2, 1, 2], data: Float32Array.of(1, -0, Number.NaN, 1e-45) },
    "optimizer/conv1.weight.m": { dtype: "F32", shape: [2, 1, 2], data: Float32Array.of(0.1, 0.2, 0.3, 0.4) },
    "bn.num_batches_tracked": { dtype: "I64", shape: [], data: BigInt64Array.of(41n) },
  },
  meta: { study: "mil", config: { task: "single", lr: 5e-4, widths: [20, 50] }, seed: 3, epoch: 7, position: 12, best: null, done: false },
};

const content = ({ tensors, meta }: Checkpoint): unknown => [
  Object.entries(tensors)
    .map(([key, { dtype, shape, data }]) => [key, dtype, [...shape], hex(tensorBytes(data))])
    .sort(),
  meta,
];

test("what is saved is loaded, bit for bit", () => {
  const bytes = encodeCheckpoint(checkpoint);
  assert.equal(content(decodeCheckpoint(bytes, "c")), content(checkpoint));
  assert.is(hex(encodeCheckpoint(decodeCheckpoint(bytes, "c"))), hex(bytes), "saving again gives the same bytes");
  withDirectory((directory) => {
    const file = path.join(directory, "run", "last.safetensors");
    writeCheckpoint(file, checkpoint);
    assert.equal(content(readCheckpoint(file)), content(checkpoint));
    assert.is(hex(fs.readFileSync(file)), hex(bytes));
    assert.equal(Object.keys(readSafetensors(file).tensors).length, 3, "a checkpoint is a safetensors file");
  });
});

/** As text, its keys in order: a comparison of the objects themselves trips over keys such as __proto__ and toString. */
const sorted = (meta: Readonly<Record<string, unknown>>): string =>
  JSON.stringify(
    Object.keys(meta)
      .sort()
      .map((key) => [key, meta[key]]),
  );

test("any JSON value survives in meta", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ maxLength: 5 }), fc.json(), { maxKeys: 4 }), (texts) => {
      const meta = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, JSON.parse(text) as unknown]));
      const again = decodeCheckpoint(encodeCheckpoint({ tensors: {}, meta }), "c").meta;
      assert.equal(sorted(again), sorted(meta));
    }),
  );
  assert.equal(decodeCheckpoint(encodeCheckpoint({ tensors: {}, meta: { a: undefined, b: 1 } }), "c").meta, { b: 1 });
  const named = { " ": { toString: false }, "": {} }; // values that cannot become texts
  assert.is(sorted(decodeCheckpoint(encodeCheckpoint({ tensors: {}, meta: named }), "c").meta), sorted(named));
});

test("what JSON would silently change is a mistake", () => {
  const encode = (meta: Record<string, unknown>) => () => encodeCheckpoint({ tensors: {}, meta });
  assert.throws(encode({ best: Infinity }), /meta best: it is Infinity/);
  assert.throws(encode({ history: { loss: [1, Number.NaN] } }), /meta history: 1 is NaN/);
  assert.throws(encode({ n: 1n }), /bigint|is 1, which JSON cannot hold/);
  assert.throws(encode({ checksum: 1 }), /must not hold checksum/);
});

test("cut anywhere, it is refused", () => {
  const bytes = encodeCheckpoint(checkpoint);
  for (let length = 0; length < bytes.length; length += 1) refused(() => decodeCheckpoint(bytes.subarray(0, length), "c"), /^c: /);
  refused(() => decodeCheckpoint(bytes.subarray(0, bytes.length - 5), "c"), /cut short: its tensors need 40 bytes, the file holds 35/);
});

test("one changed bit anywhere in the data is seen", () => {
  const bytes = encodeCheckpoint(checkpoint);
  for (let at = bytes.length - 40; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const altered = bytes.slice();
      altered[at] ^= 1 << bit;
      refused(() => decodeCheckpoint(altered, "c"), /altered or damaged \(checksum [0-9a-f]{8}, content [0-9a-f]{8}\)/);
    }
  }
});

test("changed metadata, names and shapes are seen", () => {
  const { tensors, metadata } = decodeSafetensors(encodeCheckpoint(checkpoint), "c");
  const altered: [Parameters<typeof encodeSafetensors>[0], Record<string, string>][] = [
    [tensors, { ...metadata, epoch: "8" }],
    [tensors, { ...metadata, more: "1" }],
    [{ ...tensors, "conv1.weight": { ...tensors["conv1.weight"], shape: [4] } }, metadata],
    [{ "conv1.bias": tensors["conv1.weight"], "bn.num_batches_tracked": tensors["bn.num_batches_tracked"] }, metadata],
  ];
  for (const [t, m] of altered) refused(() => decodeCheckpoint(encodeSafetensors(t, m), "c"), /altered or damaged/);
});

test("other files and other versions are told apart", () => {
  const { tensors, metadata } = decodeSafetensors(encodeCheckpoint(checkpoint), "c");
  refused(() => decodeCheckpoint(encodeSafetensors(tensors), "c"), /^c: a safetensors file, but not a checkpoint of intarsia/);
  refused(
    () => decodeCheckpoint(encodeSafetensors(tensors, { ...metadata, version: "2" }), "c"),
    /a checkpoint of format 2; this program reads format 1/,
  );
  refused(() => decodeCheckpoint(new TextEncoder().encode("hello, world"), "c"), /not a safetensors file/);
  refused(() => readCheckpoint("none.safetensors"), /cannot read none.safetensors: no such file/);
});

test("a write that fails leaves the old file, and nothing else", () => {
  withDirectory((directory) => {
    const file = path.join(directory, "last.safetensors");
    writeCheckpoint(file, checkpoint);
    const before = hex(fs.readFileSync(file));
    const failing = (function* (): Generator<Uint8Array> {
      yield new Uint8Array(100);
      throw new Error("the device was lost");
    })();
    refused(() => writeFileAtomic(file, failing), /cannot write .*last.safetensors: the device was lost/);
    assert.is(hex(fs.readFileSync(file)), before);
    assert.equal(fs.readdirSync(directory), ["last.safetensors"]);
  });
});

test("a symbolic link is written through", () => {
  withDirectory((directory) => {
    const [target, link] = ["target", "link"].map((name) => path.join(directory, name));
    writeFileAtomic(target, "old");
    fs.symlinkSync(target, link);
    writeFileAtomic(link, "new");
    assert.is(fs.readFileSync(target, "utf8"), "new");
    assert.ok(fs.lstatSync(link).isSymbolicLink());
  });
});

test.run();
