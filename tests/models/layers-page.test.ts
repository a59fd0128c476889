/** docs/layers.md names functions that exist, lists every layer, and shows a program that works. */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as graph from "../../src/graph/index.ts";
import { constant, evaluate, grad, sum, square } from "../../src/graph/index.ts";
import * as models from "../../src/models/index.ts";
import { createParams, createTraining, nn } from "../../src/models/index.ts";
import { fill, fillState } from "./golden.ts";
import { block } from "./transformer-block.ts";

const page = readFileSync("docs/layers.md", "utf8");
/** Names in the second column of a section's table. */
const listed = (section: string): string[] =>
  (page.split("\n## ").find((text) => text.startsWith(section)) ?? "")
    .split("\n")
    .filter((line) => line.startsWith("|") && line.includes("`"))
    .flatMap((line) => [...line.split("|")[2].matchAll(/`(?:parametrization: nn\.)?([a-zA-Z0-9]+)[^`]*`/g)].map((match) => match[1]));

test("every layer is listed, and what is listed exists", () => {
  // Not a layer: it makes the mask of `lstm`.
  const layers = Object.keys(nn).filter((name) => name !== "lengthMask");
  assert.equal(listed("`nn`").sort(), layers.sort());
  assert.equal(
    listed("Functions").filter((name) => !(name in graph)),
    [],
  );
  const sets = listed("Sets");
  assert.ok(sets.length >= 10);
  assert.equal(
    sets.filter((name) => !(name in models)),
    [],
  );
});

test("the block that the page shows has an output and finite gradients", () => {
  const source = readFileSync("tests/models/transformer-block.ts", "utf8");
  const shown = source.slice(source.indexOf("import"), source.length).replace("export function", "function").trim();
  assert.ok(page.includes(shown), "docs/layers.md differs from tests/models/transformer-block.ts");
  const p = createParams();
  const training = createTraining({ seed: 2 });
  const y = block(p, constant(Float32Array.from(fill("block", [2, 3, 8])), [2, 3, 8]), training);
  const state = p.all().map(({ attrs }) => [attrs.path, fillState("block", attrs.path, attrs.shape)] as const);
  const found = evaluate([y, ...grad(sum(square(y)), p.trainable())], new Map([...state, ["random", Float64Array.of(0, 0)] as const]));
  assert.equal([...found[0].shape], [2, 3, 8]);
  for (const { data } of found) assert.ok(data.every(Number.isFinite) && data.some((value) => value !== 0));
});

test.run();
