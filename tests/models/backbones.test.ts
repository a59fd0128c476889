/** Backbones as graphs: keys and shapes of torchvision, output sizes, taps, training forms, frozen parts. Nothing is computed. */
import { createHash } from "node:crypto";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { grad, input, sizeOf, type Node } from "../../src/graph/index.ts";
import {
  BACKBONES,
  createParams,
  createTraining,
  crossEntropy,
  mobileNetV2,
  resnet,
  stateDict,
  trainable,
  vgg,
  vggF,
  type BackboneName,
  type BackboneOptions,
} from "../../src/models/index.ts";
import { readFile } from "./backbones.ts";

const names = Object.keys(BACKBONES) as BackboneName[];
const image = (side = 224, batch = 1): Node => input("x", [batch, 3, side, side]);

function built(name: BackboneName, options: BackboneOptions & { readonly side?: number } = {}) {
  const p = createParams();
  return { p, ...BACKBONES[name].build(p, image(options.side), options) };
}

const parameters = (name: BackboneName, options: BackboneOptions = {}): number =>
  built(name, options)
    .p.trainable()
    .reduce((count, { shape }) => count + sizeOf(shape), 0);

interface Keys {
  readonly name: BackboneName;
  readonly parameters: number;
  readonly tensors: number;
  readonly sha256: string;
}

for (const golden of readFile<Keys>("backbones-keys.json").cases)
  test(`${golden.name} has torchvision's keys, shapes and ${golden.parameters.toLocaleString("en")} parameters`, () => {
    const { p, logits } = built(golden.name);
    assert.equal([...logits.shape], [1, 1000]);
    const lines = stateDict(p).map(({ key, shape }) => `${key}[${shape.join()}]`);
    assert.is(lines.length, golden.tensors);
    assert.is(parameters(golden.name), golden.parameters);
    // Python sorts by code point, as sort() does for ASCII.
    assert.is(createHash("sha256").update(lines.sort().join("\n")).digest("hex"), golden.sha256);
  });

test("MobileNetV1 and VGG-F have the published numbers of parameters", () => {
  // 4.2 million in the paper's table 8; VGG-F summed up from cnn_imagenet_init.m.
  assert.is(parameters("mobilenet_v1"), 4_231_976);
  const convolutions = 64 * 3 * 121 + 256 * 64 * 25 + 3 * 256 * 256 * 9 + 64 + 4 * 256;
  assert.is(parameters("vgg_f"), convolutions + 4096 * 256 * 36 + 4096 * 4096 + 1000 * 4096 + 2 * 4096 + 1000);
});

test("large feature maps of Chapter 5 from 224 x 224, with the same weights", () => {
  const keys = (options: BackboneOptions, name: BackboneName): string[] =>
    stateDict(built(name, options).p).map(({ key, shape }) => `${key} ${shape}`);
  for (const [name, outputStride, side, channels] of [
    ["vgg16", 32, 7, 1024],
    ["vgg16", 16, 14, 1024],
    ["vgg16_bn", 8, 28, 1024],
    ["resnet18", 8, 28, 512],
    ["resnet50", 32, 7, 2048],
    ["resnet50", 16, 14, 2048],
    ["resnet50", 8, 28, 2048],
    ["mobilenet_v1", 8, 28, 1024],
    ["mobilenet_v2", 8, 28, 1280],
    ["mobilenet_v2", 16, 14, 1280],
    ["vgg_f", 32, 6, 256],
    ["vgg_f", 16, 13, 256],
  ] as const) {
    const { features, logits, classifier } = built(name, { head: "cam", outputStride, classes: 200 });
    assert.equal([...features.shape], [1, channels, side, side], `${name} / ${outputStride}`);
    assert.equal([...logits.shape], [1, 200]);
    assert.equal(classifier?.shape, [200, channels]);
    assert.equal(keys({ head: "cam", outputStride }, name), keys({ head: "cam" }, name));
  }
  assert.throws(() => built("resnet50", { outputStride: 12 as 8 }), /output stride of 8, 16 or 32, got 12/);
});

test("only a head of one linear layer gives a classifier, and it is that layer's weight", () => {
  assert.is(built("vgg16").classifier, null);
  assert.is(built("vgg_f").classifier, null);
  assert.is(built("vgg16", { head: "cam" }).classifier?.attrs.path, "fc.weight");
  assert.is(built("resnet18").classifier?.attrs.path, "fc.weight");
  assert.is(built("mobilenet_v2").classifier?.attrs.path, "classifier.1.weight");
});

test("trunks: convolutions with biases instead of norms, TensorFlow's padding, features unless a head is asked for", () => {
  const { p, logits, features, classifier } = built("mobilenet_v2_mid");
  assert.equal([...features.shape], [1, 1792, 7, 7]);
  assert.is(logits, p.tapped("avgpool"));
  assert.is(classifier, null);
  // 52 convolutions of two tensors each.
  assert.is(stateDict(p).length, 104);
  // Width 1 has torchvision's parameters, less the classifier, and of each norm's weight and bias the bias alone.
  const norms = stateDict(built("mobilenet_v2").p).filter(({ key }) => key.endsWith("running_mean"));
  const scales = norms.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  assert.is(parameters("mobilenet_v2_keras"), parameters("mobilenet_v2") - 1000 * 1281 - scales);
  const tuned = built("mobilenet_v2_mid", { head: "cam", classes: 5, outputStride: 8 });
  assert.equal([...tuned.features.shape], [1, 1792, 28, 28]);
  assert.is(tuned.classifier?.attrs.path, "classifier.1.weight");
});

