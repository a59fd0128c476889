/** The examples about pretrained trunks, with small networks in their place: they need no package, and do what they say. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Tensors } from "../../src/data/index.ts";
import { loadTrunkWeights, readSafetensors, writeSafetensors } from "../../src/data/node/index.ts";
import { input } from "../../src/graph/index.ts";
import { createParams, stateDict } from "../../src/models/index.ts";
import { NETWORKS } from "../../src/networks/index.ts";
import { fill } from "../models/golden.ts";
import { TINY, tinyFiles } from "../networks/weights/tiny-trunk.ts";
import { writeDigits } from "../pack/digits.ts";

const folder = mkdtempSync(resolve("tests", "trunks-"));
const CLASSES = ["zero", "one", "two", "three", "four"].map((name) => join("pictures", name));

function run(program: string, args: readonly string[]): string {
  const command = ["--conditions=intarsia-source", "--import", "tsx", program, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: "utf8", timeout: 300_000 });
  assert.is(status, 0, `${stdout}\n${stderr}`);
  return stdout;
}

/** A digit network that has learnt nothing. */
function untrainedDigits(): Tensors {
  const p = createParams();
  NETWORKS.mnist_net.build(p, input("image", [1, 1, 28, 28]));
  const scale = (shape: readonly number[]): number => Math.sqrt(6 / shape.slice(1).reduce((product, extent) => product * extent, 1));
  const tensor = (key: string, shape: readonly number[]) => Float32Array.from(fill(key, shape, shape.length > 1 ? scale(shape) : 0));
  return Object.fromEntries(stateDict(p).map(({ key, shape }) => [key, { dtype: "F32", shape, data: tensor(key, shape) }]));
}

writeDigits(folder);

test("neighbours.ts: even features that were never trained tell digits better than chance", () => {
  writeSafetensors(join(folder, "digits.safetensors"), untrainedDigits());
  const text = run(resolve("examples/neighbours.ts"), ["--model", "mnist_net", "--weights", "digits.safetensors", ...CLASSES]);
  const [, right, percent] = /^(\d+) of 300 pictures \(([\d.]+) %\) have the nearest in their own folder$/m.exec(text) ?? [];
  assert.ok(Number(right) > 150 && Number(percent) > 50, text);
  assert.is(percent, (Number(right) / 3).toFixed(1));
  const page = readFileSync(join(folder, "neighbours.html"), "utf8");
  assert.is(page.match(/<p>/g)?.length, 300);
  const sources = [...page.matchAll(/src="file:\/\/([^"]+)"/g)].map((found) => found[1]);
  assert.is(sources.length, 300 * 6);
  assert.ok(sources.slice(0, 12).every((file) => existsSync(decodeURI(file))));
});

test("fine-tune.ts learns from a trunk, leaves its first blocks alone, and writes what the trunk's name loads", () => {
  const place = join(folder, "trunk");
  const { model, shards } = tinyFiles("graph");
  mkdirSync(place);
  writeFileSync(join(place, "model.json"), JSON.stringify(model));
  for (const [name, bytes] of Object.entries(shards)) writeFileSync(join(place, name), bytes);
  const smaller = {
    'loadTrunkWeights("mobilenet_v2_mid")': 'loadTrunkWeights("mobilenet_v2_mid", "trunk")',
    'variant: "mobilenet_v2_mid"': `variant: ${JSON.stringify(TINY)}`,
    "size: 224": "size: 20",
    "^features\\.\\d\\.": "^features\\.0\\.",
    "lr: 1e-3": "lr: 0.01",
    "epochs: 5, batch: 8": "epochs: 4, batch: 20",
  };
  const program = Object.entries(smaller).reduce(
    (text, [from, to]) => {
      assert.ok(text.includes(from), `examples/fine-tune.ts has no ${from}`);
      return text.replace(from, to);
    },
    readFileSync("examples/fine-tune.ts", "utf8"),
  );
  writeFileSync(join(folder, "program.ts"), program);
  const text = run("program.ts", []);
  const [, accuracy] = /^accuracy ([\d.]+) on pictures not seen before$/m.exec(text) ?? [];
  assert.ok(Number(accuracy) > 0.35, text);

  const before = loadTrunkWeights("mobilenet_v2_mid", place);
  const { tensors: after } = readSafetensors(join(folder, "kinds.safetensors"));
  assert.equal(Object.keys(after).sort(), [...Object.keys(before), "classifier.1.bias", "classifier.1.weight"].sort());
  const changed = (key: string): boolean => before[key].data.some((x, i) => x !== after[key].data[i]);
  assert.not.ok(changed("features.0.0.weight"));
  assert.ok(changed("features.1.conv.0.0.weight") && changed("features.4.0.bias"));
});

test.after(() => rmSync(folder, { recursive: true, force: true }));
test.run();
