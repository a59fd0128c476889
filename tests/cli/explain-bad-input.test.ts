/** Bad input to explain, run and models: one clear line on standard error, exit code 2, nothing written. No device is opened. */
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writeSafetensors } from "../../src/data/node/index.ts";
import { digitWeights, saveRings, saveWeights } from "./explain-files.ts";
import { intarsia, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);

function prepare(): void {
  const weights = digitWeights();
  saveWeights(at("digits.safetensors"), weights);
  const { "0.weight": first } = Object.fromEntries(weights);
  saveWeights(at("more.safetensors"), new Map([...weights, ["extra", first]]));
  saveWeights(at("one.safetensors"), new Map([["0.weight", first]]));
  saveWeights(at("empty.safetensors"), new Map());
  const shape = [1, 1, 28, 28];
  const x = { shape, dtype: "F32" as const, data: new Float32Array(784) };
  writeSafetensors(at("two.safetensors"), { x, y: x });
  writeSafetensors(at("flat.safetensors"), { x: { ...x, shape: [784] } });
  writeSafetensors(at("nan.safetensors"), { x: { ...x, data: new Float32Array(784).fill(Number.NaN) } });
  fs.writeFileSync(at("text.safetensors"), "weights?");
  fs.writeFileSync(at("names.txt"), "zero\none\n");
  fs.writeFileSync(at("names.json"), '["zero", 1]');
  fs.writeFileSync(at("cut.png"), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  for (const folder of ["none", "rings"]) fs.mkdirSync(at(folder));
  saveRings(at("rings"), 2);
}
prepare();

const before = fs.readdirSync(place, { recursive: true }).sort();
const RING = at("rings", "ring0.png");
const EXPLAIN = ["explain", RING, "--out", at("out")];
const DIGITS = [...EXPLAIN, "--model", "mnist_net", "--weights", at("digits.safetensors")];
const UNTRAINED = [...EXPLAIN, "--random-weights", "1", "--model"];
const RUN = ["run", "mnist_net", "--output", at("y.safetensors"), "--input"];
const WITH = ["--weights", at("digits.safetensors")];

const CASES: [args: string[], message: RegExp][] = [
  [["models", "vgg17"], /no model "vgg17"; did you mean vgg11\? There are vgg11, /],
  [["explain", at("absent.png"), "--out", at("out")], /cannot read .*absent\.png: no such file/],
  [["explain", at("none"), "--out", at("out")], /none: no JPEG, PNG or WebP files in this folder/],
  [[...EXPLAIN, "--model", "resnet51"], /no model "resnet51"/],
  [
    [...EXPLAIN, "--weights", at("one.safetensors")],
    /one\.safetensors: not the weights of mnist_net, the nearest of the networks that there are: missing: 0\.bias; /,
  ],
  [[...EXPLAIN, "--weights", at("empty.safetensors")], /the nearest of the networks that there are: .*the file holds no tensors/],
  [[...EXPLAIN, "--model", "resnet50"], /resnet50 needs --weights FILE \(torchvision: .*\), or --random-weights SEED/],
  [
    [...EXPLAIN, "--model", "resnet50", "--weights", at("digits.safetensors")],
    /digits\.safetensors: not the weights of resnet50: missing: conv1\.weight; .*; this fits mnist_net$/m,
  ],
  [[...EXPLAIN, "--model", "mnist_net", "--weights", at("absent")], /cannot read .*absent: no such file/],
  [[...EXPLAIN, "--model", "mnist_net", "--weights", at("text.safetensors")], /text\.safetensors: not a safetensors file/],
  [[...EXPLAIN, "--model", "mnist_net", "--weights", at("empty.safetensors")], /not the weights of mnist_net: missing: 0\.weight; /],
  [[...EXPLAIN, "--model", "mnist_net", "--weights", at("one.safetensors")], /missing: 0\.bias; missing: 2\.weight; /],
  [[...EXPLAIN, "--model", "mnist_net", "--weights", at("more.safetensors")], /unexpected: extra; --non-strict passes over/],
  [[...DIGITS, "--random-weights", "3"], /exclude each other/],
  [[...DIGITS, "--output-stride", "8"], /mnist_net: --output-stride is for backbones/],
  [[...DIGITS, "--output-stride", "12"], /--output-stride.*8, 16, 32/],
  [[...DIGITS, "--head", "mlp"], /--head.*published, cam/],
  [[...DIGITS, "--method", "gradcam"], /no method "gradcam"; did you mean grad-cam\? There are cam, grad-cam, /],
  [[...DIGITS, "--method", "cam"], /CAM needs a head of one linear layer on averaged maps, which mnist_net as it is has not/],
  [[...DIGITS, "--layer", "5"], /Grad-CAM cannot look at 5: 1 x 1 unit per channel/],
  [[...DIGITS, "--layer", "conv9"], /mnist_net has no layer "conv9"; it has /],
  [[...UNTRAINED, "vgg_f", "--layer", "fc8"], /1 x 1 unit per channel/],
  [[...UNTRAINED, "vgg11", "--layer", "classifier.0"], /classifier\.0: its output \[1, 4096\] is fully connected and has no places/],
  [[...UNTRAINED, "vgg_f", "--size", "300"], /images of 300 x 300 leave 4 x 4 outputs/],
  [[...UNTRAINED, "resnet18", "--method", "cam", "--layer", "layer3"], /CAM is bound to the layer before the average, layer4, not layer3/],
  [[...DIGITS, "--class", "10"], /--class: no class 10: there are 10, counted from 0/],
  [[...DIGITS, "--class", "top11"], /--class top11: from top1 to top10/],
  [[...DIGITS, "--class", "top0"], /from top1 to top10/],
  [[...DIGITS, "--class", "ten"], /no class is called "ten"$/m],
  [[...UNTRAINED, "mobilenet_v1_025", "--class", "tabb"], /no class is called "tabb"; there are tabby/],
  [[...UNTRAINED, "mobilenet_v1_025", "--class", "goldfihs"], /no class is called "goldfihs"; did you mean goldfish\?$/m],
  [[...DIGITS, "--class", ""], /no class is called ""/],
  [[...DIGITS, "--labels", at("names.txt")], /names\.txt: 2 names for 10 classes/],
  [[...DIGITS, "--labels", at("names.json")], /names\.json: entry 1 is not a class name; expected one class name a line, CSV /],
  [[...DIGITS, "--method", "activation", "--filter", "50"], /no filter 50 at 2: there are 50, counted from 0/],
  [[...DIGITS, "--filter", "-1"], /--filter.*from 0/],
  [[...DIGITS, "--part", "1,2,3"], /--part.*four numbers: left,top,width,height/],
  [[...DIGITS, at("rings", "ring1.png"), "--part", "0,0,8,8"], /--part is for one picture/],
  [[...DIGITS, "--steps", "1"], /--steps.*from 2/],
  [[...DIGITS, "--size", "4"], /--size.*from 8/],
  [[...DIGITS, "--size", "12"], /digit network, pictures of 12 x 12: conv2d at 2: a window of \[5, 5\]/],
  [[...DIGITS, "--fit", "zoom"], /--fit.*crop, stretch, pad/],
  [[...DIGITS, "--mean", "0.5,0.5,0.5"], /--mean needs 1 number, got 3/],
  [[...DIGITS, "--std", "0"], /--std/],
  [[...DIGITS, "--batch", "0"], /--batch.*from 1/],
  [[...DIGITS, "--adapter", "cpu"], /--adapter.*hardware, system, embedded/],
  [["explain", RING, "--out", at("names.txt")], /names\.txt is not a directory/],
  [[...DIGITS, "--json", at("rings")], /cannot write .*rings: is a directory/],
  [["run", "mnist_net", ...WITH, "--input", RING], /required option '--output <file>' not specified/],
  [[...RUN, at("two.safetensors"), ...WITH], /which tensor\? --input-key names it; it has "x", "y"/],
  [[...RUN, at("two.safetensors"), "--input-key", "z", ...WITH], /no tensor "z"; it has "x", "y"/],
  [[...RUN, at("flat.safetensors"), ...WITH], /"x" is \[784\], expected \[N, 1, H, W\]/],
  [[...RUN, at("nan.safetensors"), ...WITH], /"x" is NaN at element 0; inputs must be finite/],
  [[...RUN, at("flat.safetensors"), "--size", "32", ...WITH], /are for pictures/],
  [[...RUN, RING, "--tap", "layer1", ...WITH], /mnist_net has no layer "layer1"/],
  [[...RUN, at("none"), ...WITH], /no JPEG, PNG or WebP files/],
  [[...RUN, RING], /mnist_net needs --weights FILE/],
  [
    ["run", "--output", at("y.safetensors"), "--input", RING],
    /which network\? `intarsia models` lists them; with --weights it is recognised/,
  ],
];

for (const [args, message] of CASES) {
  test(`intarsia ${args.join(" ").replaceAll(place, "DIR")}`, async () => {
    const { code, out, err } = await intarsia(args);
    assert.is(code, 2, err);
    assert.match(err, message);
    assert.match(err, /^intarsia: [^\n]+\n$/);
    assert.is(out, "");
  });
}

test("a picture that is cut short is told, too", async () => {
  const { code, err } = await intarsia(["explain", at("cut.png"), "--model", "mnist_net", ...WITH, "--out", at("out")]);
  assert.is(code, 2);
  assert.match(err, /^intarsia: .*cut\.png: PNG cut short[^\n]*\n$/);
});

test("nothing was written", () => {
  assert.equal(fs.readdirSync(place, { recursive: true }).sort(), before);
});

test.run();
