/** Weights and the form of the network that they fit: head, number of classes, keys that differ. Nothing is computed. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../../src/data/errors.ts";
import { type Tensors, tensorSource } from "../../../src/data/index.ts";
import { input, sizeOf } from "../../../src/graph/index.ts";
import { createParams, stateDict } from "../../../src/models/index.ts";
import {
  type BuildOptions,
  fitWeights,
  NETWORK_NAMES,
  type NetworkEntry,
  NETWORKS,
  networkOf,
  untrained,
} from "../../../src/studies/explain/index.ts";
import { vgg } from "../../../src/models/index.ts";

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
  refused(() => fit({ other: first }), /missing: .*; .* and \d+ more$/);
});

test("--non-strict passes over keys, but not over shapes or strangers", () => {
  const { "features.0.weight": first, ...rest } = file({ classes: 5 });
  assert.match(
    fit({ ...rest, more: first }, { nonStrict: true }).note ?? "",
    /passed over: missing: features\.0\.weight; unexpected: more/,
  );
  refused(() => fit({ ...rest, "features.0.weight": { ...first, shape: [3, 2, 3, 3] } }, { nonStrict: true }), /expected/);
  refused(() => fit({ other: first }, { nonStrict: true }), /not the weights of small/);
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
