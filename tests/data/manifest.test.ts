/** TensorFlow.js manifests: every packing, shards, layouts, and everything that is refused. */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { decodeManifest, parseManifest } from "../../src/data/tensors/manifest.ts";
import { readManifest } from "../../src/data/node/manifest.ts";
import { fromTensorFlow } from "../../src/data/tensors/tensorflow.ts";
import type { FileTensor } from "../../src/data/tensors/tensor.ts";
import { refused, withDirectory } from "./helpers.ts";

const weights = [
  { name: "a/bytes", shape: [3], dtype: "float32", quantization: { dtype: "uint8", scale: 0.1, min: -1 } },
  { name: "a/words", shape: [2], dtype: "float32", quantization: { dtype: "uint16", scale: 2 ** -10, min: 3 } },
  { name: "a/half", shape: [2], dtype: "float32", quantization: { dtype: "float16" } },
  { name: "a/plain", shape: [2, 1], dtype: "float32" },
  { name: "a/count", shape: [], dtype: "int32" },
  { name: "a/steps", shape: [2], dtype: "int32", quantization: { dtype: "uint8", scale: 1.25, min: -2 } },
  { name: "a/yes", shape: [1], dtype: "bool" },
] as const;
const parts = [
  Uint8Array.of(0, 1, 255),
  new Uint8Array(Uint16Array.of(0, 65535).buffer),
  new Uint8Array(Uint16Array.of(0x3c00, 0xc100).buffer),
  new Uint8Array(Float32Array.of(0.25, -7).buffer),
  new Uint8Array(Int32Array.of(-9).buffer),
  Uint8Array.of(1, 2),
  Uint8Array.of(1),
];
const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
const group = (paths: readonly string[], listed: readonly unknown[] = weights): unknown => ({ paths, weights: listed });
const text = (...groups: unknown[]): string => JSON.stringify(groups);
const numbers = (tensors: Readonly<Record<string, FileTensor>>): Record<string, number[]> =>
  Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, Array.from(data, Number)]));

const EXPECTED = {
  "a/bytes": [-1, Math.fround(-0.9), Math.fround(24.5)],
  "a/words": [3, Math.fround(3 + 65535 / 1024)],
  "a/half": [1, -2.5],
  "a/plain": [0.25, -7],
  "a/count": [-9],
  "a/steps": [-1, 1], // 1.25 - 2 and 2.5 - 2 rounded as Math.round does
  "a/yes": [1],
};

test("every packing", () => {
  const tensors = decodeManifest(parseManifest(text(group(["x"])), "m"), [bytes], "m");
  assert.equal(numbers(tensors), EXPECTED);
  assert.equal(
    Object.values(tensors).map(({ dtype, shape }) => `${dtype} ${shape.join()}`),
    ["F32 3", "F32 2", "F32 2", "F32 2,1", "I32 ", "I32 2", "BOOL 1"],
  );
});

test("on disk: files cut anywhere, in groups, in a model.json", () => {
  withDirectory((directory) => {
    const write = (name: string, content: string | Uint8Array): void => fs.writeFileSync(path.join(directory, name), content);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      write("a.bin", bytes.subarray(0, cut));
      write("b.bin", bytes.subarray(cut));
      write("m.json", text(group(["a.bin", "b.bin"])));
      assert.equal(numbers(readManifest(path.join(directory, "m.json"))), EXPECTED);
    }
    write("c.bin", bytes.subarray(0, 3));
    write("d.bin", bytes.subarray(3));
    write(
      "model.json",
      JSON.stringify({ modelTopology: {}, weightsManifest: [group(["c.bin"], weights.slice(0, 1)), group(["d.bin"], weights.slice(1))] }),
    );
    assert.equal(numbers(readManifest(path.join(directory, "model.json"))), EXPECTED);
    write("d.bin", bytes.subarray(3, 20));
    refused(() => readManifest(path.join(directory, "model.json")), /model.json: cut short: the tensors need 23 bytes, d.bin hold 17/);
    write("d.bin", bytes);
    refused(() => readManifest(path.join(directory, "model.json")), /too long/);
    fs.rmSync(path.join(directory, "d.bin"));
    refused(() => readManifest(path.join(directory, "model.json")), /cannot read .*d.bin: no such file/);
  });
});

