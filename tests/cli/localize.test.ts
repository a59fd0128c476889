/** `intarsia localize score` on files of the published layout: numbers of OpenCV's evaluation, masks, predictions, and what is refused. */
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { writePng } from "../../src/data/node/png.ts";
import { encodeNpy } from "../../src/data/tensors/npy.ts";
import { fill } from "../models/golden.ts";
import { intarsia, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
const write = (file: string, content: string | Uint8Array): void => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, content);
};
const S = 32;
const IDS = ["one/a.jpg", "one/b.jpg", "c.png"];

/** A box in the middle of noise. */
const mapOf = (i: number): Float64Array =>
  fill(`map ${i}`, [S, S]).map((value, p) => {
    const [x, y] = [p % S, Math.floor(p / S)];
    return x >= 8 && x < 20 && y >= 4 + i && y < 16 + i ? 0.9 + (value + 1) / 21 : (value + 1) / 5;
  });
const writeMap = (folder: string, id: string, data: Float64Array | Float32Array, shape = [S, S]): void =>
  write(at(folder, `${id}.npy`), encodeNpy({ dtype: data instanceof Float64Array ? "F64" : "F32", shape, data }));

IDS.forEach((id, i) => writeMap("maps", id, i === 1 ? Float32Array.from(mapOf(i)) : mapOf(i)));
write(at("boxes", "image_ids.txt"), `${IDS.join("\n")}\n`);
write(at("boxes", "class_labels.txt"), IDS.map((id, i) => `${id},${i}\n`).join(""));
write(at("boxes", "image_sizes.txt"), IDS.map((id) => `${id},64,96\n`).join(""));
// The first is the map's box; the second overlaps by a half and more; the third lies elsewhere.
write(at("boxes", "localization.txt"), "one/a.jpg,16,12,40,48\none/b.jpg,16,15,48,60\nc.png,50,60,64,96\n");
const mask = (file: string, inside: (x: number, y: number) => boolean, side = 64): void => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const data = Uint8Array.from({ length: 4 * side * side }, (_, p) => {
    const pixel = p >> 2;
    return p % 4 === 3 || inside(pixel % side, Math.floor(pixel / side)) ? 255 : 0;
  });
  writePng(file, { width: side, height: side, data });
};
write(at("masked", "image_ids.txt"), "c.png\n");
write(at("masked", "localization.txt"), "c.png,m/1.png,m/i.png\nc.png,m/2.png,\n");
mask(at("files", "m", "1.png"), (x, y) => x >= 16 && x < 28 && y >= 12 && y < 36);
mask(at("files", "m", "2.png"), (x, y) => x >= 28 && x < 40 && y >= 12 && y < 36);
mask(at("files", "m", "i.png"), (x) => x < 40);

const score = (...more: string[]) => intarsia(["localize", "score", "--size", String(S), ...more]);
const boxes = ["--maps", at("maps"), "--metadata", at("boxes")];

test("boxes: the numbers and the JSON", async () => {
  write(at("guesses.csv"), "image_id,c1,c2,c3,c4,c5\none/a.jpg,0,1,2,3,4\none/b.jpg,7,1,2,3,4\nc.png,2,1,0,3,4\n");
  const { code, out, err } = await score(...boxes, "--predictions", at("guesses.csv"), "--json", at("boxes.json"));
  assert.is(code, 0, err);
  assert.match(out, /^3 pictures with boxes, judged by the published rule\nMaxBoxAcc {3}66\.67 % at tau 0\.\d/);
  const found = JSON.parse(fs.readFileSync(at("boxes.json"), "utf8"));
  assert.equal(Object.keys(found), ["images", "maxBoxAcc", "maxBoxAccV2", "pxap", "top1Loc", "top5Loc", "boxAcc", "tau"]);
  const third = 100 / 3;
  assert.equal(found.boxAcc.v1, { 30: 200 / 3, 50: 200 / 3, 70: third });
  assert.equal(found.boxAcc.v2, { 30: 200 / 3, 50: 200 / 3, 70: third });
  assert.equal(
    [found.images, found.maxBoxAcc, found.maxBoxAccV2, found.pxap, found.top1Loc, found.top5Loc],
    [3, 200 / 3, (200 / 3 + 200 / 3 + third) / 3, null, third, 200 / 3],
  );
});

