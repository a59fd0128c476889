/** Data sets of arrays, tensors and IDX files: samples, labels, subsets and splits. */

import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { idxSet, readNpy, safetensorsSet } from "../../../src/data/node/sets/index.ts";
import { writeSafetensors } from "../../../src/data/node/safetensors.ts";
import { dataSet, fromArrays, fromImages, fromTensors, pictureStatistics } from "../../../src/data/sets/index.ts";
import { encodeIdx } from "../../../src/data/tensors/idx.ts";
import { encodeNpy } from "../../../src/data/tensors/npy.ts";
import { refused, refusedLater, withDirectoryLater } from "../helpers.ts";

test("arrays: each form, with its type and shape", async () => {
  const set = fromArrays({
    flat: { data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [2] },
    nested: [[[1, 2]], [[3, 4]], [[5, 6]]],
    number: [0.5, 1.5, 2.5],
    whole: Int16Array.of(-1, 0, 7),
    kind: ["dog", "cat10", "cat2"],
  });
  assert.is(set.size, 3);
  assert.equal(set.fields, {
    flat: { shape: [2], dtype: "f32" },
    nested: { shape: [1, 2], dtype: "f32" },
    number: { shape: [], dtype: "f32" },
    whole: { shape: [], dtype: "i32" },
    kind: { shape: [], dtype: "i32", classes: ["cat2", "cat10", "dog"] },
  });
  assert.equal(set.classes, ["cat2", "cat10", "dog"]);
  const sample = await set.get(2);
  assert.equal(sample, {
    flat: Float32Array.of(5, 6),
    nested: Float32Array.of(5, 6),
    number: Float32Array.of(2.5),
    whole: Int32Array.of(7),
    kind: Int32Array.of(0),
  });
  assert.equal(set.labels("kind"), Int32Array.of(2, 1, 0));
  refused(() => set.labels(), /whose class numbers\? name a field; those that have are whole, kind/);
  refused(() => set.labels("flat"), /the field flat has no class numbers/);
  assert.throws(() => set.get(3), /sample 3 of a data set of 3/);
});

test("arrays that do not fit are the program's mistake", () => {
  const wrong: readonly (readonly [() => unknown, RegExp])[] = [
    [() => fromArrays({}), /fields of no samples/],
    [() => fromArrays({ x: [1, 2], y: [1] }), /fields of 2 \(x\), 1 \(y\) samples/],
    [() => fromArrays({ x: [[1, 2], [3]] }), /lists of different lengths/],
    [() => fromArrays({ x: { data: [1, 2, 3], shape: [2] } }), /3 numbers are no multiple of \[2\]/],
    [() => fromArrays({ y: ["a", "c"] }, { classes: { y: ["a", "b"] } }), /c is none of the classes a, b/],
    [() => dataSet({ size: 0, fields: {}, get: () => ({}) }), /at least one sample/],
  ];
  for (const [run, message] of wrong)
    assert.throws(run, (error: unknown) => error instanceof RangeError && message.test(error.message), String(message));
});

test("bytes of pictures become 0..1 when they are asked for; the statistics are those of the pictures", async () => {
  const data = Uint8Array.from({ length: 2 * 3 * 2 * 2 }, (_, i) => i * 10);
  const set = fromTensors({ x: { shape: [2, 3, 2, 2], dtype: "U8", data } }, { pictures: { x: { mean: [0.1, 0.2, 0.3], std: 0.5 } } });
  assert.equal(set.fields.x, { shape: [3, 2, 2], dtype: "f32", picture: { mean: [0.1, 0.2, 0.3], std: [0.5, 0.5, 0.5], fit: "crop" } });
  const { x } = await set.get(1);
  assert.equal(
    x,
    Float32Array.from(data.subarray(12), (value) => Math.fround(value) / 255),
  );
  const { mean, std } = await pictureStatistics(set);
  const red = [0, 10, 20, 30, 120, 130, 140, 150].map((value) => value / 255);
  const average = red.reduce((a, b) => a + b) / 8;
  assert.ok(Math.abs(mean[0] - average) < 1e-6);
  assert.ok(Math.abs(std[0] - Math.sqrt(red.reduce((sum, value) => sum + (value - average) ** 2, 0) / 8)) < 1e-6);
  refused(
    () => fromTensors({ x: { shape: [2, 3], dtype: "F32", data: new Float32Array(6) } }, { pictures: { x: {} } }, "file"),
    /^file: x: pictures are/,
  );
  assert.throws(
    () => fromTensors({ x: { shape: [1, 3, 1, 1], dtype: "U8", data: new Uint8Array(3) } }, { pictures: { x: { std: 0 } } }),
    /std .* positive/,
  );
});

