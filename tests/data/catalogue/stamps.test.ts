/** The generator of `stamps`, on drawn cut-outs: who is in which split, and whether boxes and masks are where the colours are. */

import { test } from "uvu";
import * as assert from "uvu/assert";
import { completeSpec, recipeNamed } from "../../../src/data/catalogue/index.ts";
import { decodePng } from "../../../src/data/node/png.ts";
import { digestOf, sha256 } from "../../../src/data/node/catalogue/folder.ts";
import { boundsOf } from "../../../src/data/pictures/cutout.ts";
import { refused, refusedLater } from "../helpers.ts";
import { memorySources, sourcePictures } from "./cutouts.ts";

const stamps = recipeNamed("stamps");
const SMALL = { size: 48, train: 6, validation: 2, test: 4, kinds: ["tool", "insect"] };

/** All files of a data set. */
async function make(said: Readonly<Record<string, unknown>> = {}, seed = 1, sources = sourcePictures()) {
  const spec = completeSpec("stamps", stamps.options, { ...SMALL, ...said });
  stamps.check?.(spec);
  const { steps, files } = await stamps.make(spec, seed, memorySources(sources));
  const made = new Map<string, string | Uint8Array>();
  let groups = 0;
  for await (const group of files) {
    groups += 1;
    for (const { path, content } of group) made.set(path, content);
  }
  assert.is(groups, steps);
  const text = (path: string): string => made.get(path) as string;
  const picture = (path: string) => decodePng(made.get(path) as Uint8Array, path);
  const rows = (path: string): string[][] =>
    text(path)
      .trimEnd()
      .split("\n")
      .map((line) => line.split(","));
  return { made, picture, text, rows, digest: digestOf(new Map([...made].map(([path, content]) => [path, sha256(content)]))) };
}

