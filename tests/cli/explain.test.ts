/** `intarsia explain`, `run` and `models` as a person runs them: what they say and what they leave behind. */
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { asFloat32, decodeNpy, type Picture } from "../../src/data/index.ts";
import { faceDirectory, readPng, readSafetensors, writeSafetensors } from "../../src/data/node/index.ts";
import { evaluate, type NodeValues, input, type Tensor } from "../../src/graph/index.ts";
import { createParams } from "../../src/models/index.ts";
import type { Rectangle } from "../../src/data/index.ts";
import { METHOD_NAMES } from "../../src/explain/index.ts";
import { NETWORK_NAMES, NETWORKS } from "../../src/networks/index.ts";
import { sheetLayout, TILE } from "../../src/cli/explain/picture.ts";
import { fill } from "../models/golden.ts";
import { digitWeights, saveRings, saveWeights } from "./explain-files.ts";
import { intarsia, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
const weights = digitWeights();
saveWeights(at("digits.safetensors"), weights);
fs.mkdirSync(at("rings"));
const rings = saveRings(at("rings"), 3);

const MNIST = ["--weights", at("digits.safetensors")];

async function succeeds(args: readonly string[]): Promise<string> {
  const { code, out, err } = await intarsia(args);
  assert.is(code, 0, err);
  assert.is(err, "");
  return out;
}

test("models lists every network, and one network's layers", async () => {
  const list = JSON.parse(await succeeds(["models", "--json"])) as { name: string; parameters: number; flops: number }[];
  assert.equal(list.map(({ name }) => name).sort(), [...NETWORK_NAMES].sort());
  const named = (name: string) => list.find((row) => row.name === name) as (typeof list)[number];
  // torchvision's documentation: 25,557,032 parameters, 4.09 G multiply-adds.
  assert.is(named("resnet50").parameters, 25_557_032);
  assert.ok(Math.abs(named("resnet50").flops / 2 / 4.089e9 - 1) < 0.001);
  assert.ok(Math.abs(named("vgg16").flops / 2 / 15.47e9 - 1) < 0.001);
  const text = await succeeds(["models", "resnet18"]);
  assert.match(text, /^layer4 \* +512 x 7 x 7 +435 x 435 +32 x 32$/m);
  assert.match(await succeeds(["models"]), /^mnist_net +0\.43 M/m);
});

test("run gives what the network is defined to give, batch after batch", async () => {
  const x = Float32Array.from(fill("x", [5, 1, 28, 28]));
  writeSafetensors(at("x.safetensors"), { x: { shape: [5, 1, 28, 28], dtype: "F32", data: x } });
  const args = [
    "run",
    "mnist_net",
    ...MNIST,
    "--input",
    at("x.safetensors"),
    "--output",
    at("y.safetensors"),
    "--tap",
    "2",
    "5",
    "--batch",
    "2",
  ];
  assert.match(await succeeds(args), /y\.safetensors: 2 \[5, 50, 8, 8\], 5 \[5, 500, 1, 1\], logits \[5, 10\]/);
  const { tensors, metadata } = readSafetensors(at("y.safetensors"));
  assert.is(metadata.model, "mnist_net");
  const network = NETWORKS.mnist_net.build(createParams(), input("image", [5, 1, 28, 28]));
  const known = [...weights].map(([key, tensor]): [string, Float32Array] => [key, asFloat32(tensor)]);
  const feeds: NodeValues = new Map<string, ArrayLike<number>>([["image", x], ...known]);
  const wanted = evaluate([network.logits, network.layer("2"), network.layer("5")], feeds);
  ["logits", "2", "5"].forEach((key, i) => compare(tensors[key].data as Float32Array, wanted[i], key));
});

function compare(ours: Float32Array, { data }: Tensor, what: string): void {
  assert.is(ours.length, data.length, what);
  const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  ours.forEach((value, i) => assert.ok(Math.abs(value - data[i]) <= 1e-5 * largest, `${what}[${i}]: ${value} and ${data[i]}`));
}

test("run takes folders of pictures, and says which row is which", async () => {
  await succeeds(["run", "mnist_net", ...MNIST, "--input", at("rings"), "--output", at("rings.safetensors")]);
  const { tensors, metadata } = readSafetensors(at("rings.safetensors"));
  assert.equal(tensors.logits.shape, [3, 10]);
  assert.equal(JSON.parse(metadata.files), rings);
});

interface Record {
  readonly file: string;
  readonly part: { readonly width: number } | null;
  readonly best: readonly { readonly name: string; readonly probability: number }[];
  readonly maps: readonly {
    readonly method: string;
    readonly class: number;
    readonly note: string | null;
    readonly faithfulness: {
      readonly steps: number;
      readonly deletion: { readonly auc: number; readonly values: readonly number[] };
    } | null;
    readonly files: { readonly picture: string; readonly npy: string };
  }[];
  readonly files: { readonly safetensors: string; readonly sheet?: string };
}
const recordsOf = (file: string): { pictures: Record[]; problems: string[] } => JSON.parse(fs.readFileSync(file, "utf8"));

test("explain leaves overlays, raw maps, one record and a sheet", async () => {
  const args = ["explain", rings[1], "--model", "mnist_net", ...MNIST, "--all-methods", "--class", "top2,7", "--steps", "2"];
  const out = await succeeds([...args, "--out", at("out"), "--json", at("out.json")]);
  assert.match(out, /^ring1\.png: \d .*%/m);
  const { pictures } = recordsOf(at("out.json"));
  const methods = METHOD_NAMES.filter((name) => name !== "cam");
  assert.is(pictures.length, 1);
  const [{ maps, files, best }] = pictures;
  const classes = new Set(maps.map((map) => map.class));
  // The second best is the 7 that was asked for: it is shown once.
  assert.is(maps.length, classes.size * methods.length);
  assert.equal([...classes].includes(7) && classes.size, 2);
  assert.is(best.length, 5);
  const { tensors } = readSafetensors(at("out", files.safetensors));
  for (const { method, class: index, note, faithfulness, files } of maps) {
    const npy = decodeNpy(fs.readFileSync(at("out", files.npy)), files.npy);
    assert.equal(npy.shape, [28, 28]);
    assert.equal(npy.data, tensors[files.npy.replace(/^ring1\.mnist_net\.|\.npy$/g, "")].data);
    assert.ok(readPng(at("out", files.picture)).width > 400, method);
    assert.is(faithfulness === null, note !== null, `${method} ${index}`);
    if (faithfulness) assert.is(faithfulness.deletion.values.length, 3);
  }
  assert.ok(maps.some(({ class: index }) => index === 7));
  assert.ok(readPng(at("out", files.sheet ?? "")).width > 700);
  assert.is(fs.readdirSync(at("out")).length, 2 * maps.length + 2);
});

test("a picture that cannot be read does not keep the others from being explained", async () => {
  fs.mkdirSync(at("mixed"));
  saveRings(at("mixed"), 2);
  fs.writeFileSync(at("mixed", "broken.jpg"), Buffer.from([0xff, 0xd8, 0xff, 1, 2, 3]));
  const args = [
    "explain",
    at("mixed"),
    "--model",
    "mnist_net",
    ...MNIST,
    "--no-faithfulness",
    "--out",
    at("mixed-out"),
    "--json",
    at("mixed.json"),
  ];
  const { code, err } = await intarsia(args);
  assert.is(code, 2);
  assert.match(err, /^intarsia: [^\n]*broken\.jpg: [^\n]+\nintarsia: 1 of 3 pictures could not be explained\n$/);
  const { pictures, problems } = recordsOf(at("mixed.json"));
  assert.equal([pictures.length, problems.length], [2, 1]);
  for (const { files, maps } of pictures)
    for (const name of [files.safetensors, maps[0].files.picture]) assert.ok(fs.existsSync(at("mixed-out", name)));
  assert.is(fs.readdirSync(at("mixed-out")).length, 6);
});

/** What a tile shows beside the picture below it: tile - first tile, in levels, three a pixel. */
function heats(sheet: Picture, count: number): Int16Array[] {
  const [plain, ...maps] = tilesOf(sheet, count).map(({ left, top, width, height }) =>
    Int16Array.from({ length: 3 * width * height }, (_, i) => {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      return sheet.data[4 * ((top + Math.floor(pixel / width)) * sheet.width + left + (pixel % width)) + channel];
    }),
  );
  return maps.map((map) => map.map((value, i) => value - plain[i]));
}

const norm = (values: Int16Array): number => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

/** Distance of two tiles relative to the first one's own heat. */
const distance = (a: Int16Array, b: Int16Array): number => norm(a.map((value, i) => value - b[i])) / norm(a);

/** The tiles of a sheet of `count` of them with one small line each; how high they are follows from the sheet's height. */
function tilesOf({ width, height }: Picture, count: number): readonly Rectangle[] {
  const parts = Array.from({ length: TILE }, (_, i) => ({ left: 0, top: 0, width: TILE, height: TILE - i }));
  const layout = parts.map((part) => sheetLayout(part, count, 1)).find(({ sheet }) => sheet[0] === width && sheet[1] === height);
  if (!layout) throw new Error(`no sheet of ${count} tiles is ${width} x ${height}`);
  return layout.tiles;
}

/** The same program on different adapters; where a ReLU flips, a few pixels differ by half their heat. */
const TILE_TOLERANCE = 0.02;

test("with nothing named, the faces of a photograph and the pretrained expression network: docs/explain.md's picture", async () => {
  const out = await succeeds(["explain", "--all-methods", "--no-faithfulness", "--out", at("faces"), "--json", at("faces.json")]);
  assert.match(out, /^sample3\.jpg, face 1: happy /m);
  const { pictures } = recordsOf(at("faces.json"));
  assert.is(pictures.length, 3);
  assert.is(pictures[0].file, path.join(faceDirectory(), "demo", "sample3.jpg"));
  assert.is(pictures[0].best[0].name, "happy");
  assert.ok(pictures[0].best[0].probability > 0.9);
  for (const { part, maps } of pictures) {
    assert.ok(part && part.width > 100);
    assert.is(maps.length, METHOD_NAMES.length);
    assert.ok(maps.every(({ note }) => note === null));
  }
  // The numbers below the tiles are missing here, and their line of text with them.
  const shown = readPng("docs/explain.png");
  const sheet = readPng(at("faces", pictures[0].files.sheet ?? ""));
  assert.equal([shown.width, shown.height], [sheet.width, sheet.height]);
  const [wanted, found] = [shown, sheet].map((picture) => heats(picture, METHOD_NAMES.length + 1));
  const off = wanted.map((tile, i) => distance(tile, found[i]));
  const apart = Math.min(...wanted.flatMap((tile, i) => wanted.slice(i + 1).map((other) => distance(tile, other))));
  console.log(`# docs/explain.png: tiles within ${Math.max(...off).toFixed(3)} of what they show, and ${apart.toFixed(2)} apart`);
  off.forEach((value, i) =>
    assert.ok(value <= TILE_TOLERANCE, `docs/explain.png: ${METHOD_NAMES[i]} is not what the command makes: ${value}`),
  );
  assert.ok(apart > 3 * TILE_TOLERANCE, `a tile of another method would pass: ${apart}`);
});

test.run();
