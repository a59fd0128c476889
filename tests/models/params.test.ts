/** Paths of parameters: places, sharing, what is refused. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, evaluate, GraphError, input, type Node } from "../../src/graph/index.ts";
import { createParams, lenet, mlp, mnistNet, nn, type Params } from "../../src/models/index.ts";

const fails = (call: () => unknown, message: RegExp): void => {
  try {
    call();
  } catch (error) {
    assert.ok(error instanceof GraphError, String(error));
    assert.match((error as Error).message, message);
    return;
  }
  assert.unreachable(`expected an error that matches ${message}`);
};

const paths = (p: Params): string[] => p.all().map(({ attrs }) => attrs.path);

test("a path is made of the places on the way", () => {
  const p = createParams({ prefix: "model" });
  assert.is(p.at("layer1").at("0").path, p.at("layer1.0").path);
  assert.is(p.at("layer1.0").variable("weight", [2]).attrs.path, "model.layer1.0.weight");
  assert.equal(paths(p.at("layer1")), ["model.layer1.0.weight"]);
  assert.equal(paths(p.at("layer")), []);
});

test("two layers at one path are an error, unless it is said that they share", () => {
  const x = input("x", [2, 3]);
  const p = createParams();
  const first = nn.linear(p.at("fc"), x, { out: 4 });
  fails(() => nn.linear(p.at("fc"), x, { out: 4 }), /fc\.weight: the variable exists already; say p\.shared\(\)/);
  const again = nn.linear(p.shared().at("fc"), input("y", [5, 3]), { out: 4 });
  assert.is(again.inputs[0].inputs[1], first.inputs[0].inputs[1]);
  assert.is(p.all().length, 2);
  fails(() => nn.linear(p.shared().at("fc"), x, { out: 5 }), /fc\.weight: expected a shared variable of f32 \[5, 3\], found f32 \[4, 3\]/);
});

test("tied keys are one variable under two names", () => {
  const p = createParams();
  const weight = p.at("embedding").variable("weight", [7, 3]);
  p.at("decoder").alias("weight", weight);
  const logits = nn.linear(p.at("decoder"), input("x", [2, 3]), { out: 7, bias: false });
  assert.is(logits.inputs[1], weight);
  assert.equal(paths(p), ["embedding.weight"]);
  assert.equal(p.aliases(), [["decoder.weight", "embedding.weight"]]);
  fails(() => p.at("decoder").variable("weight", [7, 3]), /exists already/);
  fails(() => p.at("decoder").alias("weight", weight), /cannot be tied/);
  fails(() => createParams().alias("weight", weight), /not of this model/);
});

test("what is trained can be chosen by path", () => {
  const p = createParams();
  mlp(p, input("x", [2, 3]), { widths: [4, 2] });
  assert.equal(
    p.trainable((path) => !path.startsWith("0.")).map(({ attrs }) => attrs.path),
    ["2.weight", "2.bias"],
  );
});

test("intermediate results are found by path", () => {
  const p = createParams();
  const out = mnistNet(p, input("x", [1, 1, 28, 28]));
  assert.equal(p.taps(), ["0", "1", "2", "3", "4", "5", "6"]);
  assert.equal([...p.tapped("3").shape], [1, 50, 4, 4]);
  assert.is(p.at("6").tapped(""), out.inputs[0]);
  fails(() => p.tapped("7"), /7: nothing is tapped here; there are 0, 1, 2/);
});

test("a tap of a shared model wants to know which use", () => {
  const p = createParams().shared();
  const apply = (key: string): Node => nn.linear(p.at("fc"), input(key, [1, 2]), { out: 1 });
  const [real, fake] = [apply("real"), apply("fake")];
  assert.is(p.tapped("fc", 0), real);
  assert.is(p.tapped("fc", 1), fake);
  fails(() => p.tapped("fc"), /tapped 2 times/);
  fails(() => p.tapped("fc", 2), /no use 2/);
});

test("adding a layer changes no other layer's weights", () => {
  const weights = (extra: boolean): ArrayLike<number> => {
    const p = createParams();
    const x = input("x", [1, 3]);
    if (extra) nn.linear(p.at("new"), x, { out: 9 });
    nn.linear(p.at("old"), x, { out: 4 });
    const weight = p.all().find(({ attrs }) => attrs.path === "old.weight") as Node;
    return evaluate([weight], new Map(), { seed: 3 })[0].data;
  };
  assert.equal(weights(true), weights(false));
});

test("weights begin in PyTorch's ranges", () => {
  const p = createParams();
  nn.conv2d(p.at("conv"), input("image", [1, 8, 6, 6]), { out: 64, kernelSize: 5, groups: 2 });
  nn.lstm(p.at("lstm"), input("sequence", [2, 3, 40]), { hidden: 25, bidirectional: true });
  const bounds = { conv: 1 / Math.sqrt(4 * 25), lstm: 1 / Math.sqrt(25) };
  for (const node of p.all()) {
    const { data } = evaluate([node], new Map(), { seed: 1 })[0];
    const bound = bounds[node.attrs.path.split(".")[0] as "conv" | "lstm"];
    const largest = Math.max(...Array.from(data, Math.abs));
    assert.ok(largest <= bound && largest > 0.9 * bound, `${node.attrs.path}: ${largest} of ${bound}`);
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    assert.ok(Math.abs(mean) < (4 * bound) / Math.sqrt(3 * data.length), `${node.attrs.path}: mean ${mean}`);
  }
});

test("LeNet has the keys and the size of its source", () => {
  const p = createParams();
  const { local, global } = lenet(p, input("x", [2, 1, 28, 28]));
  assert.equal(
    [local.shape, global.shape],
    [
      [2, 50, 4, 4],
      [2, 500],
    ],
  );
  assert.is(p.tapped("feature_extractor_part1"), local);
  assert.equal(
    paths(p),
    ["part1.0", "part1.3", "part2.0"].flatMap((at) => [`feature_extractor_${at}.weight`, `feature_extractor_${at}.bias`]),
  );
  const size = p.all().reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), 0);
  assert.is(size, 426070);
});

test("errors name the layer", () => {
  const p = createParams();
  const x = input("x", [2, 3]);
  fails(
    () => nn.conv2d(p.at("layer1.conv2"), x, { out: 4, kernelSize: 3 }),
    /conv2d at layer1\.conv2: expected \[N, C, H, W\], got \[2, 3\]/,
  );
  fails(() => nn.conv2d(p.at("c"), input("i", [1, 3, 4, 4]), { out: 4, kernelSize: 3, groups: 2 }), /c: 3 channels do not divide/);
  fails(() => nn.linear(p.at("fc"), input("v", [3]), { out: 4 }), /linear at fc/);
  fails(() => nn.lstm(p.at("rnn"), x, { hidden: 4 }), /lstm at rnn: expected \[B, L, F\]/);
  const mask = input("mask", [2, 5], "i32");
  fails(() => nn.lstm(p.at("rnn"), input("s", [2, 4, 3]), { hidden: 4, mask }), /expected a mask of \[2, 4\], got \[2, 5\]/);
  fails(() => add(nn.linear(p.at("a"), x, { out: 4 }), nn.linear(p.at("b"), x, { out: 5 })), /broadcast/);
});

test.run();
