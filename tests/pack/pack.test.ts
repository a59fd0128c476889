/** The package that `npm pack` makes, installed in an empty folder: programs, types, the command, a browser bundle. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeConsumer } from "./consumer.ts";
import { writeDigits } from "./digits.ts";

const consumer = makeConsumer();
const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, unknown> };
const entries = Object.keys(exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => entry.replace(/^\./, "intarsia"));

const programs = [...readFileSync("README.md", "utf8").matchAll(/```ts\n([\s\S]*?)```/g)].map((found) => found[1]);

test.after(() => consumer.remove());

test("holds the build, and neither sources nor tests", () => {
  assert.ok(consumer.packed.includes("dist/index.js") && consumer.packed.includes("dist/index.d.ts"));
  assert.equal(
    consumer.packed.filter((path) => /^(src|tests|shaders|examples|scripts)\b/.test(path)),
    [],
  );
});

test("is small, and so is all that a page needs of it: README's numbers", () => {
  const [packed, lean] = [consumer.tarballBytes / 1e6, consumer.lean.bytes / 1e6];
  console.log(`# the package: ${packed.toFixed(2)} MB; without optional dependencies ${lean.toFixed(1)} MB on the disk`);
  assert.ok(packed < 1.5 && lean < 10, `${packed} and ${lean} MB`);
  assert.match(readFileSync("README.md", "utf8"), /--omit=optional` brings less than 10 MB/);
});

test("without its optional dependencies it says what is missing, in a line, and does what needs none of them", () => {
  const command = (...args: string[]) => consumer.lean.run(process.execPath, "node_modules/intarsia/bin/intarsia.js", ...args);
  const models = command("models", "mnist_net");
  assert.is(models.status, 0, models.stderr);
  const doctor = command("doctor");
  assert.is(doctor.status, 2);
  assert.match(doctor.stderr, /^intarsia doctor: no WebGPU adapter: [^\n]*the npm package [^\n]* is not installed[^\n]*\n$/);
  const explain = command("explain", "--random-weights", "1", "--model", "mnist_net");
  assert.is(explain.status, 2);
  assert.match(explain.stderr, /^intarsia: [^\n]*@vladmandic\/face-api[^\n]*\n$/);
});

test("links of the README and of its pages lead to what is in the package", () => {
  const pages = consumer.packed.filter((path) => /^(README|docs\/[^/]+)\.md$/.test(path));
  assert.ok(pages.length > 10);
  let links = 0;
  for (const page of pages) {
    const markdown = readFileSync(join(consumer.folder, "node_modules/intarsia", page), "utf8").replaceAll(/```[\s\S]*?```|`[^`\n]*`/g, "");
    for (const [, target] of markdown.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)) {
      if (/^https:/.test(target)) continue;
      links++;
      assert.ok(consumer.packed.includes(join(page, "..", target)), `${page}: ${target}`);
    }
  }
  assert.ok(links > 20, `${links} links`);
});

test("every entry loads without tsx", () => {
  writeFileSync(
    join(consumer.folder, "entries.js"),
    entries.map((entry, i) => `import * as e${i} from "${entry}";\n`).join("") + `console.log("loaded");`,
  );
  const { stdout, stderr } = consumer.run(process.execPath, "entries.js");
  assert.is(stdout.trim(), "loaded", stderr);
});

test("the README's program runs", () => {
  writeFileSync(join(consumer.folder, "program.js"), programs[0]);
  const { stdout, stderr, status } = consumer.run(process.execPath, "program.js");
  assert.is(status, 0, stderr);
  assert.match(stdout, /^step 200: loss 0\.\d+$/m);
});

test("its types are found and fit the README's programs", () => {
  writeFileSync(join(consumer.folder, "program.ts"), readFileSync("examples/first-model.ts"));
  writeFileSync(join(consumer.folder, "learn.ts"), programs[1]);
  // Its @types/node is the user's own.
  const types = ["--types", "node", "--typeRoots", resolve("node_modules/@types")];
  const tsc = resolve("node_modules/typescript/bin/tsc");
  const options = ["--strict", "--module", "nodenext", "--target", "es2023", "--skipLibCheck", ...types];
  const { stdout, status } = consumer.run(process.execPath, tsc, ...options, "--noUncheckedIndexedAccess", "program.ts", "learn.ts");
  assert.is(status, 0, stdout);
});

test("the README's training learns pictures; stopped, killed and begun again, it ends in the same bits", async () => {
  writeDigits(consumer.folder);
  const weights = join(consumer.folder, "pictures.safetensors");
  const whole = await consumer.start("learn.js");
  assert.is(whole.code, 0, whole.stderr);
  assert.match(whole.stdout, /^accuracy (0\.[89]\d*|1\.0*)$/m);
  assert.match(whole.stdout, /^picture\.png: three$/m);
  const expected = readFileSync(weights);
  for (const name of ["runs", "pictures.safetensors"]) rmSync(join(consumer.folder, name), { recursive: true });
  const stopped = await consumer.start("learn.js", { signal: "SIGINT", after: "round 2/10" });
  assert.is(stopped.code, 130, stopped.stderr);
  assert.match(stopped.stderr, /saving, then leaving[^\n]*\nsaved in runs\/pictures\/checkpoint\.safetensors\n$/);
  const killed = await consumer.start("learn.js", { signal: "SIGKILL", after: "round 5/10" });
  assert.is(killed.code, null);
  assert.not.match(killed.stderr, "round 1/10");
  const rest = await consumer.start("learn.js");
  assert.is(rest.code, 0, rest.stderr);
  assert.not.match(rest.stderr, "round 4/10");
  assert.ok(readFileSync(weights).equals(expected));
});

test("the command says what it can do", () => {
  const { stdout, status, stderr } = consumer.run(process.execPath, "node_modules/intarsia/bin/intarsia.js", "--help");
  assert.is(status, 0, stderr);
  for (const command of ["start", "mil", "doctor"]) assert.match(stdout, new RegExp(`^  ${command} `, "m"));
});

test("a browser bundle holds no node: module and no Dawn", async () => {
  const pure = entries.filter((entry) => !entry.endsWith("/node"));
  const { metafile } = await build({
    stdin: { contents: pure.map((entry, i) => `export * as e${i} from "${entry}";`).join("\n"), resolveDir: consumer.folder },
    bundle: true,
    write: false,
    metafile: true,
    platform: "browser",
    format: "esm",
    logLevel: "silent",
  });
  const inputs = Object.keys(metafile.inputs);
  assert.ok(inputs.some((path) => path.endsWith("dist/runtime/browser.js")));
  assert.equal(
    inputs.filter((path) => /runtime\/node\.js|node_modules\/(webgpu|@sparticuz)\//.test(path)),
    [],
  );
  assert.equal(
    Object.values(metafile.outputs).flatMap((output) => output.imports),
    [],
  );
});

test.run();
