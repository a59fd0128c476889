/** Weights and the form of the network that they fit: head, number of classes, keys that differ. Nothing is computed. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";
import { type Tensors, tensorSource } from "../../src/data/index.ts";
import { input, sizeOf } from "../../src/graph/index.ts";
import { createParams, stateDict } from "../../src/models/index.ts";
import {
  type BuildOptions,
  fitWeights,
  NETWORK_NAMES,
  type NetworkEntry,
  NETWORKS,
  networkOf,
  untrained,
} from "../../src/networks/index.ts";
import { vgg } from "../../src/models/index.ts";

const SHAPE = [3, 32, 32] as const;

/** VGG of two layers, so that files are small. */
const ENTRY: NetworkEntry = {
  ...NETWORKS.vgg16,
  build: (p, image, options = {}) =>
    networkOf("small", p, image, vgg(p, image, { variant: { blocks: [[2], [3]], hidden: 4 }, ...options })),
};

function file(options: BuildOptions): Record<string, Tensors[string]> {
  const p = createParams();
  ENTRY.build(p, input("image", [1, ...SHAPE]), options);
  const tensors = stateDict(p).map(({ key, shape }) => [key, { shape, dtype: "F32" as const, data: new Float32Array(sizeOf(shape)) }]);
  return Object.fromEntries(tensors);
}

const fit = (tensors: Tensors, options = {}) => fitWeights("small", ENTRY, SHAPE, options, tensorSource(tensors, "FILE"));
const refused = (run: () => unknown, message: RegExp): void => {
  assert.throws(run, (error: unknown) => error instanceof UserError && message.test(error.message) && !error.message.includes("\n"));
};

test("the number of classes is the file's", () => {
  for (const classes of [7, 1000]) {
    const loaded = fit(file({ classes }));
    assert.is(loaded.classes, classes);
    assert.equal([...loaded.build(input("image", [2, ...SHAPE])).logits.shape], [2, classes]);
    assert.is(loaded.note, null);
  }
});

test("the head is the one that the file has", () => {
  const cam = fit(file({ head: "cam", classes: 4 }));
  assert.equal(cam.build(input("image", [1, ...SHAPE])).classifier?.shape, [4, 1024]);
  assert.is(fit(file({ classes: 4 })).build(input("image", [1, ...SHAPE])).classifier, null);
  refused(() => fit(file({ classes: 4 }), { head: "cam" }), /^FILE: not the weights of small: missing: conv6\.weight; /);
});

test("what does not fit is told, at most four things", () => {
  const { "features.0.weight": first, ...rest } = file({ classes: 5 });
  refused(() => fit(rest), /^FILE: not the weights of small: missing: features\.0\.weight$/);
  refused(
    () => fit({ ...rest, "features.0.weight": { ...first, shape: [3, 2, 3, 3] } }),
    /features\.0\.weight: expected \[2, 3, 3, 3\], found \[3, 2, 3, 3\]$/,
  );
  refused(() => fit({ ...file({ classes: 5 }), more: first }), /unexpected: more; --non-strict passes over/);
  refused(() => fit({ other: first }), /missing: .*; .* and \d+ more; the file holds 1 tensor, other \[2, 3, 3, 3\]$/);
});

test("--non-strict passes over keys, but not over shapes or strangers", () => {
  const { "features.0.weight": first, ...rest } = file({ classes: 5 });
  assert.match(fit({ ...rest, more: first }, { nonStrict: true }).note ?? "", /^left random: features\.0; passed over: more$/);
  refused(() => fit({ ...rest, "features.0.weight": { ...first, shape: [3, 2, 3, 3] } }, { nonStrict: true }), /expected/);
  refused(() => fit({ other: first }, { nonStrict: true }), /not the weights of small/);
});

const under = (prefix: string, tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [prefix + key, tensor]));

test("a prefix before all keys is taken off and told, whatever it is", () => {
  for (const prefix of [
    "module.",
    "_orig_mod.",
    "model.",
    "module._orig_mod.",
    "state_dict.",
    "model_state_dict.module.",
    "ema.net.0.",
    "ü.",
  ]) {
    const loaded = fit(under(prefix, file({ classes: 7 })));
    assert.is(loaded.classes, 7, prefix);
    assert.is(loaded.note, `keys were taken without their prefix "${prefix}"`);
    assert.is(fit(under(prefix, file({ head: "cam", classes: 3 }))).classes, 3);
  }
});

test("a prefix is taken off only where all keys fit then", () => {
  const whole = file({ classes: 5 });
  const { "features.0.weight": first, ...rest } = whole;
  refused(() => fit(under("module.", rest)), /^FILE: not the weights of small \(keys below "module\."\): missing: features\.0\.weight$/);
  refused(() => fit({ ...under("module.", whole), n_averaged: first }), /unexpected: n_averaged; --non-strict passes over/);
  refused(
    () => fit({ ...under("module.", rest), "features.0.weight": first }),
    /missing: features\.0\.weight; unexpected: features\.0\.weight/,
  );
  const other = { ...first, shape: [3, 2, 3, 3] };
  refused(() => fit({ ...under("a.b.", rest), "a.b.features.0.weight": other }), /features\.0\.weight: expected/);
  const checkpoint = { ...under("model_state_dict.", whole), ...under("optimizer_state_dict.state.", { "0.exp_avg": first }) };
  assert.is(
    fit(checkpoint, { nonStrict: true }).note,
    'keys were taken without their prefix "model_state_dict."; passed over: optimizer_state_dict.state.0.exp_avg',
  );
});

test("--non-strict names the layers that are left random", () => {
  const { "features.0.weight": _first, "features.0.bias": _bias, "classifier.0.weight": _second, ...rest } = file({ classes: 5 });
  assert.is(fit(rest, { nonStrict: true }).note, "left random: features.0, classifier.0");
});

test("a picture size that does not fit is told at once", () => {
  refused(() => untrained(NETWORKS.vgg_f, [3, 300, 300], 0, {}), /images of 300 x 300 leave 4 x 4 outputs/);
});

test("the layer that is looked at has the outermost name", () => {
  const features = (name: keyof typeof NETWORKS): string =>
    NETWORKS[name].build(createParams(), input("image", [1, NETWORKS[name].preparation.mean.length, ...NETWORKS[name].preparation.size]))
      .features;
  const names = (["vgg16", "resnet50", "mobilenet_v1", "mobilenet_v2", "vgg_f", "face_expression", "mnist_net"] as const).map(features);
  assert.equal(names, ["features", "layer4", "model", "features", "pool5", "dense3", "2"]);
});

test("every network knows its last layer with places, its classes and its preparation", () => {
  for (const name of NETWORK_NAMES) {
    const { build, preparation, classes, labels } = NETWORKS[name];
    const network = build(createParams(), input("image", [1, preparation.mean.length, ...preparation.size]));
    assert.is(network.layer(network.features).shape.length, 4, name);
    assert.equal([...network.logits.shape], [1, classes], name);
    assert.is(labels?.length, classes, name);
    assert.is(new Set(network.layers).size, network.layers.length, name);
  }
});

test.run();
