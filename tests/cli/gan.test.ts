/** Train, interrupt, resume and sample from the command line, on drawn digits and on folders of pictures. */

import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { readPng, writePng } from "../../src/data/node/png.ts";
import { writeSmallDigits } from "../studies/mil/digits.ts";
import { intarsia, start, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
fs.mkdirSync(at("digits"));
writeSmallDigits(at("digits"));

const train = (...more: string[]): string[] => ["gan", "train", "--loss", "wgan", "--preset", "smoke", "--data", at("digits"), ...more];
const bytes = (...names: string[]): Buffer => fs.readFileSync(at(...names));

/** `count` pictures of 40 x 36 pixels in each folder. */
function pictures(folder: string, count: number, classes: readonly string[]): void {
  for (const [k, name] of classes.entries()) {
    fs.mkdirSync(at(folder, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const data = Uint8Array.from({ length: 4 * 40 * 36 }, (_, j) => (j % 4 === 3 ? 255 : (j * (3 + k) + 31 * i) % 256));
      writePng(at(folder, name, `${i}.png`), { width: 40, height: 36, data });
    }
  }
}

test("train writes a run and its result", async () => {
  const { code, out, err } = await intarsia(train("--out", at("whole"), "--json", at("whole.json")));
  assert.is(code, 0, err);
  assert.is(err.trim(), "");
  assert.match(
    out,
    /^intarsia \d+\.\d+\.\d+ on .+\nLoss: wgan; 600 images to learn from, seed 1\n4 steps of the generator, 5 of the critic/,
  );
  assert.is([...out.matchAll(/^round \d\/4 {2}critic loss -?\d\.\d+ {2}generator loss -?\d\.\d+ {2}Frechet distance \d/gm)].length, 4);
  assert.match(out, /Frechet distance .* \d+ of 10 classes, after/);
  const result = JSON.parse(bytes("whole.json").toString());
  assert.equal(Object.keys(result), ["loss", "seed", "adapter", "iterations", "scores", "real", "seconds", "peakBytes", "report"]);
  assert.ok(fs.existsSync(result.report));
  assert.is(fs.readdirSync(place).filter((name) => name.startsWith("gan-judge-")).length, 1);
});

test("Ctrl-C saves and leaves with 130; resumed, the run ends in the same bytes", async () => {
  const running = start(train("--out", at("broken-off")), {
    onLine: (line) => line.startsWith("round 1/4") && running.child.kill("SIGINT"),
  });
  const { code, out, err } = await running.ended;
  assert.is(code, 130, err);
  assert.match(out, /saving, then leaving/);
  const other = await intarsia(["gan", "train", "--resume", "--out", at("broken-off"), "--data", at("digits"), "--batch", "5"]);
  assert.is(other.code, 2);
  assert.match(other.err, /^intarsia: cannot resume .*broken-off: it was made with batch 4 \(not 5\)\n$/);
  const resumed = await intarsia(["gan", "train", "--resume", "--out", at("broken-off"), "--data", at("digits")]);
  assert.is(resumed.code, 0, resumed.err);
  for (const name of ["checkpoint.safetensors", "model.safetensors", "metrics.jsonl", "samples-04.png", "interpolation.png"])
    assert.ok(bytes("broken-off", name).equals(bytes("whole", name)), name);
});

test("a finished run is not overwritten; resuming it says so", async () => {
  const refused = await intarsia(train("--out", at("whole")));
  assert.is(refused.code, 2);
  assert.match(refused.err, /whole: holds a finished run; --force overwrites it/);
  const resumed = await intarsia(["gan", "train", "--resume", "--out", at("whole"), "--json", at("again.json")]);
  assert.is(resumed.code, 0, resumed.err);
  assert.match(resumed.out, /this run is finished/);
  assert.equal(JSON.parse(bytes("again.json").toString()), JSON.parse(bytes("whole.json").toString()));
});

test("sample: the run's own grid by default, other noise by seed, and interpolations", async () => {
  const sample = (out: string, ...more: string[]) => intarsia(["gan", "sample", at("whole"), "--out", at(out), ...more]);
  const { code, out, err } = await sample("own.png");
  assert.is(code, 0, err);
  assert.match(out, /own.png: 274x274 pixels, samples, seed 1\n$/);
  assert.ok(bytes("own.png").equals(bytes("whole", "samples-04.png")));
  const few = await sample("few.png", "--count", "3", "--seed", "9");
  assert.is(few.code, 0, few.err);
  const { width, height } = readPng(at("few.png"));
  assert.equal([width, height], [3 * 34 + 2, 36]);
  const way = await sample("way.png", "--interpolate");
  assert.is(way.code, 0, way.err);
  assert.ok(bytes("way.png").equals(bytes("whole", "interpolation.png")));
});

test("a folder of colour pictures, with and without classes", async () => {
  pictures("kinds", 15, ["cats", "dogs"]);
  const folder = (name: string, out: string) =>
    intarsia(["gan", "train", "--loss", "lsgan", "--preset", "smoke", "--iterations", "1", "--data", at(name), "--out", at(out)]);
  const kinds = await folder("kinds", "kinds-run");
  assert.is(kinds.code, 0, kinds.err);
  assert.match(kinds.out, /27 images to learn from/);
  assert.match(kinds.out, /of 2 classes/);
  pictures("plain", 21, [""]);
  const plain = await folder("plain", "plain-run");
  assert.is(plain.code, 0, plain.err);
  assert.match(plain.out, /no classes, so nothing judges them/);
  assert.is(JSON.parse(bytes("plain-run", "run.json").toString()).config.channels, 3);
});

test("what is wrong is said in one line, with 2", async () => {
  pictures("few", 3, [""]);
  fs.mkdirSync(at("empty"));
  const cases: [string[], RegExp][] = [
    [["train"], /--loss is missing: vanilla, dcgan, wgan, wgan-gp, lsgan/],
    [["train", "--loss", "best"], /--loss.*Allowed choices are vanilla, dcgan, wgan, wgan-gp, lsgan/],
    [["train", "--loss", "wgan", "--saturating"], /--saturating: the loss wgan has no such form/],
    [["train", "--loss", "dcgan", "--batch", "1"], /--batch/],
    [["train", "--loss", "dcgan", "--data", at("nowhere")], /nowhere: no such directory/],
    [["train", "--loss", "dcgan", "--data", at("empty")], /empty/],
    [["train", "--loss", "dcgan", "--data", at("few"), "--out", at("x")], /few: 3 pictures are too few; at least 20 are needed/],
    [["train", "--loss", "dcgan", "--data", at("digits"), "--channels", "3", "--out", at("x")], /digits are grey/],
    [["train", "--resume"], /--resume needs --out/],
    [["sample", at("nowhere"), "--out", at("a.png")], /nowhere: no run of intarsia gan/],
    [["sample", at("whole")], /--out/],
    [["sample", at("whole"), "--out", at("a.jpg")], /must end in .png/],
    [["sample", at("whole"), "--out", at("whole", "samples-01.png")], /would replace a file that is read/],
  ];
  for (const [args, message] of cases) {
    const { code, err } = await intarsia(["gan", ...args]);
    assert.is(code, 2, `${args.join(" ")}: ${err}`);
    assert.match(err, message);
    assert.is(err.trim().split("\n").length, 1, err);
  }
  assert.not.ok(fs.existsSync(at("x")));
});

test.run();
