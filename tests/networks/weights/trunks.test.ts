/** Pretrained trunks: models of TensorFlow.js in all their forms into our graphs, whose features are those that TensorFlow.js computes. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { createRandom, mobileNetV2FromTensorFlow, type Tensors, tensorSource, UserError } from "../../../src/data/index.ts";
import {
  faceDirectory,
  loadTrunkWeights,
  readExports,
  readImage,
  readTensorFlow,
  trunkDirectory,
  type TrunkName,
} from "../../../src/data/node/index.ts";
import { evaluate, input, type Node } from "../../../src/graph/index.ts";
import { createParams, mobileNetV2, stateDict } from "../../../src/models/index.ts";
import { fitWeights, NETWORKS, openTrunk, untrained } from "../../../src/networks/index.ts";
import { type Form, TINY, TINY_SIZE, tinyFiles, tinyPicture } from "./tiny-trunk.ts";

interface Tiny {
  readonly form: Form;
  readonly features: readonly number[];
}
interface Real {
  readonly name: TrunkName;
  readonly pictures: readonly { readonly file: string; readonly features: readonly number[] }[];
}
const golden = JSON.parse(fs.readFileSync(new URL("../../golden/trunks.json", import.meta.url), "utf8")) as {
  readonly every: number;
  readonly cases: readonly (Tiny | Real)[];
};

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "trunks-"));
const FORMS = ["graph", "keras"] as const;

/** As a bundler wraps a CommonJS module and a minifier writes its literal. */
const module = (literal: string): string =>
  `!function(e){"object"==typeof exports&&"undefined"!=typeof module?module.exports=e():window.model=e()}(function(){return function e(a,b,c){function d(i){b[i]={exports:{}};a[i][0](0,b[i]);return b[i].exports}return d}({1:[function(t,e,a){e.exports=${literal}},{}]},{},[1])(1)});`;

const minified = (value: object): string =>
  JSON.stringify(value)
    .replaceAll(/"(\w+)":/g, "$1:")
    .replaceAll("false", "!1")
    .replaceAll(/([:,])(-?)0\./g, "$1$2.");

/** A model's files in a folder of its own: as modules, or as a model.json with binary files. */
function written(form: Form, kind: "modules" | "binary", change: (files: Record<string, string | Uint8Array>) => void = () => {}): string {
  const place = fs.mkdtempSync(path.join(folder, `${form}-`));
  const { model, shards } = tinyFiles(form);
  const own = (name: string): string => (kind === "modules" ? `${name}.min.js` : name);
  const files: Record<string, string | Uint8Array> = {
    [kind === "modules" ? "model.min.js" : "model.json"]: kind === "modules" ? module(minified(model)) : JSON.stringify(model),
    ...Object.fromEntries(
      Object.entries(shards).map(([name, bytes]) => [
        own(name),
        kind === "modules" ? module(JSON.stringify(Buffer.from(bytes).toString("base64"))) : bytes,
      ]),
    ),
  };
  change(files);
  for (const [name, content] of Object.entries(files)) fs.writeFileSync(path.join(place, name), content);
  return place;
}

function refusal(use: () => unknown): string {
  try {
    use();
  } catch (error) {
    assert.instance(error, UserError, String(error));
    assert.not.match((error as UserError).message, /\n/);
    return (error as UserError).message;
  }
  throw new Error("nothing was refused");
}

const [H, W] = TINY_SIZE;
const nchw = (nhwc: Float32Array): Float32Array => nhwc.map((_, i) => nhwc[(i % (H * W)) * 3 + Math.floor(i / (H * W))]);

function tinyNetwork(): { readonly features: Node; readonly keys: readonly string[] } {
  const p = createParams();
  const { logits } = mobileNetV2(p, input("image", [1, 3, H, W]), { variant: TINY });
  return { features: logits, keys: stateDict(p).map(({ key }) => key) };
}

for (const form of FORMS)
  test(`a tiny ${form} model has TensorFlow.js' features, from modules and from binary files`, () => {
    const weights = mobileNetV2FromTensorFlow(readTensorFlow(written(form, "modules")), "modules");
    const { features, keys } = tinyNetwork();
    assert.equal(Object.keys(weights).sort(), [...keys].sort());
    const values = Object.entries(weights).map(([key, { data }]) => [key, data as Float32Array] as const);
    const [found] = evaluate([features], new Map([...values, ["image", nchw(tinyPicture())]]));
    const { features: wanted } = golden.cases.find((one) => "form" in one && one.form === form) as Tiny;
    const error = Math.max(...wanted.map((x, i) => Math.abs(x - found.data[i * golden.every])));
    assert.ok(error < 1e-5, `${error} off`);
    // The stride's odd rest lies below and to the right: padded otherwise, the features are others.
    assert.ok(wanted.filter((x) => x > 0.1).length > 20);

    assert.equal(mobileNetV2FromTensorFlow(readTensorFlow(written(form, "binary")), "binary"), weights);
  });

