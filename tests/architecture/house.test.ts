/** The house rules that a program can check: small files, documented folders, no dead commands, no private paths. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { testFiles } from "../run.ts";
import { fileProblems } from "../support/totals.ts";
import { isGenerated, lines, repositoryFiles } from "./source.ts";

const CODE = /\.(ts|js|mjs|wgsl)$/;
const files = repositoryFiles();
const code = files.filter((path) => CODE.test(path) && !isGenerated(path));
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  scripts: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

test("files are small: 300 lines, examples 100", () => {
  const limit = (path: string): number => (path.startsWith("examples/") ? 100 : 300);
  const long = code.filter((path) => lines(path).length > limit(path)).map((path) => `${path}: ${lines(path).length} lines`);
  assert.equal(long, []);
});

test("every source file says what it is", () => {
  const begins = (path: string): boolean => /^(#!.*\n)?(\/\*\*|\/\/ \S)/.test(readFileSync(path, "utf8"));
  const silent = code.filter((path) => /^(src|examples|bench|scripts|shaders|tests|web)\//.test(path) && !begins(path));
  assert.equal(silent, []);
});

test("every test file runs what it declares", () => {
  const problems = testFiles().flatMap((path) => fileProblems(readFileSync(path, "utf8")).map((problem) => `${path}: ${problem}`));
  assert.equal(problems, []);
});

test("every folder of src is described in docs/architecture.md", () => {
  const text = readFileSync("docs/architecture.md", "utf8");
  const folders = [...new Set(files.filter((path) => path.startsWith("src/")).map(dirname))].filter((folder) => folder !== "src");
  assert.equal(
    folders.filter((folder) => !text.includes(`\`${folder}/\``)),
    [],
  );
});

test("no folder of src has more than 16 files", () => {
  const counts = new Map<string, number>();
  for (const path of files.filter((path) => path.startsWith("src/"))) counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  assert.equal(
    [...counts].filter(([, count]) => count > 16),
    [],
  );
});

/** Layers and schedules are called by their namespace (`nn.linear`), an op by its function; Node and browsers have one `openDevice` each. */
const NAMESPACES = /^src\/(models\/nn\/|models\/optimizers\/schedules\.ts|graph\/ops\/|runtime\/(browser|node)\.ts)/;

test("an exported name means one thing in the whole project", () => {
  const homes = new Map<string, string[]>();
  for (const path of code.filter((path) => path.startsWith("src/") && !NAMESPACES.test(path)))
    for (const [, name] of readFileSync(path, "utf8").matchAll(/^export (?:async )?(?:const|function|class|interface|type) (\w+)/gm))
      homes.set(name, [...new Set([...(homes.get(name) ?? []), path])]);
  assert.equal(
    [...homes].filter(([, paths]) => paths.length > 1),
    [],
  );
});

test("every path that the documents name exists", () => {
  const documents = files.filter((path) => path.endsWith(".md"));
  const missing = documents.flatMap((document) =>
    [...readFileSync(document, "utf8").matchAll(/`((?:src|tests|shaders|docs|scripts|examples|bench|bin)\/[\w./-]*)`|\]\(([\w./-]+)\)/g)]
      .map((match) => match[1] ?? `${dirname(document)}/${match[2]}`)
      .filter((path) => !/\bNAME\b/.test(path) && !existsSync(path))
      .map((path) => `${document}: ${path}`),
  );
  assert.equal(missing, []);
});

test("every npm command in the documents is a script", () => {
  const unknown = files
    .filter((path) => path.endsWith(".md"))
    .flatMap((path) =>
      [...readFileSync(path, "utf8").matchAll(/npm (?:run ([\w-]+)|(start|test)\b)/g)].map((match) => match[1] ?? match[2]),
    )
    .filter((name) => !(name in manifest.scripts));
  assert.equal(unknown, []);
});

test("nothing names a private path, and the lock file no registry", () => {
  const own = "tests/architecture/house.test.ts";
  const text = files.filter((path) => /\.(ts|js|mjs|json|md|wgsl|py|txt|html|yml)$|^\.ci\//.test(path) && path !== own);
  const bad = text.filter((path) => /\/work\/|\/root\/|\/home\/\w|\/tmp\/[a-z]/.test(readFileSync(path, "utf8")));
  assert.equal(bad, []);
  assert.not.match(readFileSync("package-lock.json", "utf8"), /"resolved": "https?:/);
});

test("versions are exact, and the published entries have sources", () => {
  const versions = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.devDependencies };
  assert.equal(
    Object.entries(versions).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version)),
    [],
  );
  const sources = Object.values(manifest.exports).map((entry) => (typeof entry === "string" ? entry : entry["intarsia-source"]));
  assert.equal(
    sources.filter((path) => !existsSync(path)),
    [],
  );
});

test("every package in package.json is used, and the published ones by src", () => {
  const uses = (path: string, name: string): boolean => new RegExp(`["'/]${name}["'/]`).test(readFileSync(path, "utf8"));
  const published = { ...manifest.dependencies, ...manifest.optionalDependencies };
  const sources = code.filter((path) => path.startsWith("src/"));
  const everywhere = [...code, ...files.filter((path) => /(^|\/)(tsconfig.*|biome)\.json$/.test(path))];
  const idle = [
    ...Object.keys(published).filter((name) => !sources.some((path) => uses(path, name))),
    ...Object.keys(manifest.devDependencies).filter((name) => !name.startsWith("@types/") && !everywhere.some((path) => uses(path, name))),
  ];
  assert.equal(idle, []);
});

test("every example is run by a test", () => {
  const tests = testFiles().map((path) => readFileSync(path, "utf8"));
  const examples = files.filter((path) => path.startsWith("examples/") && path.endsWith(".ts"));
  assert.equal(
    examples.filter((path) => !tests.some((text) => text.includes(basename(path)))),
    [],
  );
});

test.run();