test("input of any size that fits; another one is an error that says what fits", () => {
  for (const name of names.filter((name) => BACKBONES[name].family !== "vgg-f")) {
    const head = BACKBONES[name].family === "mobilenet-v2-trunk" ? ({ head: "cam" } as const) : {};
    assert.equal([...built(name, { side: 97, classes: 3, ...head }).logits.shape], [1, 3], name);
  }
  assert.equal([...built("vgg_f", { side: 97, head: "cam" }).features.shape], [1, 256, 2, 2]);
  assert.throws(() => built("vgg_f", { side: 300 }), /images of 300 x 300 leave 4 x 4 outputs.*take 224 x 224, or head: "cam"/);
  assert.throws(
    () => resnet(createParams(), image(), { variant: "resnet20" as "resnet18" }),
    /no variant "resnet20"; there are resnet18, /,
  );
});

test("every layer is tapped under its key", () => {
  const { p: vgg16 } = built("vgg16_bn");
  for (let i = 0; i < 44; i++) assert.ok(vgg16.tapped(`features.${i}`), `features.${i}`);
  assert.equal([...vgg16.tapped("features.43").shape], [1, 512, 7, 7]);
  for (const i of [0, 1, 2, 3, 4, 5, 6]) assert.ok(vgg16.tapped(`classifier.${i}`));
  for (const name of names) {
    const { p } = built(name);
    const layers = new Set(stateDict(p).map(({ key }) => key.slice(0, key.lastIndexOf("."))));
    const taps = new Set(p.taps());
    assert.equal(
      [...layers].filter((layer) => !taps.has(layer)),
      [],
      name,
    );
  }
  const { p: r50, features } = built("resnet50");
  assert.equal([...r50.tapped("layer3.5.relu_1").shape], [1, 256, 14, 14]);
  assert.is(r50.tapped("layer4"), features);
  assert.is(r50.tapped("layer4.2"), r50.tapped("layer4.2.relu_2"));
  assert.equal([...built("mobilenet_v2").p.tapped("features.3.conv.1.2").shape], [1, 144, 56, 56]);
  assert.equal([...built("vgg_f").p.tapped("norm2").shape], [1, 256, 27, 27]);
});

test("a training pass updates the statistics of every batch norm, a frozen one's not", () => {
  const forms = (frozen?: (path: string) => boolean) => {
    const p = createParams();
    const training = createTraining();
    const { logits } = mobileNetV2(p, image(64, 2), { training, classes: 5, frozen });
    return { p, training, loss: crossEntropy(logits, input("labels", [2], "i32")) };
  };
  const buffers = (p: ReturnType<typeof createParams>): number => p.all().filter(({ attrs }) => attrs.role === "buffer").length;
  const free = forms();
  // 52 batch norms with three buffers each, and the counter of the random numbers of dropout.
  assert.is(buffers(free.p), 156);
  assert.is(free.training.updates.length, 157);

  const frozen = (path: string): boolean => /^features\.(\d|1[0-6])\./.test(path);
  const tuned = forms(frozen);
  assert.is(tuned.training.updates.length, 1 + 3 * 4);
  const weights = trainable(tuned.p, frozen);
  assert.equal(
    [...new Set(weights.map(({ attrs }) => attrs.path.split(".").slice(0, 2).join(".")))],
    ["features.17", "features.18", "classifier.1"],
  );
  // What is frozen has no backward pass either.
  const count = (roots: readonly Node[]): number => {
    const seen = new Set(roots);
    for (const node of seen) for (const one of node.inputs) seen.add(one);
    return [...seen].filter(({ op }) => op === "conv2dWeightGrad" || op === "conv2dInputGrad").length;
  };
  assert.is(count(grad(tuned.loss, weights)), 4 + 3);
});

test("dropout only in training, at the published rates or another one", () => {
  const random = (build: (options: BackboneOptions) => { logits: Node }, options: BackboneOptions): number => {
    const seen = new Set([build(options).logits]);
    for (const node of seen) for (const one of node.inputs) seen.add(one);
    return [...seen].filter(({ op }) => op === "random").length;
  };
  const models = [
    [(options: BackboneOptions) => vgg(createParams(), image(32, 2), { variant: "vgg11", ...options }), 2],
    [(options: BackboneOptions) => vggF(createParams(), image(224, 2), options), 2],
    [(options: BackboneOptions) => mobileNetV2(createParams(), image(64, 2), options), 1],
    [(options: BackboneOptions) => resnet(createParams(), image(64, 2), { variant: "resnet18", ...options }), 0],
  ] as const;
  for (const [build, count] of models) {
    assert.is(random(build, {}), 0);
    assert.is(random(build, { training: createTraining() }), count);
    assert.is(random(build, { training: createTraining(), dropout: 0 }), 0);
  }
});

test("two networks in one book need two places", () => {
  const p = createParams();
  BACKBONES.resnet18.build(p.at("a"), image());
  BACKBONES.resnet18.build(p.at("b"), image());
  assert.throws(() => BACKBONES.resnet18.build(p.at("a"), image()), /a\.conv1\.weight: the variable exists already/);
  BACKBONES.resnet18.build(p.at("a").shared(), image());
  assert.ok(p.all().some(({ attrs }) => attrs.path === "b.layer1.0.conv1.weight"));
});

test.run();