test("IDX files: grey pictures and digits; a label without a name is refused", async () => {
  await withDirectoryLater(async (directory) => {
    const [images, labels] = ["images", "labels"].map((name) => path.join(directory, name));
    fs.writeFileSync(
      images,
      encodeIdx(
        Uint8Array.from({ length: 3 * 2 * 4 }, (_, i) => i),
        [3, 2, 4],
      ),
    );
    fs.writeFileSync(labels, encodeIdx(Uint8Array.of(2, 0, 2), [3]));
    const set = idxSet(images, labels);
    assert.equal(set.fields.x.shape, [1, 2, 4]);
    assert.equal(set.classes, ["0", "1", "2"]);
    assert.equal((await set.get(2)).y, Int32Array.of(2));
    assert.equal(set.classWeights(), Float32Array.of(1.5, 0, 0.75));
    refused(() => idxSet(images, labels, { classes: ["a", "b"] }), /labels: label 2 at item 0/);
  });
  const set = { images: new Uint8Array(1), labels: Uint8Array.of(5), count: 1, height: 1, width: 1 };
  refused(() => fromImages(set, { classes: ["a"] }), /sample 0 is of class 5; there are 1 names/);
});

test("safetensors sample by sample, .npy whole: the same data set", async () => {
  await withDirectoryLater(async (directory) => {
    const file = path.join(directory, "set.safetensors");
    const x = { shape: [4, 3], dtype: "F16", data: Uint16Array.from({ length: 12 }, (_, i) => 0x3c00 + i) } as const;
    const y = { shape: [4], dtype: "I64", data: BigInt64Array.of(0n, 1n, 1n, 0n) } as const;
    writeSafetensors(file, { x, y });
    const late = await safetensorsSet(file, { classes: { y: ["no", "yes"] } });
    const npy = path.join(directory, "y.npy");
    fs.writeFileSync(npy, encodeNpy(y));
    const whole = fromTensors({ x, y: readNpy(npy) }, { classes: { y: ["no", "yes"] } });
    assert.equal(late.fields, whole.fields);
    assert.equal(late.labels(), whole.labels());
    for (let i = 0; i < 4; i++) assert.equal(await late.get(i), await whole.get(i));
    await refusedLater(safetensorsSet(file, { classes: { x: ["a"] } }), /set.safetensors: x: classes are integers \[N\]/);
    writeSafetensors(file, { x, y: { shape: [2], dtype: "I64", data: BigInt64Array.of(1n, 2n) } });
    await refusedLater(safetensorsSet(file), /set.safetensors: the first axis counts the samples/);
  });
});

test("a subset keeps order, place and labels, also of a subset", async () => {
  const set = fromArrays({ x: [10, 11, 12, 13], y: ["a", "b", "a", "b"] });
  const part = set.subset([3, 0, 3]).subset([1, 2]);
  assert.is(part.size, 2);
  assert.equal((await part.get(0)).x, Float32Array.of(10));
  assert.equal(part.where(1), "arrays, sample 3");
  assert.equal(part.labels(), Int32Array.of(0, 1));
  assert.throws(() => set.subset([4]), /sample 4/);
  assert.throws(() => set.subset([]), /at least one sample/);
});

test("split: disjoint parts that hold everything, the same for the same seed", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4), { minLength: 10, maxLength: 200 }), fc.nat(5), fc.boolean(), (labels, seed, stratify) => {
      const set = fromArrays({ i: Int32Array.from(labels, (_, i) => i), y: Int32Array.from(labels) });
      const cut = () => set.split([0.5, 0.3, 0.2], { seed, stratify: stratify && "y" });
      const parts = cut();
      const all = parts.flatMap((part) => [...part.labels("i")]);
      assert.equal(
        [...all].sort((a, b) => a - b),
        [...labels.keys()],
      );
      assert.equal(
        cut().map((part) => part.labels("i")),
        parts.map((part) => part.labels("i")),
      );
      if (!stratify) return;
      for (const [p, share] of [0.5, 0.3, 0.2].entries())
        for (const label of new Set(labels)) {
          const count = (list: Iterable<number>) => [...list].filter((other) => other === label).length;
          const off = count(parts[p].labels("y")) - share * count(labels);
          assert.ok(Math.abs(off) < 2.5, `class ${label} in part ${p}: ${off} too many`);
        }
    }),
  );
});

test("split: sizes, errors", () => {
  const set = fromArrays({ y: Int32Array.from({ length: 10 }, (_, i) => i % 2) });
  assert.equal(
    set.split(0.8).map(({ size }) => size),
    [8, 2],
  );
  assert.equal(
    set
      .split(0.8)[1]
      .labels()
      .reduce((a, b) => a + b),
    1,
  );
  assert.not.equal(set.split(0.5, { seed: 1, stratify: false })[0].labels(), set.split(0.5, { seed: 2, stratify: false })[0].labels());
  assert.throws(() => set.split(1.2), /positive and add up to 1/);
  assert.throws(() => set.split([0.5, 0.4]), /add up to 1/);
  refused(() => set.split(0.99), /of 10 samples is none/);
  refused(() => set.split(0.5, { stratify: "x" }), /the field x has no class numbers/);
});

test.run();
