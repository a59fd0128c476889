/** Bad input: one clear line on standard error, exit code 2, nothing written. No device is opened for any of it. */

import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { encodeIdx } from "../../src/data/tensors/idx.ts";
import { presetConfig } from "../../src/studies/mil/config.ts";
import { writeSmallDigits } from "../studies/mil/digits.ts";
import { intarsia, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);

/** Directories with something wrong, and a run without weights. */
function prepare(): void {
  for (const name of ["short", "mixed", "long", "empty", "full", "untrained", "broken", "weird", "folder"]) fs.mkdirSync(at(name));
  for (const name of ["short", "mixed", "long"]) writeSmallDigits(at(name));
  const images = fs.readFileSync(at("short", "train-images-idx3-ubyte"));
  fs.writeFileSync(at("short", "train-images-idx3-ubyte"), images.subarray(0, images.length - 5));
  fs.writeFileSync(at("long", "train-images-idx3-ubyte"), Buffer.concat([images, Buffer.from([0])]));
  fs.writeFileSync(at("mixed", "train-labels-idx1-ubyte"), encodeIdx(new Uint8Array(7), [7]));
  fs.writeFileSync(at("full", "letter.txt"), "mine");
  const config = presetConfig("quick", "single-digit", "lstm");
  const run = (more: object): string => JSON.stringify({ format: "intarsia-mil-run", version: 1, config: { ...config, ...more } });
  fs.writeFileSync(at("untrained", "run.json"), run({}));
  fs.writeFileSync(at("broken", "run.json"), "{");
  fs.writeFileSync(at("weird", "run.json"), run({ hidden: 0 }));
  fs.writeFileSync(at("weird", "model.safetensors"), "x");
}
prepare();

const before = fs.readdirSync(place, { recursive: true }).sort();

const TRAIN = ["mil", "train"];
const CASES: [args: string[], message: RegExp][] = [
  [["frobnicate"], /unknown command 'frobnicate'/],
  [["mil", "trian"], /unknown command 'trian'.*train/],
  [[...TRAIN, "--epoch", "3"], /unknown option '--epoch'.*--epochs/],
  [[...TRAIN, "surplus"], /too many arguments/],
  [[...TRAIN, "--epochs", "0"], /--epochs.*whole number from 1 to 100000, got 0/],
  [[...TRAIN, "--epochs", "2.5"], /--epochs.*whole number/],
  [[...TRAIN, "--epochs", "many"], /--epochs.*must be a whole number/],
  [[...TRAIN, "--epochs"], /--epochs.*argument missing/],
  [[...TRAIN, "--seed", "-1"], /--seed.*from 0 to 2147483647/],
  [[...TRAIN, "--seed", "1e99"], /--seed.*from 0 to 2147483647/],
  [[...TRAIN, "--seed", "0x10"], /--seed.*must be a whole number/],
  [[...TRAIN, "--bags", "1"], /--bags.*from 2/],
  [[...TRAIN, "--test-bags", "0"], /--test-bags.*from 2/],
  [[...TRAIN, "--batch", "0"], /--batch.*from 1 to 1024/],
  [[...TRAIN, "--lr", "0"], /--lr.*from 1e-8 to 1/],
  [[...TRAIN, "--lr", "NaN"], /--lr.*must be a number/],
  [[...TRAIN, "--lr", "Infinity"], /--lr.*must be a number/],
  [[...TRAIN, "--dropout", "1"], /--dropout.*from 0 to 0.95/],
  [[...TRAIN, "--weight-decay", "-1"], /--weight-decay.*from 0 to 1/],
  [[...TRAIN, "--hidden", "0"], /--hidden.*from 1 to 4096/],
  [[...TRAIN, "--features", "9999"], /--features.*from 1 to 4096/],
  [[...TRAIN, "--channels", "20"], /--channels.*two numbers/],
  [[...TRAIN, "--channels", "20,0"], /--channels.*from 1 to 1024/],
  [[...TRAIN, "--task", "sorting"], /--task.*Allowed choices are single-digit/],
  [[...TRAIN, "--method", "cnn"], /--method.*lstm, gated, attention/],
  [[...TRAIN, "--preset", "slow"], /--preset.*quick, thesis, smoke/],
  [[...TRAIN, "--adapter", "cpu"], /--adapter.*hardware, system, embedded/],
  [[...TRAIN, "--resume"], /--resume needs --out/],
  [[...TRAIN, "--resume", "--out", at("none")], /none: no run to resume/],
  [[...TRAIN, "--out", at("full")], /full: not empty, and not a run of intarsia/],
  [[...TRAIN, "--out", at("full"), "--force"], /full: not empty, and not a run of intarsia/],
  [[...TRAIN, "--out", at("full", "letter.txt")], /letter.txt: not a directory/],
  [[...TRAIN, "--out", at("untrained")], /untrained: holds an unfinished run; --resume continues it, --force begins anew/],
  [[...TRAIN, "--out", at("untrained"), "--resume", "--force"], /exclude each other/],
  [[...TRAIN, "--out", at("untrained"), "--resume", "--epochs", "9"], /cannot resume .*untrained: it was made with epochs 8 \(not 9\)/],
  [[...TRAIN, "--out", at("untrained"), "--resume", "--task", "counting"], /made with task single-digit \(not counting\)/],
  [[...TRAIN, "--out", at("broken"), "--resume"], /run.json: not JSON/],
  [[...TRAIN, "--json", at("full")], /cannot write .*full: is a directory/],
  [[...TRAIN, "--json", at("full", "letter.txt", "x.json")], /letter.txt is not a directory/],
  [[...TRAIN, "--out", at("new"), "--data", at("none")], /none: no such directory/],
  [[...TRAIN, "--out", at("new"), "--data", at("empty")], /empty: no file train-images-idx3-ubyte/],
  [[...TRAIN, "--out", at("new"), "--data", at("short")], /train-images-idx3-ubyte: cut short/],
  [[...TRAIN, "--out", at("new"), "--data", at("long")], /train-images-idx3-ubyte: too long/],
  [[...TRAIN, "--out", at("new"), "--data", at("mixed")], /600 images, but .* holds 7 labels/],
  [["start", "--epochs", "3"], /unknown option '--epochs'/],
  [["start", "--out", at("full")], /not empty, and not a run/],
  [["mil", "eval"], /missing required argument 'run'/],
  [["mil", "eval", at("none")], /none: no run of intarsia mil/],
  [["mil", "eval", at("untrained")], /untrained: has no model.safetensors yet/],
  [["mil", "eval", at("weird")], /run.json: hidden must be a whole number from 1 to 4096, got 0/],
  [["mil", "eval", at("untrained"), "--orders", "0"], /--orders.*from 1 to 1000/],
  [["mil", "predict", at("untrained")], /missing required argument 'pictures'/],
  [["mil", "predict", at("none"), "a.png"], /none: no run of intarsia mil/],
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

test("nothing was written", () => {
  assert.equal(fs.readdirSync(place, { recursive: true }).sort(), before);
});

test.run();