test("modules are read, never executed, and only literals are taken", () => {
  const file = path.join(folder, "module.js");
  const read = (text: string): unknown => {
    fs.writeFileSync(file, text);
    return readExports(file);
  };
  assert.equal(read("globalThis.executed = 1; module.exports = {a: [-.5, 1e-3, !0, !1, null], 'b c': `x`, 3: {}}"), {
    a: [-0.5, 0.001, true, false, null],
    "b c": "x",
    "3": {},
  });
  assert.is((globalThis as { executed?: number }).executed, undefined);
  assert.is(Object.getPrototypeOf(read('exports = 1; module.exports = {"__proto__": {a: 1}}')), Object.prototype);
  const refused = (text: string): string => refusal(() => read(text));
  assert.match(refused("module.exports = {a: process.exit(3)}"), /module\.js: CallExpression at character 22 is no literal$/);
  assert.match(refused("module.exports = [`\x24{1}`]"), /a template/);
  assert.match(refused("module.exports = {get a() { return 1 }}"), /a property at/);
  assert.match(refused("module.exports = [...[1]]"), /a hole in a list/);
  assert.match(refused("module.exports = [/a/]"), /a regular expression/);
  assert.match(refused("module.exports = [1n]"), /a big integer/);
  assert.match(refused("module.exports = [typeof 1]"), /typeof… at/);
  assert.match(refused("module.exports = [1]; exports.a.exports = [2]"), /more than one literal is assigned to exports$/);
  assert.match(refused("let a = [1]"), /no literal is assigned to exports$/);
  assert.match(refused("module.exports = [1"), /not JavaScript that can be read/);
  assert.match(refused(`module.exports = ${"[".repeat(100_000)}`), /not JavaScript that can be read/);
  assert.match(refused(`module.exports = ${"[".repeat(100)}${"]".repeat(100)}`), /something too deep/);
});

test("files that are missing, cut short, damaged or of another network are one line", () => {
  const broken = (change: (files: Record<string, string | Uint8Array>) => void): string =>
    refusal(() => mobileNetV2FromTensorFlow(readTensorFlow(written("graph", "modules", change)), "it"));
  const text = (bytes: Uint8Array): string => module(JSON.stringify(Buffer.from(bytes).toString("base64")));
  const second = "group1-shard2of2.min.js";
  assert.match(
    broken((files) => delete files[second]),
    /cannot read .*group1-shard2of2\.min\.js: no such file/,
  );
  assert.match(
    broken((files) => Object.assign(files, { [second]: text(new Uint8Array(10)) })),
    /cut short: the tensors need \d+ bytes/,
  );
  assert.match(
    broken((files) => Object.assign(files, { [second]: module('"AB*="') })),
    /shard2of2\.min\.js: exports a text that is not base64/,
  );
  assert.match(
    broken((files) => Object.assign(files, { [second]: module("{a:1}") })),
    /exports "?\{.*not a text of base64/,
  );
  const other = (paths: string[]): string => module(JSON.stringify({ weightsManifest: [{ paths, weights: [] }] }));
  assert.match(
    broken((files) => Object.assign(files, { "model.min.js": other(["../up"]) })),
    /"\.\.\/up\\?"?.* is not the path of a file beside it/,
  );
  assert.match(
    broken((files) => Object.assign(files, { "model.min.js": other([]) })),
    /^it: no MobileNetV2 of TensorFlow\.js: none of its 0 tensors/,
  );
  const none = fs.mkdtempSync(path.join(folder, "none-"));
  assert.match(
    refusal(() => readTensorFlow(none)),
    /no model of TensorFlow\.js: the folder has no model\.json, nor/,
  );
  assert.match(
    refusal(() => readTensorFlow(path.join(none, "nowhere"))),
    /cannot read .*nowhere: no such file/,
  );
  const keras = readTensorFlow(written("keras", "modules"));
  const { "block_1_expand_BN/gamma": gamma, ...rest } = keras;
  const unfit = (tensors: Tensors): string => refusal(() => mobileNetV2FromTensorFlow(tensors, "it"));
  assert.match(
    unfit(rest),
    /^it: features\.2\.conv\.0\.0: a convolution and its batch norm do not fit: kernel \[1, 1, 16, 96\], beta \[96\]/,
  );
  assert.match(unfit({ ...keras, "block_1_expand_BN/gamma": { ...gamma, shape: [48, 2] } }), /do not fit/);
});

