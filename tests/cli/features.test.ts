/** `intarsia features`: what pictures look like to a network, as a file; and weights in TensorFlow.js' own files. */
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { faceDirectory, readNpy, readSafetensors, safetensorsSet } from "../../src/data/node/index.ts";
import { digitWeights, saveRings, saveWeights } from "./explain-files.ts";
import { intarsia, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
saveWeights(at("digits.safetensors"), digitWeights());
for (const [folder, count] of [
  ["b10", 2],
  ["b9", 3],
] as const) {
  fs.mkdirSync(at(folder));
  saveRings(at(folder), count);
}
const DIGITS = ["--model", "mnist_net", "--weights", at("digits.safetensors")];

async function succeeds(args: readonly string[]): Promise<string> {
  const { code, out, err } = await intarsia(args);
  assert.is(code, 0, err);
  return out;
}

test("x are the averages of the last layer with places, y the folders in natural order; a data set of both", async () => {
  const out = await succeeds(["features", at("b10"), at("b9"), ...DIGITS, "--batch", "2", "--output", at("x.safetensors")]);
  assert.is(out, `${at("x.safetensors")}: 5 pictures, 50 features each; 2 classes by their folders\n`);
  const { tensors, metadata } = readSafetensors(at("x.safetensors"));
  const { x, y } = tensors;
  assert.equal(
    [x.shape, [...y.data]],
    [
      [5, 50],
      [1, 1, 0, 0, 0],
    ],
  );
  assert.equal(JSON.parse(metadata.classes), ["b9", "b10"]);
  assert.equal(
    (JSON.parse(metadata.files) as string[]).map((file) => path.relative(place, file)),
    ["b10/ring0.png", "b10/ring1.png", "b9/ring0.png", "b9/ring1.png", "b9/ring2.png"],
  );
  await succeeds(["run", "mnist_net", ...DIGITS.slice(2), "--input", at("b10"), at("b9"), "--tap", "2", "--output", at("2.safetensors")]);
  const layer = readSafetensors(at("2.safetensors")).tensors["2"];
  const places = layer.shape[2] * layer.shape[3];
  assert.ok(places > 1);
  const data = layer.data as Float32Array;
  for (const [i, found] of (x.data as Float32Array).entries()) {
    const mean = data.subarray(i * places, (i + 1) * places).reduce((sum, value) => sum + value, 0) / places;
    assert.ok(Math.abs(found - mean) < 1e-5, `${i}: ${found}, ${mean}`);
  }
  const set = await safetensorsSet(at("x.safetensors"));
  assert.equal([set.size, [...set.labels()]], [5, [1, 1, 0, 0, 0]]);

  await succeeds(["features", at("b10"), ...DIGITS, "--output", at("x.npy")]);
  const alone = readNpy(at("x.npy"));
  assert.equal(alone.shape, [2, 50]);
  assert.equal([...alone.data], [...(x.data as Float32Array).subarray(0, 100)]);
});

test("--weights takes TensorFlow.js' own files", async () => {
  const manifest = path.join(faceDirectory(), "model", "face_expression_model-weights_manifest.json");
  const ask = ["features", path.join(faceDirectory(), "demo", "sample1.jpg"), "--model", "face_expression", "--output"];
  await succeeds([...ask, at("package.npy")]);
  await succeeds([...ask, at("manifest.npy"), "--weights", manifest]);
  assert.equal(fs.readFileSync(at("manifest.npy")), fs.readFileSync(at("package.npy")));
});

const empty = at("empty");
fs.mkdirSync(empty);
const REFUSED: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [["features", at("b9"), ...DIGITS, "--output", at("x.csv")], /--output .*x\.csv: ends in \.safetensors or \.npy/],
  [
    ["features", at("b9"), "--model", "mobilenet_v2_mid", "--weights", empty, "--output", at("y.npy")],
    /empty: no model of TensorFlow\.js: the folder has no model\.json, nor model\.min\.js, nor model\.js/,
  ],
  [
    ["features", at("b9"), "--model", "mobilenet_v2_mid", "--weights", at("digits.safetensors"), "--output", at("y.npy")],
    /digits\.safetensors: not the weights of mobilenet_v2_mid/,
  ],
  [
    [
      ...["features", at("b9"), "--model", "mobilenet_v2_mid", "--output", at("y.npy"), "--weights"],
      path.join(faceDirectory(), "model", "face_expression_model-weights_manifest.json"),
    ],
    /weights_manifest\.json: no MobileNetV2 of TensorFlow\.js: none of its \d+ tensors is called/,
  ],
];
for (const [args, message] of REFUSED)
  test(`refused in one line: ${args.map((one) => path.basename(one)).join(" ")}`, async () => {
    const { code, out, err } = await intarsia(args);
    assert.is(code, 2);
    assert.is(out, "");
    assert.match(err, message);
    assert.is(err.trim().split("\n").length, 1);
    assert.not.ok(fs.existsSync(at("y.npy")) || fs.existsSync(at("x.csv")));
  });

test.run();
