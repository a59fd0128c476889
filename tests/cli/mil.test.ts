/** Train, interrupt, resume, evaluate and predict from the command line, on small pictures and a tiny model. */

import * as fs from "node:fs";
import * as path from "node:path";
import sharp from "sharp";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writePng } from "../../src/data/node/png.ts";
import { drawDigit, writeSmallDigits } from "../studies/mil/digits.ts";
import { intarsia, start, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
fs.mkdirSync(at("digits"));
writeSmallDigits(at("digits"));

const TINY = ["--channels", "2,4", "--features", "8", "--hidden", "8", "--bags", "30", "--validation-bags", "6", "--test-bags", "10"];
const SETTINGS = [...TINY, "--epochs", "3", "--batch", "4", "--data", at("digits")];
const train = (...more: string[]): string[] => ["mil", "train", ...SETTINGS, ...more];
const bytes = (...names: string[]): Buffer => fs.readFileSync(at(...names));

test("train writes a run and its result", async () => {
  const { code, out, err } = await intarsia(train("--out", at("whole"), "--json", at("whole.json")));
  assert.is(code, 0, err);
  assert.is(err.trim(), "");
  assert.match(out, /^intarsia \d+\.\d+\.\d+ on .+\nTask: does the set hold a 9\?/);
  assert.is([...out.matchAll(/^epoch \d\/3 {2}loss \d\.\d+ {2}error .* validation error/gm)].length, 3);
  assert.match(out, /Test error .* on 10 unseen sets/);
  const result = JSON.parse(bytes("whole.json").toString());
  assert.equal(Object.keys(result), ["task", "method", "adapter", "testError", "majorityError", "bags", "seconds", "peakBytes", "report"]);
  assert.is(result.report, at("whole", "report.html"));
  assert.ok(fs.existsSync(result.report));
});

test("a finished run is not overwritten; resuming it says so", async () => {
  const refused = await intarsia(train("--out", at("whole")));
  assert.is(refused.code, 2);
  assert.match(refused.err, /whole: holds a finished run; --force overwrites it/);
  const resumed = await intarsia(["mil", "train", "--resume", "--out", at("whole"), "--json", at("again.json")]);
  assert.is(resumed.code, 0);
  assert.match(resumed.out, /this run is finished/);
  assert.equal(JSON.parse(bytes("again.json").toString()), JSON.parse(bytes("whole.json").toString()));
});

test("Ctrl-C saves and leaves with 130; resumed, the run ends in the same bytes", async () => {
  const running = start(train("--out", at("broken-off")), {
    onLine: (line) => line.startsWith("epoch 1/3") && running.child.kill("SIGINT"),
  });
  const { code, out, err } = await running.ended;
  assert.is(code, 130, err);
  assert.match(out, /saving, then leaving/);
  assert.match(err, /^intarsia: interrupted at step \d+ of \d+; saved in .*checkpoint.safetensors\n$/);
  assert.not.ok(fs.existsSync(at("broken-off", "result.json")));
  const resumed = await intarsia(["mil", "train", "--resume", "--out", at("broken-off"), "--data", at("digits")]);
  assert.is(resumed.code, 0, resumed.err);
  for (const name of ["checkpoint.safetensors", "model.safetensors", "metrics.jsonl", "bags.json"]) {
    assert.ok(bytes("broken-off", name).equals(bytes("whole", name)), name);
  }
});

test("a damaged or foreign checkpoint is refused in one line", async () => {
  fs.cpSync(at("whole"), at("damaged"), { recursive: true });
  fs.rmSync(at("damaged", "result.json"));
  const checkpoint = bytes("damaged", "checkpoint.safetensors");
  fs.writeFileSync(at("damaged", "checkpoint.safetensors"), checkpoint.subarray(0, checkpoint.length - 9));
  const cut = await intarsia(["mil", "train", "--resume", "--out", at("damaged"), "--data", at("digits")]);
  assert.is(cut.code, 2);
  assert.match(cut.err, /^intarsia: [^\n]*checkpoint.safetensors: [^\n]*\n$/);
  const weights = bytes("whole", "model.safetensors");
  const config = JSON.parse(bytes("damaged", "run.json").toString());
  fs.writeFileSync(at("damaged", "run.json"), JSON.stringify({ ...config, config: { ...config.config, hidden: 9 } }));
  fs.writeFileSync(at("damaged", "model.safetensors"), weights);
  const foreign = await intarsia(["mil", "eval", at("damaged"), "--data", at("digits")]);
  assert.is(foreign.code, 2);
  assert.match(foreign.err, /^intarsia: [^\n]*model.safetensors: weights of another architecture: [^\n]*\n$/);
});

test("eval finds the run's own test error, by seed and by manifest, and over orders", async () => {
  const { testError, majorityError } = JSON.parse(bytes("whole.json").toString());
  const data = ["--data", at("digits")];
  const { code, out, err } = await intarsia(["mil", "eval", at("whole"), ...data, "--orders", "2", "--json", at("eval.json")]);
  assert.is(code, 0, err);
  assert.match(out, /Test error .*10 bags.*\nOver 2 random orders of each set: .* ± /);
  const found = JSON.parse(bytes("eval.json").toString());
  assert.equal([found.testError, found.majorityError], [testError, majorityError]);
  await intarsia(["mil", "eval", at("whole"), ...data, "--manifest", at("whole", "bags.json"), "--json", at("eval.json")]);
  assert.is(JSON.parse(bytes("eval.json").toString()).testError, testError);
});

test("the commonest answer is that of the bags that were learnt from, whatever bags are judged", async () => {
  const { train, test: judged } = JSON.parse(bytes("whole", "bags.json").toString()).splits;
  const positives = (bags: readonly { label: number }[]) => bags.filter(({ label }) => label === 1);
  const commonest = 2 * positives(train.bags).length > train.bags.length ? 1 : 0;
  const others = judged.bags.filter(({ label }: { label: number }) => label !== commonest);
  assert.ok(others.length > 0 && 2 * positives(train.bags).length !== train.bags.length);
  const manifest = { ...JSON.parse(bytes("whole", "bags.json").toString()) };
  fs.writeFileSync(at("others.json"), JSON.stringify({ ...manifest, splits: { ...manifest.splits, test: { ...judged, bags: others } } }));
  const args = ["mil", "eval", at("whole"), "--data", at("digits"), "--manifest", at("others.json")];
  const { out, err } = await intarsia(args);
  assert.match(out, /always the commonest answer: 100\.0 %/, err);
  fs.cpSync(at("whole"), at("bare"), { recursive: true });
  fs.rmSync(at("bare", "bags.json"));
  const bare = await intarsia(["mil", "eval", at("bare"), "--data", at("digits")]);
  assert.is(bare.code, 2);
  assert.match(bare.err, /^intarsia: there is no [^\n]*bags\.json, which says what the run learnt from\n$/);
});

/** A digit as a PNG of any size and polarity. */
function writeDigit(file: string, digit: number, { scale = 1, invert = false }: { scale?: number; invert?: boolean } = {}): void {
  const side = 28 * scale;
  const pixels = drawDigit(digit, 5);
  const data = new Uint8Array(4 * side * side);
  for (let i = 0; i < side * side; i++) {
    const value = pixels[28 * Math.floor(Math.floor(i / side) / scale) + Math.floor((i % side) / scale)];
    const grey = invert ? 255 - value : value;
    data.set([grey, grey, grey, 255], 4 * i);
  }
  writePng(file, { width: side, height: side, data });
}

test("predict judges a folder of pictures of any format, size and polarity as one set", async () => {
  fs.mkdirSync(at("pictures"));
  writeDigit(at("pictures", "1.png"), 4);
  writeDigit(at("pictures", "2.png"), 9, { scale: 3 });
  writeDigit(at("10.png"), 7, { scale: 2, invert: true });
  await sharp(at("10.png")).webp({ quality: 60 }).toFile(at("pictures", "10.webp"));
  await sharp(at("10.png")).jpeg({ quality: 60 }).toFile(at("pictures", "11.jpg"));
  const { code, out, err } = await intarsia(["mil", "predict", at("whole"), at("pictures"), "--json", at("predict.json")]);
  assert.is(code, 0, err);
  assert.match(
    out,
    /^does the set hold a 9\? (no 9|a 9) \(\d+ %\), from 4 pictures\npicture +alone +the set without it\n1\.png .*\n2\.png .*\n10\.webp .*\n11\.jpg .*\n$/,
  );
  const { score, instances } = JSON.parse(bytes("predict.json").toString());
  assert.is(instances.length, 4);
  assert.is(instances[3].scoreSoFar, score);
  // One digit, stored in two ways, says nearly the same.
  const [webp, jpeg] = instances.slice(2).map(({ alone }: { alone: { score: number } }) => alone.score);
  assert.ok(Math.abs(webp - jpeg) < 0.05 * (1 + Math.abs(webp)), `${webp} and ${jpeg}`);
  assert.ok(instances.every(({ change }: { change: number }) => Math.abs(change) <= 1));
});

test("start learns, draws three test sets and names the report", async () => {
  const args = ["start", "--preset", "smoke", "--data", at("digits"), "--out", at("started"), "--json", at("started.json")];
  const { code, out, err } = await intarsia(args);
  assert.is(code, 0, err);
  assert.match(out, /A narrow model, so that it ends in minutes without a GPU/);
  assert.is([...out.matchAll(/^ {2}verdict: .*; truth: (no 9|a 9)$/gm)].length, 3);
  assert.match(out, /[▀▄█]{3}/);
  assert.match(out, /\nTest error .*\nReport: .*started\/report.html\n$/);
  const { task, method, bags } = JSON.parse(bytes("started.json").toString());
  assert.equal([task, method, bags], ["single-digit", "lstm", 16]);
});

test("predict on what is not a digit's picture: one line", async () => {
  fs.mkdirSync(at("nothing"));
  fs.writeFileSync(at("text.png"), "not a picture");
  const cases: [string[], RegExp][] = [
    [[at("nothing")], /no JPEG, PNG or WebP files in this folder/],
    [[at("text.png")], /text.png: not a picture that can be read/],
    [[at("missing.png")], /cannot read .*missing.png/],
    [[at("whole", "bags.json")], /bags.json: not a picture that can be read/],
  ];
  for (const [pictures, message] of cases) {
    const { code, out, err } = await intarsia(["mil", "predict", at("whole"), ...pictures]);
    assert.is(code, 2);
    assert.match(err, message);
    assert.match(err, /^intarsia: [^\n]+\n$/);
    assert.is(out, "");
  }
});

test.run();