test("what cannot be", () => {
  const one = (weight: object): string => text(group(["x"], [{ name: "w", shape: [2], dtype: "float32", ...weight }]));
  const parse = (content: string) => (): unknown => parseManifest(content, "m");
  refused(parse("{"), /^m: not a weights manifest: not JSON/);
  refused(parse("{}"), /^m: not a weights manifest of TensorFlow.js/);
  refused(parse(text({ weights: [] })), /a group of weights needs "paths" and "weights"/);
  refused(parse(one({ name: 3 })), /a weight without a name/);
  refused(parse(one({ dtype: "complex64" })), /"w" has the element type .*complex64/);
  refused(parse(one({ dtype: "constructor" })), /has the element type/);
  for (const shape of [[-1], [1.5], ["2"], 7, [2 ** 40, 2 ** 40], [2 ** 51, 3]]) refused(parse(one({ shape })), /impossible shape/);
  refused(parse(one({ quantization: { dtype: "uint4" } })), /quantised to .*uint4/);
  refused(parse(one({ quantization: { dtype: "uint8", scale: 1 } })), /scale "1" and min "nothing"/);
  refused(parse(one({ quantization: { dtype: "uint8", scale: 1e39, min: 0 } })), /scale "1e\+39"/);
  refused(parse(one({ quantization: null })), /its quantization is "null"/);
  refused(parse(one({ dtype: "bool", quantization: { dtype: "uint8", scale: 1, min: 0 } })), /bool cannot be quantised/);
  refused(parse(text(group(["x"]), group(["y"]))), /names "a\/bytes" twice/);
  for (const bad of ["../x", "/etc/passwd", "https://x.org/y", "a/../../b", "", "a\\b", 3])
    refused(parse(text({ paths: [bad], weights: [] })), /is not the path of a file beside it/);
  refused(
    () => decodeManifest(parseManifest(one({ shape: [2 ** 40] }), "m"), [new Uint8Array(8)], "m"),
    /cut short: the tensors need 4398046511104 bytes/,
  );
});

test("TensorFlow's layouts become PyTorch's, with PyTorch's keys", () => {
  const counting = (...shape: number[]): FileTensor => {
    const count = shape.reduce((product, extent) => product * extent, 1);
    return { dtype: "F32", shape, data: Float32Array.from({ length: count }, (_, i) => i) };
  };
  const found = fromTensorFlow(
    {
      "c/filters": counting(1, 2, 3, 2),
      "c/bias": counting(2),
      "d/depthwise_filter": counting(1, 2, 2, 2),
      "d/pointwise_filter": counting(1, 1, 4, 1),
      "d/bias": counting(1),
      "fc/weights": counting(2, 3),
      "m/depthwise_weights": counting(1, 1, 2, 1),
      "m/BatchNorm/moving_variance": counting(2),
      "e/scale/weights": counting(2),
      "e/scale/biases": counting(2),
      head: counting(2, 1),
    },
    "x",
  );
  assert.equal(Object.fromEntries(Object.entries(found).map(([key, { shape }]) => [key, shape.join()])), {
    "c.weight": "2,3,1,2",
    "c.bias": "2",
    "d.depthwise.weight": "4,1,1,2",
    "d.pointwise.weight": "1,4,1,1",
    "d.pointwise.bias": "1",
    "fc.weight": "3,2",
    "m.weight": "2,1,1,1",
    "m.BatchNorm.running_var": "2",
    "e.scale.weight": "2",
    "e.scale.bias": "2",
    "head.weight": "1,2",
  });
  // c[k, c, 0, s] = filters[0, s, c, k] = 6 s + 2 c + k
  assert.equal([...found["c.weight"].data], [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11]);
  assert.equal([...found["d.depthwise.weight"].data], [0, 4, 1, 5, 2, 6, 3, 7]);
  assert.equal([...found["fc.weight"].data], [0, 3, 1, 4, 2, 5]);
  refused(() => fromTensorFlow({ "a/weights": counting(2), "a/gamma": counting(2) }, "x"), /two of its tensors would be called a.weight/);
});

test("the pretrained networks: in a place where the package is not installed, one line says what to do", () => {
  const from = fileURLToPath(new URL("../../src/data", import.meta.url));
  withDirectory((directory) => {
    fs.cpSync(from, path.join(directory, "data"), { recursive: true });
    fs.writeFileSync(path.join(directory, "package.json"), '{ "type": "module" }');
    const program = `import(${JSON.stringify(pathToFileURL(path.join(directory, "data/node/face.ts")).href)}).then((face) => {
      try { face.loadFaceWeights("expression"); } catch (error) { console.log(error.name + ": " + error.message); }
    });`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", "-e", program], { encoding: "utf8" });
    assert.match(stdout, /^UserError: the pretrained face networks are not installed: run `npm install @vladmandic\/face-api`/, stderr);
  });
});

test.run();
