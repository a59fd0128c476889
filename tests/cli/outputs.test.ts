/** What commands write: no two files of one name, no input replaced, devices written to, and streams that are closed or full. */
import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { folded, uniqueNames } from "../../src/cli/shared/distinct.ts";
import { faceStem, filesOf, mayBeOurs, stemsOf } from "../../src/cli/explain/names.ts";
import { writePng } from "../../src/data/node/index.ts";
import { METHOD_NAMES } from "../../src/explain/index.ts";
import { digitWeights, ringPicture, saveWeights } from "./explain-files.ts";
import { intarsia, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
saveWeights(at("digits.safetensors"), digitWeights());
const DIGITS = ["--model", "mnist_net", "--weights", at("digits.safetensors"), "--no-faithfulness"];

/** Names that collide: by ending, by number, by case, by accents, by face, by what a map is called. */
const stem = fc.oneof(
  fc.constantFrom(
    "cat",
    "Cat",
    "cat-2",
    "cat-3",
    "cat.face1",
    "CAT.face1",
    "cat.face1-2",
    "cat.sheet",
    "cat.resnet50",
    "cat.grad-cam.5.1",
    "é",
    "e\u0301",
  ),
  fc.string({ minLength: 1, maxLength: 200 }).map((text) => text.replaceAll(/[/\\\0.]/g, "_")),
);
const layer = fc.constantFrom("layer4", "Layer4", "layer4 ", "layer_4", "layer-4", "2");
const map = fc.record({ method: fc.constantFrom(...METHOD_NAMES), layer: fc.option(layer), class: fc.integer({ min: 0, max: 3 }) });
const model = fc.constantFrom("mnist_net", "resnet50");
const picture = fc.record({ stem, model, ending: fc.constantFrom("jpg", "png", "PNG"), faces: fc.integer({ min: 0, max: 3 }) });

test("no two files of a run have one name, on any file system, and each is known as one that the run may make", () => {
  fc.assert(
    fc.property(fc.array(picture, { minLength: 1, maxLength: 8 }), fc.array(map, { minLength: 1, maxLength: 8 }), (pictures, maps) => {
      const stems = stemsOf(pictures.map(({ stem, ending }, i) => path.join(`folder${i}`, `${stem}.${ending}`)));
      const names = pictures.flatMap(({ faces }, i) => {
        const parts = faces === 0 ? [stems[i]] : Array.from({ length: faces }, (_, face) => faceStem(stems[i], face));
        return parts.flatMap((part) => {
          const { maps: files, all } = filesOf(part, pictures[i].model, maps);
          return [...files.flatMap(Object.values), ...Object.values(all)] as string[];
        });
      });
      assert.is(new Set(names.map(folded)).size, names.length, names.join("\n"));
      for (const name of names) {
        assert.ok(Buffer.byteLength(name) < 255);
        assert.ok(mayBeOurs(name, stems), name);
      }
    }),
  );
});

test("names keep what they are called where they can", () => {
  assert.equal(stemsOf(["a/cat-2.jpg", "a/cat.jpg", "a/cat.png", "b/Cat.jpg"]), ["cat-2", "cat", "cat-3", "Cat-4"]);
  assert.equal(stemsOf(["cat.jpg", "cat.face1.jpg", "dog.face1.jpg"]), ["cat", "cat.face1-2", "dog.face1"]);
  assert.equal(uniqueNames(["a", "A", "a-2"]), ["a", "A-3", "a-2"]);
});

test("explain: three pictures of nearly one name, in one folder, and one of them named twice", async () => {
  fs.mkdirSync(at("cats"));
  for (const [i, name] of ["cat.png", "cat-2.png", "Cat.jpg"].entries()) writePng(at("cats", name), ringPicture(28 + 4 * i, i));
  const args = ["explain", at("cats"), at("cats", "cat.png"), ...DIGITS, "--out", at("out"), "--json", at("out", "record.json")];
  const { code, err } = await intarsia(args);
  assert.is(code, 0, err);
  const { pictures } = JSON.parse(fs.readFileSync(at("out", "record.json"), "utf8")) as {
    pictures: { file: string; files: Record<string, string>; maps: { files: Record<string, string> }[] }[];
  };
  const names = pictures.flatMap(({ files, maps }) => [...Object.values(files), ...maps.flatMap((one) => Object.values(one.files))]);
  assert.is(pictures.length, 3);
  assert.equal([...names, "record.json"].sort(), fs.readdirSync(at("out")).sort());
});

test("an output that would replace an input, or another output, is refused before anything is done", async () => {
  fs.mkdirSync(at("own"));
  for (const name of ["cat.png", "cat.mnist_net.sheet.png"]) writePng(at("own", name), ringPicture(28, 1));
  fs.linkSync(at("digits.safetensors"), at("linked.json"));
  const before = fs.readdirSync(place, { recursive: true }).sort();
  const explain = ["explain", at("own", "cat.png"), ...DIGITS];
  const run = ["run", "mnist_net", "--weights", at("digits.safetensors"), "--input", at("own", "cat.png"), "--output"];
  const plan = ["plan", "lenet", "--assume", "software", "--variants"];
  const cases: [string[], RegExp][] = [
    [["explain", at("own"), ...DIGITS, "--out", at("own")], /--out .*own: cat\.mnist_net\.sheet\.png there might be replaced by the maps/],
    [[...explain, "--out", at("x"), "--json", at("x", "CAT.mnist_net.safetensors")], /CAT\.mnist_net\.safetensors there might be replaced/],
    [[...explain, "--out", at("x"), "--json", at("X")], /--json .*X: is in the way of --out|--out .*x: is in the way of --json/],
    [[...explain, "--out", at("x", "y"), "--json", at("x")], /--json .*x: is in the way of --out/],
    [[...explain, "--out", at("x"), "--json", at("own", "cat.png")], /--json .*cat\.png: would replace a file that is read/],
    [[...explain, "--out", at("x"), "--json", at("linked.json")], /--json .*linked\.json: would replace a file that is read/],
    [[...run, at("digits.safetensors")], /--output .*digits\.safetensors: would replace a file that is read/],
    [[...run, at("own", "cat.png")], /would replace a file that is read/],
    [[...plan, at("linked.json"), "--json", at("linked.json")], /would replace a file that is read/],
    [["profile", "lenet", "--html", at("p"), "--json", at("P")], /--html .*p: is in the way of --json .*P/],
    [["mil", "train", "--out", at("r"), "--json", at("r", "Result.json")], /--json .*Result\.json: is a file of the run itself/],
    [["start", "--out", at("r"), "--json", at("r")], /is in the way of/],
    [["mil", "eval", at("r"), "--json", at("r", "model.safetensors")], /is a file of the run itself/],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await intarsia(args);
    assert.match(err, message);
    assert.match(err, /^intarsia: [^\n]+\n$/);
    assert.equal([code, out], [2, ""], args.join(" "));
  }
  assert.equal(fs.readdirSync(place, { recursive: true }).sort(), before);
});

const COMMAND = `exec ${process.execPath} --conditions=intarsia-source --import tsx src/cli/main.ts`;
const shell = (line: string) => spawnSync("bash", ["-c", `set -o pipefail; ${line}`], { encoding: "utf8" });

test("a closed pipe ends quietly; the files are all written", () => {
  for (const args of ["models", "models --json", "--help", "plan lenet --assume software", "nothing 2>&1"]) {
    const { stderr, status } = shell(`(${COMMAND} ${args}) | true`);
    assert.is(stderr, "", args);
    assert.is(status, args.startsWith("nothing") ? 2 : 0, args);
  }
  const { stderr, status } = shell(
    `(${COMMAND} explain ${at("cats")} ${DIGITS.join(" ")} --out ${at("piped")}) 2> >(grep -v "^Warning: max" >&2) | head -1`,
  );
  assert.equal([stderr, status], ["", 0]);
  assert.is(fs.readdirSync(at("piped")).length, 9);
});

const full = fs.existsSync("/dev/full") ? test : test.skip;

full("a full disk is one line, wherever the output goes", () => {
  const models = shell(`${COMMAND} models > /dev/full`);
  assert.equal([models.status, models.stderr], [2, "intarsia: cannot write standard output: no space left on the disk\n"]);
  assert.is(shell(`${COMMAND} nothing 2> /dev/full`).status, 2);
  for (const args of [`plan lenet --assume software --json /dev/full`]) {
    const { status, stderr } = shell(`${COMMAND} ${args} > /dev/null`);
    assert.equal([status, stderr], [2, "intarsia: cannot write /dev/full: no space left on the disk\n"]);
    assert.ok(fs.statSync("/dev/full").isCharacterDevice());
  }
});

test("names that are empty, files that cannot be made, files that are none: one line each", async () => {
  fs.writeFileSync(at("binary"), Uint8Array.of(0xff, 0xfe, 0, 10, 1, 0x80));
  const plan = ["plan", "lenet", "--assume", "software"];
  const cases: [string[], RegExp][] = [
    [[...plan, "--json", ""], /--json: the name is empty/],
    [["explain", at("cats"), ...DIGITS, "--out", ""], /--out: the name is empty/],
    [["run", "mnist_net", "--weights", "", "--input", at("cats"), "--output", at("y")], /--weights: the name is empty/],
    [["run", "mnist_net", "--random-weights", "1", "--input", "", "--output", at("y")], /--input: the name is empty/],
    [[...plan, "--variants", at("binary")], /binary: not JSON/],
    [[...plan, "--variants", place], /not a regular file/],
    [
      ["explain", at("caf\ufffd.png"), ...DIGITS, "--out", at("no")],
      /no such file or directory \(a name that is not UTF-8\? rename the file\)/,
    ],
    ...(fs.existsSync("/proc/self")
      ? [
          [
            ["run", "mnist_net", "--random-weights", "1", "--input", at("cats"), "--output", "/proc/none/y"],
            /cannot write \/proc\/none\/y: /,
          ] as [string[], RegExp],
        ]
      : []),
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await intarsia(args);
    assert.match(err, message);
    assert.match(err, /^intarsia: [^\n]+\n$/);
    assert.equal([code, out], [2, ""], args.join(" "));
  }
});

test("a named pipe and a device are written to, not replaced", async () => {
  if (spawnSync("mkfifo", [at("pipe")]).status !== 0) return;
  const reader = spawn("cat", [at("pipe")]);
  let text = "";
  reader.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  const closed = new Promise((resolve) => reader.on("close", resolve));
  const { code, err } = await intarsia(["plan", "lenet", "--assume", "software", "--json", at("pipe")]);
  assert.is(code, 0, err);
  await closed;
  assert.ok(JSON.parse(text).kernels.length > 10);
  assert.ok(fs.statSync(at("pipe")).isFIFO());
});

test.run();
