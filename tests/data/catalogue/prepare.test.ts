/** Preparation in Node: sources from folders and packages, the folder that is made, and everything that may stand there already. */

import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { completeSpec, recipeNamed } from "../../../src/data/catalogue/index.ts";
import { hasTool } from "../../../src/data/node/catalogue/debian.ts";
import { dataHash, prepareData, type PrepareOptions, readPrepared } from "../../../src/data/node/catalogue/index.ts";
import { imageFolder, loadDigits } from "../../../src/data/node/index.ts";
import { encodeIdx } from "../../../src/data/tensors/idx.ts";
import { refused, refusedLater, withDirectoryLater } from "../helpers.ts";
import { sourcePictures, writeSources } from "./cutouts.ts";

const made = { command: "a test", intarsia: "0" };
const SMALL = { size: 32, train: 3, validation: 1, test: 2, kinds: ["insect", "tool"] };

/** Prepares one of the catalogue. */
function prepare(name: string, options: Omit<PrepareOptions, "made" | "seed" | "spec"> & { readonly seed?: number }, said = {}) {
  const recipe = recipeNamed(name);
  const spec = completeSpec(name, recipe.options, said);
  return prepareData(recipe, { seed: 1, made, ...options, spec });
}

const tree = (directory: string): Record<string, string> =>
  Object.fromEntries(
    fs
      .readdirSync(directory, { recursive: true, encoding: "utf8" })
      .filter((name) => fs.statSync(path.join(directory, name)).isFile())
      .map((name) => [name, fs.readFileSync(path.join(directory, name)).toString("base64")]),
  );

test("a folder of unpacked packages becomes a data set that imageFolder reads, again to the same bytes", async () => {
  await withDirectoryLater(async (place) => {
    const at = (...names: string[]): string => path.join(place, ...names);
    writeSources(at("sources"), sourcePictures());
    const seen: string[] = [];
    const options = { from: [at("sources")], progress: (done: number, total: number) => seen.push(`${done}/${total}`) };
    const { data, fresh } = await prepare("stamps", { ...options, out: at("deep", "one") }, SMALL);
    assert.ok(fresh);
    assert.is(seen.length, 13);
    assert.is(seen.at(-1), "13/13");
    assert.equal(readPrepared(at("deep", "one")), { format: "intarsia data set", ...data });
    assert.equal(Object.keys(data.sources), ["tuxpaint-stamps-default", "plasma-workspace-wallpapers", "mate-backgrounds"]);
    assert.is(data.hash, dataHash(data, data.sources));
    const set = await imageFolder(at("deep", "one", "train"));
    assert.equal([set.size, set.classes, set.fields.x.shape], [6, ["insect", "tool"], [3, 32, 32]]);
    await prepare("stamps", { ...options, out: at("two") }, SMALL);
    assert.equal(tree(at("two")), tree(at("deep", "one")));
    assert.is(data.contents.files + 1, Object.keys(tree(at("two"))).length);
    const before = fs.statSync(at("two", "dataset.json")).mtimeMs;
    const again = await prepare("stamps", { out: at("two"), from: [at("sources")] }, SMALL);
    assert.not.ok(again.fresh);
    assert.is(fs.statSync(at("two", "dataset.json")).mtimeMs, before);
    assert.equal(fs.readdirSync(place).sort(), ["deep", "sources", "two"]);
  });
});

test("other sources give another hash", async () => {
  await withDirectoryLater(async (place) => {
    const at = (...names: string[]): string => path.join(place, ...names);
    writeSources(at("a"), sourcePictures());
    const other = sourcePictures();
    other.get("tuxpaint-stamps-default")?.delete("household/thing3.png");
    writeSources(at("b"), other);
    const one = await prepare("stamps", { out: at("one"), from: [at("a")] }, SMALL);
    const two = await prepare("stamps", { out: at("two"), from: [at("b")] }, SMALL);
    assert.is.not(one.data.hash, two.data.hash);
  });
});

test("nothing of somebody else's is replaced; a data set made differently only with --force", async () => {
  await withDirectoryLater(async (place) => {
    const at = (...names: string[]): string => path.join(place, ...names);
    writeSources(at("sources"), sourcePictures());
    const from = [at("sources")];
    fs.mkdirSync(at("mine"));
    fs.writeFileSync(at("mine", "letter.txt"), "dear");
    await refusedLater(prepare("stamps", { out: at("mine"), from, force: true }, SMALL), /mine: not empty, and no data set that intarsia/);
    await refusedLater(prepare("stamps", { out: at("mine", "letter.txt"), from }, SMALL), /letter.txt: not a directory$/);
    fs.mkdirSync(at("empty"));
    await prepare("stamps", { out: at("empty"), from }, SMALL);
    const other = prepare("stamps", { out: at("empty"), from, seed: 2 }, { ...SMALL, size: 40 });
    await refusedLater(other, /empty: holds a data set that was made differently \(seed 1, size 32\); --force replaces it$/);
    await prepare("stamps", { out: at("empty"), from, seed: 2, force: true }, { ...SMALL, size: 40 });
    assert.is(readPrepared(at("empty"))?.seed, 2);
    fs.writeFileSync(at("empty", "dataset.json"), "{");
    refused(() => readPrepared(at("empty")), /dataset.json: not JSON$/);
    await prepare("stamps", { out: at("empty"), from, force: true }, SMALL);
    assert.is(readPrepared(at("empty"))?.seed, 1);
    assert.equal(fs.readdirSync(place).sort(), ["empty", "mine", "sources"]);
  });
});

