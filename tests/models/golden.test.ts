/** Layers, losses and optimizers against PyTorch, on the f64 reference. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { layers, losses, optimizers, type Runner } from "./cases.ts";
import { modules } from "./module-cases.ts";
import { sets } from "./set-cases.ts";
import { compare, readCases, referenceEngine, referenceTolerance } from "./golden.ts";

const { conv2d, convTranspose2d, maxPool2d, avgPool2d } = layers;
const files: Readonly<Record<string, Readonly<Record<string, Runner>>>> = {
  "layers.json": layers,
  "windows.json": { conv2d, convTranspose2d, maxPool2d, avgPool2d },
  "modules.json": modules,
  "sets.json": sets,
  "losses.json": losses,
  "optimizers.json": optimizers,
};

for (const [file, runners] of Object.entries(files)) {
  const cases = readCases(file);
  for (const golden of cases)
    test(`reference: ${golden.name}`, async () => {
      const run = runners[golden.kind];
      assert.ok(run, `nothing makes a golden case of kind ${golden.kind}`);
      const engine = referenceEngine();
      compare(golden, await run(golden, engine), referenceTolerance(golden));
    });
  test(`${file} has a case for every kind`, () => {
    assert.equal([...new Set(cases.map(({ kind }) => kind))].sort(), Object.keys(runners).sort());
  });
}

test.run();
