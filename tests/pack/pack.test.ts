/** The package that `npm pack` makes, installed in an empty folder: programs, types, the command, a browser bundle. */
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { makeConsumer } from "./consumer.ts";

const consumer = makeConsumer();
const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, unknown> };
const entries = Object.keys(exports)
  .filter((entry) => entry !== "./package.json")
  .map((entry) => entry.replace(/^\./, "intarsia"));

test.after(() => consumer.remove());

test("holds the build, and neither sources nor tests", () => {
  assert.ok(consumer.packed.includes("dist/index.js") && consumer.packed.includes("dist/index.d.ts"));
  assert.equal(
    consumer.packed.filter((path) => /^(src|tests|shaders|examples|scripts)\b/.test(path)),
    [],
  );
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
  const program = /```ts\n([\s\S]*?)```/.exec(readFileSync("README.md", "utf8"))?.[1] ?? "";
  writeFileSync(join(consumer.folder, "program.js"), program);
  const { stdout, stderr, status } = consumer.run(process.execPath, "program.js");
  assert.is(status, 0, stderr);
  assert.match(stdout, /^step 200: loss 0\.\d+$/m);
});

test("its types are found and fit the README's program", () => {
  writeFileSync(join(consumer.folder, "program.ts"), readFileSync("examples/first-model.ts"));
  const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2023", "--skipLibCheck"];
  const { stdout, status } = consumer.run(process.execPath, resolve("node_modules/typescript/bin/tsc"), ...options, "program.ts");
  assert.is(status, 0, stdout);
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