test("the author's rule, at the picture's own size", async () => {
  const { code, err } = await score(...boxes, "--rule", "author", "--json", at("author.json"));
  assert.is(code, 0, err);
  const found = JSON.parse(fs.readFileSync(at("author.json"), "utf8"));
  assert.is(found.boxAcc.v2, null);
  assert.is(found.maxBoxAcc, 200 / 3);
});

test("masks: an object in two files, and what is ignored", async () => {
  const { code, out, err } = await score("--maps", at("maps"), "--metadata", at("masked"), "--masks", at("files"), "--json", at("m.json"));
  assert.is(code, 0, err);
  assert.match(out, /^1 pictures with masks\nPxAP \d/);
  const { pxap, maxBoxAcc } = JSON.parse(fs.readFileSync(at("m.json"), "utf8"));
  assert.is(maxBoxAcc, null);
  // The map's box is 12 x 12 at rows 6 to 17; the object's is 12 x 12 at rows 6 to 17: all found before anything else.
  assert.ok(pxap > 99.9 && pxap <= 100, String(pxap));
});

test("what cannot be judged is one line, and nothing is written", async () => {
  const refused = async (args: readonly string[], what: RegExp): Promise<void> => {
    const { code, out, err } = await score(...args, "--json", at("never.json"));
    assert.is(code, 2, err);
    assert.is(out, "");
    assert.match(err, what);
    assert.is(err.trim().split("\n").length, 1, err);
    assert.not.ok(fs.existsSync(at("never.json")));
  };
  for (const name of fs.readdirSync(at("boxes"))) write(at("bad", name), fs.readFileSync(at("boxes", name)));
  const maps = (change: (folder: string) => void): string => {
    fs.rmSync(at("bad-maps"), { recursive: true, force: true });
    fs.cpSync(at("maps"), at("bad-maps"), { recursive: true });
    change("bad-maps");
    return at("bad-maps");
  };
  const with_ = (folder: string): string[] => ["--maps", folder, "--metadata", at("boxes")];
  const nan = mapOf(2);
  nan[70] = Number.NaN;
  await refused(with_(maps((folder) => writeMap(folder, "c.png", nan))), /c\.png\.npy: NaN in row 2, column 6; a map must lie in \[0, 1\]/);
  await refused(
    with_(
      maps((folder) =>
        writeMap(
          folder,
          "c.png",
          mapOf(2).map((v) => 2 * v),
        ),
      ),
    ),
    /must lie in \[0, 1\]/,
  );
  await refused(with_(maps((folder) => writeMap(folder, "c.png", new Float64Array(16), [4, 4]))), /a map of \[4, 4\], not \[32, 32\]/);
  await refused(with_(maps((folder) => fs.rmSync(at(folder, "c.png.npy")))), /there is no map of c\.png/);
  await refused(["--maps", at("maps"), "--metadata", at("nowhere")], /nowhere/);
  await refused(["--maps", at("maps"), "--metadata", at("masked")], /--masks says in which folder they are/);
  write(at("bad", "image_sizes.txt"), IDS.map((id) => `${id},0,96\n`).join(""));
  await refused(["--maps", at("maps"), "--metadata", at("bad")], /bad.image_sizes\.txt:1: a picture of 0 x 96 pixels/);
  write(at("wrong.csv"), "image_id,c1\nz.jpg,1\n");
  await refused([...boxes, "--predictions", at("wrong.csv")], /wrong\.csv:2: z\.jpg is not in image_ids\.txt/);
});

test.run();