test("the same seed and spec give the same bytes everywhere, another seed others", async () => {
  const { digest, made } = await make();
  // Another processor, system or version of Node that gives other bytes breaks the promise of the hash. So does a changed generator whose
  // version was not raised: raise it together with this digest.
  assert.is(stamps.version, 1);
  assert.is(digest, "66430ba4a458986e9078841012f22db1b319d1ad8814ace03a8aa4afd55c5b7a");
  assert.is((await make({ kinds: ["insect", "tool"] })).digest, digest);
  assert.is.not((await make({}, 2)).digest, digest);
  assert.is([...made.keys()].filter((path) => /^(train|validation|test)\//.test(path)).length, 2 * (6 + 2 + 4));
});

test("no individual and no photograph is in two splits; drawings are in none", async () => {
  const { rows, text } = await make({ train: 20, validation: 8, test: 10 });
  const [, ...table] = rows("pictures.csv");
  for (const column of [4, 5]) {
    const splits = new Map<string, Set<string>>();
    for (const row of table) splits.set(row[column], (splits.get(row[column]) ?? new Set()).add(row[1]));
    assert.equal(
      [...splits].filter(([, found]) => found.size > 1),
      [],
    );
    assert.ok(splits.size >= 6);
  }
  // The mirrored picture is the individual itself; all eight of each kind are seen.
  assert.is(new Set(table.map((row) => row[4])).size, 16);
  assert.ok(table.some((row) => row[3] === "household/tools/tool0_mirror.png"));
  assert.ok(!table.some((row) => /bee|drawn/.test(row[3])));
  assert.is(text("classes.txt"), "insect\ntool\n");
});

test("boxes are tight around masks, and masks lie where the object's colour is", async () => {
  const { rows, picture } = await make({ objects: 3, smallest: 0.15, largest: 0.4 });
  const [, ...table] = rows("pictures.csv");
  const masks = ["train-weaksup", "train-fullsup", "test"].flatMap((split) => rows(`metadata/masks/${split}/localization.txt`));
  assert.is(masks.length, table.length);
  assert.ok(table.length > 24, "some pictures hold several objects");
  let off = 0;
  let covered = 0;
  table.forEach(([image, , kind, , , , ...corners], i) => {
    const [id, maskFile, ignore] = masks[i];
    assert.is(id, image);
    assert.is(ignore === "", i > 0 && table[i - 1][0] === image, "the first line of an image, and no other, names the ignore file");
    const mask = picture(`masks/${maskFile}`);
    const box = boundsOf(48, 48, (pixel) => mask.data[4 * pixel], 255);
    assert.equal(corners.map(Number), box && [box.left, box.top, box.left + box.width, box.top + box.height]);
    const edges = picture(`masks/${masks.find(([other, , file]) => other === image && file !== "")?.[2]}`);
    const { data } = picture(image);
    for (let pixel = 0; pixel < 48 * 48; pixel += 1) {
      const [red, green] = [data[4 * pixel], data[4 * pixel + 1]];
      const coloured = kind === "insect" ? red > green + 60 : green > red + 60;
      if (mask.data[4 * pixel] === 255) covered += 1;
      if (mask.data[4 * pixel] === 255 && (!coloured || edges.data[4 * pixel] === 255)) off += 1;
    }
  });
  assert.ok(covered > 2000);
  assert.is(off, 0);
});

test("what is no object is in no mask, and the edge is ignored", async () => {
  const { rows, picture } = await make({ background: "plain", distractors: 0 });
  const [image, maskFile, ignore] = rows("metadata/masks/test/localization.txt")[0];
  const [shown, mask, edges] = [picture(image), picture(`masks/${maskFile}`), picture(`masks/${ignore}`)];
  const corner = shown.data.subarray(0, 3);
  let seen = 0;
  for (let pixel = 0; pixel < 48 * 48; pixel += 1) {
    const differs = [0, 1, 2].some((c) => Math.abs(shown.data[4 * pixel + c] - corner[c]) > 10);
    if (differs) seen += 1;
    assert.ok(!differs || mask.data[4 * pixel] === 255 || edges.data[4 * pixel] === 255, `pixel ${pixel}`);
  }
  assert.ok(seen > 20);
});

test("objects are as long as was asked, whole and inside", async () => {
  const { rows } = await make({ train: 40, smallest: 0.3, largest: 0.6, distractors: 0 });
  const sides = rows("metadata/boxes/train-weaksup/localization.txt").map(([, x0, y0, x1, y1]) => Math.max(+x1 - +x0, +y1 - +y0) / 48);
  assert.is(sides.length, 80);
  // The seam, which covers less than half of its pixels, is no part of the mask.
  assert.ok(Math.min(...sides) > 0.2 && Math.min(...sides) < 0.35, String(Math.min(...sides)));
  assert.ok(Math.max(...sides) > 0.5 && Math.max(...sides) <= 0.61, String(Math.max(...sides)));
  assert.ok(
    rows("metadata/boxes/train-weaksup/localization.txt").every(([, x0, y0, x1, y1]) => +x0 >= 0 && +y0 >= 0 && +x1 <= 48 && +y1 <= 48),
  );
});

test("a background that goes with the class says the class, in every split", async () => {
  const { rows } = await make({ background: "class" });
  const [, ...table] = rows("pictures.csv");
  const kinds = new Map<string, Set<string>>();
  for (const row of table) kinds.set(row[5], (kinds.get(row[5]) ?? new Set()).add(row[2]));
  assert.is(kinds.size, 6);
  assert.ok([...kinds.values()].every((found) => found.size === 1));
  for (const split of ["train", "validation", "test"])
    assert.is(new Set(table.filter((row) => row[1] === split).map((row) => row[2])).size, 2);
});

test("metadata agree with each other", async () => {
  const { rows, made } = await make();
  for (const [split, count] of Object.entries({ "train-weaksup": 12, "train-fullsup": 4, test: 8 }))
    for (const truth of ["boxes", "masks"]) {
      const at = (name: string) => rows(`metadata/${truth}/${split}/${name}.txt`);
      const ids = at("image_ids").map(([id]) => id);
      assert.is(ids.length, count);
      assert.ok(ids.every((id) => made.has(id)));
      assert.equal(
        at("class_labels"),
        ids.map((id) => [id, id.includes("/insect/") ? "0" : "1"]),
      );
      assert.equal(
        at("image_sizes"),
        ids.map((id) => [id, "48", "48"]),
      );
    }
});

test("what does not go is said in one line", async () => {
  await refusedLater(make({}, 1, sourcePictures({ individuals: 2 })), /^stamps: insect: 2 of it here; three are needed, one for each of/);
  await refusedLater(make({ smallest: 0.9 }), /^stamps: smallest 0.9 is more than largest 0.8$/);
  await refusedLater(make({ kinds: ["insect"] }), /at least two/);
  refused(() => completeSpec("stamps", stamps.options, { kinds: ["cow"] }), /^stamps: kinds has no "cow"; there are bird, hoofed/);
  refused(() => completeSpec("stamps", stamps.options, { kinds: ["bird", "bird"] }), /names bird twice/);
  refused(() => completeSpec("stamps", stamps.options, { size: 20 }), /^stamps: size must be a whole number from 32 to 512, got 20$/);
  refused(() => completeSpec("stamps", stamps.options, { background: "blue" }), /background must be one of any, class, plain, got "blue"/);
  refused(() => completeSpec("stamps", stamps.options, { colour: 1 }), /^stamps: no option "colour"; there are size, train/);
  refused(() => recipeNamed("cub"), /^no data set "cub"; there are mnist, stamps/);
  const few = sourcePictures();
  few.get("plasma-workspace-wallpapers")?.clear();
  await refusedLater(make({ background: "class" }, 1, few), /photographs: 1 of them are too few for 2 kinds/);
});

test.run();
