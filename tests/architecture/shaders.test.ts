/** Shaders are source: each file parses alone, begins with a sketch of what it does, and is in the bundle. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { bundled, includedFiles, SHADER_MODULE, shaderFiles, shaderModule } from "../../scripts/shader-source.ts";
import { SHADERS } from "../../src/kernels/wgsl/shaders.gen.ts";

const read = (path: string): string => readFileSync(`shaders/${path}`, "utf8");

test("the bundle is fresh (npm run shaders)", () => {
  assert.ok(readFileSync(SHADER_MODULE, "utf8") === shaderModule(), `${SHADER_MODULE} is stale: npm run shaders`);
});

test("the bundle holds the files' own text, without comments at the left edge and with what they include", () => {
  const all: Readonly<Record<string, string>> = SHADERS;
  for (const path of shaderFiles()) {
    const text = all[path.replace(/\.wgsl$/, "")];
    assert.is(text, bundled(path));
    const own = read(path).split("\n");
    const included = own.flatMap((line) => /^ *\/\/ include (\S+)$/.exec(line)?.slice(1) ?? []);
    const rest = own.filter((line) => !/^\/\/|^ *\/\/ include /.test(line));
    const lines = text.split("\n");
    assert.ok(lines.length >= rest.length + included.length, path);
    assert.equal(
      lines.filter((line) => line !== "" && /^\/\/|\/\/ include/.test(line)),
      [],
      path,
    );
    let at = 0;
    for (const line of lines) if (line === rest[at]) at++;
    assert.is(at, rest.length, `${path}: ${rest[at]}`);
  }
});

test("what is included is included by several, and says what it does", () => {
  for (const path of includedFiles()) {
    const name = path.slice(path.indexOf("/") + 1);
    const users = shaderFiles().filter((template) => read(template).includes(`// include ${name}\n`));
    assert.ok(users.length > 1, `${path} is included by ${users.join(", ") || "none"}`);
    assert.match(read(path), /^\/\/ /);
  }
});

for (const path of shaderFiles()) {
  test(`${path} begins with a comment and parses, with what it includes and alone`, () => {
    const text = read(path);
    assert.match(text, /^\/[/*]/);
    for (const source of [text, bundled(path)]) assert.ok(new WgslReflect(source).functions.length > 0, "holds no function");
  });
}

for (const path of shaderFiles().filter((file) => !file.startsWith("lib/"))) {
  test(`${path} begins with numbered steps and the names that the lowering provides`, () => {
    const sketch = /^(?:\/\/.*\n)+/.exec(read(path))?.[0] ?? "";
    assert.match(sketch, /^\/\/ A (workgroup|thread)/m);
    assert.match(sketch, /^\/\/ {3}1\. /m);
    const code = bundled(path).replace(/\/\/.*/g, "");
    const own = new Set([...code.matchAll(/^(?:const|fn) (\w+)/gm)].map(([, name]) => name));
    const sizes = [...code.matchAll(/\b[A-Z][A-Z0-9_]*\b/g)].map(([name]) => name);
    const functions = [...code.matchAll(/\b((?:load|store|add|finish)\w*)\(/g)].map(([, name]) => name);
    const isNamed = (name: string): boolean => new RegExp(`\\b(${name}|${name.replace(/_[HW]|_(TOP|LEFT)$/, "_\\*")})(?!\\w)`).test(sketch);
    assert.equal(
      [...new Set([...sizes, ...functions])].filter((name) => !own.has(name) && !isNamed(name)),
      [],
    );
  });
}

test("the library, which is called in unrolled code, has no short-circuits: each is a branch that SwiftShader compiles for seconds", () => {
  const libraries = shaderFiles().filter((path) => path.startsWith("lib/"));
  assert.ok(libraries.length > 2);
  assert.equal(
    libraries.filter((path) => /&&|\|\|/.test(read(path).replace(/\/\/.*/g, ""))),
    [],
  );
});

test.run();