test("a damaged module is refused, or its tensors are whole", () => {
  const random = createRandom(Number(process.env.INTARSIA_SEED ?? 1), "damaged modules");
  const place = written("graph", "modules");
  const names = ["model.min.js", "group1-shard1of2.min.js"];
  const good = names.map((name) => fs.readFileSync(path.join(place, name)));
  const shapes = Object.values(readTensorFlow(place)).map(({ data }) => data.length);
  for (let i = 0; i < 150; i += 1) {
    const which = i % 3 === 0 ? 1 : 0;
    const bytes = Buffer.from(good[which]);
    if (i % 5 === 0) fs.writeFileSync(path.join(place, names[which]), bytes.subarray(0, random.int(bytes.length)));
    else {
      for (let k = 0; k <= i % 3; k += 1) bytes[random.int(bytes.length)] = 32 + random.int(95);
      fs.writeFileSync(path.join(place, names[which]), bytes);
    }
    try {
      const tensors = Object.values(readTensorFlow(place));
      assert.is(tensors.reduce((sum, { data }) => sum + data.length, 0) <= shapes.reduce((sum, count) => sum + count, 0), true);
      for (const { shape, data } of tensors)
        assert.is(
          data.length,
          shape.reduce((product, extent) => product * extent, 1),
        );
    } catch (error) {
      assert.instance(error, UserError, `${i}: ${(error as Error).stack}`);
    }
    fs.writeFileSync(path.join(place, names[which]), good[which]);
  }
});

test("the package is found from the user's folder; where there is none, the line says what to do", () => {
  const home = fs.mkdtempSync(path.join(folder, "home-"));
  const here = path.join(home, "package.json");
  assert.is(
    refusal(() => trunkDirectory("mobilenet_v2_mid", [here])),
    "the pretrained weights of mobilenet_v2_mid are not installed: run `npm install nsfwjs@4.4.0 --omit=peer`, or name a weights file",
  );
  const installed = path.join(home, "node_modules", "nsfwjs");
  fs.mkdirSync(path.join(installed, "dist", "cjs"), { recursive: true });
  fs.writeFileSync(path.join(installed, "dist", "cjs", "index.js"), "");
  const exports = { ".": { require: "./dist/cjs/index.js" } };
  fs.writeFileSync(path.join(installed, "package.json"), JSON.stringify({ name: "nsfwjs", version: "4.4.0", exports }));
  fs.mkdirSync(path.join(installed, "dist", "models"));
  fs.cpSync(written("keras", "modules"), path.join(installed, "dist", "models", "mobilenet_v2"), { recursive: true });
  const place = trunkDirectory("mobilenet_v2_keras", [path.join(folder, "nothing", "x.js"), here]);
  assert.is(Object.keys(loadTrunkWeights("mobilenet_v2_keras", place)).length, tinyNetwork().keys.length);
  assert.match(
    refusal(() => trunkDirectory("mobilenet_v2_mid", [here])),
    /not installed/,
  );
});

test("weights choose the form: a trunk alone answers with features, one with a classifier with classes", () => {
  const entry = NETWORKS.mobilenet_v2_keras;
  const shape = [3, 64, 64];
  const keys = (options: object): Tensors => {
    const p = createParams();
    entry.build(p, input("image", [1, ...shape]), options);
    return Object.fromEntries(stateDict(p).map(({ key, shape }) => [key, { dtype: "F32", shape, data: new Float32Array(0) }]));
  };
  const fitted = (tensors: Tensors) => fitWeights("mobilenet_v2_keras", entry, shape, {}, tensorSource(tensors, "it"));
  const built = (tensors: Tensors) => fitted(tensors).build(input("image", [1, ...shape]));
  assert.is(fitted(keys({})).classes, 1280);
  assert.is(built(keys({})).classifier, null);
  assert.equal([...built(keys({})).logits.shape], [1, 1280]);
  const tuned = keys({ head: "cam", classes: 7 });
  assert.is(fitted(tuned).classes, 7);
  assert.equal(built(tuned).classifier?.shape, [7, 1280]);
  assert.match(
    refusal(() => fitted({ ...keys({}), more: tuned["classifier.1.bias"] })),
    /unexpected: more/,
  );
  assert.is(untrained(entry, shape, 1, {}).classes, 1280);
});

const real = golden.cases.filter((one): one is Real => "name" in one);
const installed = real.filter(({ name }) => {
  try {
    return trunkDirectory(name) !== "";
  } catch {
    return false;
  }
});

test("the package's trunks have TensorFlow.js' features of three photographs", async () => {
  if (installed.length === 0) {
    console.log("# not compared with TensorFlow.js: npm install --no-save --omit=peer nsfwjs@4.4.0");
    return;
  }
  const device = await openDevice();
  for (const { name, pictures } of installed) {
    const trunk = await openTrunk(device, name, tensorSource(loadTrunkWeights(name), "nsfwjs"), { batch: 2 });
    const photographs = await Promise.all(pictures.map(({ file }) => readImage(path.join(faceDirectory(), "demo", file))));
    const { shape, data } = await trunk.features(photographs);
    assert.equal(shape, [3, trunk.count]);
    const errors = pictures.map(({ features }, i) =>
      features.reduce((most, x, k) => Math.max(most, Math.abs(x - data[i * trunk.count + k])), 0),
    );
    console.log(`# ${name}: at most ${Math.max(...errors).toExponential(1)} from TensorFlow.js`);
    assert.ok(Math.max(...errors) < 1e-4, `${name}: ${errors}`);
    trunk.dispose();
  }
  device.close();
});

test.after(() => fs.rmSync(folder, { recursive: true, force: true }));
test.run();
