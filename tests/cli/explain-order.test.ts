/** `intarsia explain`, in which order: maps before numbers, lines in the order of the files, networks beside each other. */
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { plainWords } from "../../src/cli/explain/finding.ts";
import { helpText } from "../../src/cli/explain/text.ts";
import { METHOD_NAMES, METHODS } from "../../src/explain/index.ts";
import { digitWeights, saveRings, saveWeights } from "./explain-files.ts";
import { intarsia, start, temporary } from "./run.ts";

const place = temporary();
const at = (...names: string[]): string => path.join(place, ...names);
saveWeights(at("digits.safetensors"), digitWeights());
fs.mkdirSync(at("rings"));
const [ring] = saveRings(at("rings"), 3);
for (const name of ["ring1-broken.jpg", "zzz.webp"]) fs.writeFileSync(at("rings", name), Buffer.from([0xff, 0xd8, 0xff, 1, 2, 3]));

test("the maps are printed and written before anything is measured; their network is recognised by the weights", async () => {
  const seen: string[] = [];
  const args = ["explain", ring, "--weights", at("digits.safetensors"), "--steps", "1000", "--out", at("first")];
  const running = start(args, {
    onLine(line) {
      seen.push(line);
      if (line.startsWith("Measuring")) running.child.kill("SIGKILL");
    },
  });
  const { code, err } = await running.ended;
  assert.is(code, null, "measuring 2000 pictures takes longer than this process lives");
  assert.match(err, /^intarsia: .*digits\.safetensors fits mnist_net$/m);
  assert.match(
    seen.join("\n"),
    /^ring0\.png: \d .*%\n {2}method .*picture\n {2}Grad-CAM .*\.png\nMeasuring .*about 2000 pictures .*--no-faithfulness/,
  );
  const name = "ring0.mnist_net.grad-cam.2";
  const files = fs.readdirSync(at("first"));
  assert.equal([files.length, files.filter((file) => file.startsWith(name)).length], [3, 2], files.join());
});

test("every picture that cannot be read is named, in its place; the numbers follow their maps", async () => {
  const { code, out, err } = await intarsia([
    ...["explain", at("rings"), "--model", "mnist_net", "--weights", at("digits.safetensors"), "--steps", "2", "--batch", "2"],
    ...["--out", at("all")],
  ]);
  assert.is(code, 2);
  const lines = err.trim().split("\n");
  assert.is(lines.length, 3, err);
  assert.match(lines[0], /^intarsia: .*ring1-broken\.jpg: damaged or cut short/);
  assert.match(lines[1], /^intarsia: .*zzz\.webp: damaged or cut short/);
  assert.is(lines[2], "intarsia: 2 of 5 pictures could not be explained");
  const titles = out.split("\n").flatMap((line) => /^ring\d\.png[:,]/.exec(line)?.[0] ?? []);
  assert.equal(titles, ["ring0.png:", "ring1.png:", "ring0.png,", "ring1.png,", "ring2.png:", "ring2.png,"]);
  assert.is(out.split("\n").filter((line) => line.startsWith("Measuring")).length, 1);
  assert.match(out, /\nRed is what counts most .*\n`intarsia explain --help` says .*\n$/);
});

test("two networks leave their sheets beside each other; nothing is said about numbers that were not measured, nor out of order", async () => {
  const both = ["--method", "grad-cam", "input-gradient", "--no-faithfulness", "--out", at("two")];
  const digits = await intarsia(["explain", ring, "--weights", at("digits.safetensors"), ...both]);
  assert.is(digits.code, 0, digits.err);
  const faces = await intarsia(["explain", ring, at("rings", "ring1.png"), ...both]);
  assert.is(faces.code, 0, faces.err);
  for (const { out } of [digits, faces]) assert.not.match(out, /deletion|insertion|Measuring/);
  const sheets = fs.readdirSync(at("two")).filter((name) => name.endsWith("sheet.png"));
  assert.equal(sheets.sort(), ["ring0.face_expression.sheet.png", "ring0.mnist_net.sheet.png", "ring1.face_expression.sheet.png"]);
  const remarked = faces.out.split("\n").flatMap((line, i, all) => (/no face found;/.test(line) ? [all[i - 1].split(":")[0]] : []));
  assert.equal(remarked, ["ring0.png, no face found", "ring1.png, no face found"]);
});

test("docs/explain.md has the plain words that the command has", () => {
  const text = fs.readFileSync("docs/explain.md", "utf8");
  for (const name of METHOD_NAMES) assert.ok(text.includes(`- \`${name}\`: ${METHODS[name].plain}\n`), name);
  assert.is(plainWords({ method: "activation", filter: 3 }, 3), "Where one detector of this layer responded.");
  for (const method of METHOD_NAMES) assert.is(plainWords({ method, filter: null }, 3), METHODS[method].plain);
  assert.match(plainWords({ method: "deconvnet-guided", filter: 3 }, undefined), /spoke most for the class/);
  const help = helpText();
  for (const name of METHOD_NAMES) assert.ok(help.includes(METHODS[name].plain), name);
});

test.run();
