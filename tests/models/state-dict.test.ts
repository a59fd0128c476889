/** State dictionaries: keys, shapes, and what a strict load reports. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { grad, input, sum } from "../../src/graph/index.ts";
import {
  adam,
  createParams,
  createTraining,
  matchState,
  nn,
  pairs,
  stateDict,
  stateProblems,
  type Params,
} from "../../src/models/index.ts";

function model(): Params {
  const p = createParams();
  const training = createTraining();
  const x = nn.batchNorm(p.at("bn"), nn.linear(p.at("fc"), input("x", [4, 3]), { out: 2 }), { training });
  const weights = p.trainable();
  adam(pairs(weights, grad(sum(x), weights)), { lr: 1 });
  return p;
}

const fileOf = (shapes: Readonly<Record<string, readonly number[]>>) =>
  new Map(Object.entries(shapes).map(([key, shape]) => [key, { shape }]));
const fits = {
  "fc.weight": [2, 3],
  "fc.bias": [2],
  "bn.weight": [2],
  "bn.bias": [2],
  "bn.running_mean": [2],
  "bn.running_var": [2],
  "bn.num_batches_tracked": [],
};

test("a state dict has PyTorch's keys, its counters as I64, and no optimizer", () => {
  assert.equal(
    stateDict(model()).map(({ key, path, shape, dtype }) => [key, path === key, [...shape], dtype]),
    Object.entries(fits).map(([key, shape]) => [key, true, shape, key.endsWith("tracked") ? "I64" : "F32"]),
  );
});

test("a file that fits is copied key by key", () => {
  const match = matchState(stateDict(model()), fileOf(fits));
  assert.is(stateProblems(match), null);
  assert.equal(
    match.copies,
    Object.keys(fits).map((key) => ({ source: key, path: key })),
  );
});

test("what is missing, unexpected or of another shape is reported by name", () => {
  const { "fc.bias": _, ...rest } = fits;
  const match = matchState(stateDict(model()), fileOf({ ...rest, "fc.weight": [3, 2], "fc2.weight": [1] }));
  assert.equal(match.copies.length, 5);
  assert.is(stateProblems(match), "missing: fc.bias\nunexpected: fc2.weight\nfc.weight: expected [2, 3], found [3, 2]");
});

test("keys can be renamed or passed over", () => {
  const file = fileOf({ ...Object.fromEntries(Object.entries(fits).map(([key, shape]) => [`module.${key}`, shape])), epoch: [] });
  const rename = (key: string): string | null => (key === "epoch" ? null : key.replace(/^module\./, ""));
  const match = matchState(stateDict(model()), file, { rename });
  assert.is(stateProblems(match), null);
  assert.equal(match.copies[0], { source: "module.fc.weight", path: "fc.weight" });
  assert.throws(() => matchState(stateDict(model()), fileOf(fits), { rename: () => "fc.bias" }), /are both meant for "fc.bias"/);
});

test("of tied keys, one in the file is enough", () => {
  const p = createParams();
  const weight = p.at("embedding").variable("weight", [5, 3]);
  p.at("decoder").alias("weight", weight);
  const entries = stateDict(p);
  assert.equal(
    entries.map(({ key, path }) => [key, path]),
    [
      ["embedding.weight", "embedding.weight"],
      ["decoder.weight", "embedding.weight"],
    ],
  );
  for (const keys of [["embedding.weight"], ["decoder.weight"], ["embedding.weight", "decoder.weight"]]) {
    const match = matchState(entries, fileOf(Object.fromEntries(keys.map((key) => [key, [5, 3]]))));
    assert.is(stateProblems(match), null);
    assert.ok(match.copies.every(({ path }) => path === "embedding.weight"));
  }
  assert.is(stateProblems(matchState(entries, fileOf({}))), "missing: embedding.weight\nmissing: decoder.weight");
});

test.run();
