/** Shaders are source: each file parses alone, begins with its tiling and shapes, and is in the bundle as it stands. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import { SHADER_MODULE, shaderFiles, shaderModule } from "../../scripts/shader-source.ts";
import { SHADERS } from "../../src/kernels/wgsl/shaders.gen.ts";

test("the bundle is fresh (npm run shaders)", () => {
  assert.ok(readFileSync(SHADER_MODULE, "utf8") === shaderModule(), `${SHADER_MODULE} is stale: npm run shaders`);
});

test("the bundle holds the files' own text", () => {
  const bundled: Readonly<Record<string, string>> = SHADERS;
  const differing = shaderFiles().filter((path) => bundled[path.replace(/\.wgsl$/, "")] !== readFileSync(`shaders/${path}`, "utf8"));
  assert.equal(differing, []);
});

for (const path of shaderFiles()) {
  test(`${path} begins with a comment and parses alone`, () => {
    const text = readFileSync(`shaders/${path}`, "utf8");
    assert.match(text, /^\/[/*]/);
    assert.ok(new WgslReflect(text).functions.length > 0, "holds no function");
  });
}

test("the library, which is called in unrolled code, has no short-circuits: each is a branch that SwiftShader compiles for seconds", () => {
  const libraries = shaderFiles().filter((path) => path.startsWith("lib/"));
  assert.ok(libraries.length > 2);
  assert.equal(
    libraries.filter((path) => /&&|\|\|/.test(readFileSync(`shaders/${path}`, "utf8").replace(/\/\/.*/g, ""))),
    [],
  );
});

test.run();