test("what fails leaves nothing, not even the folders above", async () => {
  await withDirectoryLater(async (place) => {
    const at = (...names: string[]): string => path.join(place, ...names);
    writeSources(at("sources"), sourcePictures());
    const out = at("new", "folder", "set");
    const from = [at("sources")];
    await refusedLater(prepare("stamps", { out, from: [at("nowhere")] }, SMALL), /--from .*nowhere: no such file or directory$/);
    fs.mkdirSync(at("bare"));
    await refusedLater(
      prepare("stamps", { out, from: [at("bare")] }, SMALL),
      /bare: neither the file tuxpaint-stamps-default_\*\.deb nor a folder/,
    );
    await refusedLater(prepare("stamps", { out, from }, { ...SMALL, kinds: ["rodent", "tool"] }), /^stamps: rodent: 0 of it here/);
    await refusedLater(prepare("mnist", { out, from }), /no file train-images-idx3-ubyte/);
    const thing = at("sources", "tuxpaint-stamps-default", "usr/share/tuxpaint/stamps/animals/insects/insect1.png");
    fs.writeFileSync(thing, fs.readFileSync(thing).subarray(0, 60));
    await refusedLater(prepare("stamps", { out, from }, { ...SMALL, train: 12, validation: 6, test: 6 }), /insect1.png: PNG cut short/);
    const stopper = new AbortController();
    const stopped = prepare("stamps", { out, from, signal: stopper.signal, progress: () => stopper.abort() }, SMALL);
    await stopped.then(
      () => assert.unreachable(),
      (error: Error) => assert.is(error.name, "AbortError"),
    );
    assert.equal(fs.readdirSync(place).sort(), ["bare", "sources"]);
  });
});

test("a package file is unpacked by dpkg-deb, and a broken one is named", async () => {
  if (!hasTool("dpkg-deb")) return console.log("# no dpkg-deb here: package files are not tried");
  await withDirectoryLater(async (place) => {
    const at = (...names: string[]): string => path.join(place, ...names);
    writeSources(at("sources"), sourcePictures());
    for (const name of fs.readdirSync(at("sources"))) {
      fs.mkdirSync(at("sources", name, "DEBIAN"));
      const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: Nobody <a@b.c>\nDescription: for a test\n`;
      fs.writeFileSync(at("sources", name, "DEBIAN", "control"), control);
      fs.mkdirSync(at("packages"), { recursive: true });
      const built = spawnSync("dpkg-deb", ["--build", "--root-owner-group", at("sources", name), at("packages", `${name}_1_all.deb`)]);
      assert.is(built.status, 0, built.stderr.toString());
    }
    const packages = fs.readdirSync(at("packages")).map((name) => at("packages", name));
    const one = await prepare("stamps", { out: at("one"), from: [at("packages")] }, SMALL);
    const two = await prepare("stamps", { out: at("two"), from: packages }, SMALL);
    const three = await prepare("stamps", { out: at("three"), from: [at("sources")] }, SMALL);
    assert.equal([two.data, three.data], [one.data, one.data]);
    // What was downloaded once is not downloaded again.
    const system = fs.existsSync("/usr/share/tuxpaint/stamps") || fs.existsSync("/usr/share/wallpapers");
    if (!system) {
      const cached = await prepare("stamps", { out: at("four"), cache: at("packages") }, SMALL);
      assert.equal(cached.data, one.data);
    }
    fs.truncateSync(packages[2], 100);
    await refusedLater(
      prepare("stamps", { out: at("x"), from: packages }, SMALL),
      /tuxpaint-stamps-default_1_all.deb: not a package of Debian/,
    );
    assert.not.ok(fs.existsSync(at("x")));
  });
});

test("mnist: its files, some of its digits by seed, and folders of them", async () => {
  await withDirectoryLater(async (place) => {
    const at = (...names: string[]): string => path.join(place, ...names);
    fs.mkdirSync(at("idx"));
    for (const [part, count] of [
      ["train", 60],
      ["t10k", 30],
    ] as const) {
      const pixels = Uint8Array.from({ length: 784 * count }, (_, i) => (Math.floor(i / 784) * 3 + (i % 7)) % 256);
      fs.writeFileSync(at("idx", `${part}-images-idx3-ubyte`), encodeIdx(pixels, [count, 28, 28]));
      const labels = Uint8Array.from({ length: count }, (_, i) => i % 10);
      fs.writeFileSync(at("idx", `${part}-labels-idx1-ubyte`), encodeIdx(labels, [count]));
    }
    const from = [at("idx")];
    await prepare("mnist", { out: at("all"), from });
    for (const name of fs.readdirSync(at("idx")))
      assert.ok(fs.readFileSync(at("all", name)).equals(fs.readFileSync(at("idx", name))), name);
    await prepare("mnist", { out: at("some"), from }, { perClass: 2, testPerClass: 1 });
    const some = loadDigits(at("some"));
    assert.equal(
      [some.train.count, [...some.train.labels].sort((a, b) => a - b), some.test.count],
      [20, Array.from({ length: 20 }, (_, i) => i >> 1), 10],
    );
    await prepare("mnist", { out: at("others"), from, seed: 2 }, { perClass: 2, testPerClass: 1 });
    assert.not.equal(loadDigits(at("others")).train.images, some.train.images);
    await prepare("mnist", { out: at("folders"), from }, { layout: "folders", perClass: 2, testPerClass: 1 });
    const set = await imageFolder(at("folders", "train"), { channels: 1 });
    assert.equal([set.size, set.classes?.length, set.fields.x.shape], [20, 10, [1, 28, 28]]);
    const file = fs.readdirSync(at("folders", "train", "7"))[0];
    assert.is(Number(file.replace(".png", "")) % 10, 7);
    await refusedLater(prepare("mnist", { out: at("x"), from: [at("idx"), at("idx")] }), /one folder with the IDX files/);
  });
});

test.run();
