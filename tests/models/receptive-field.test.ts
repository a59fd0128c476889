/** Receptive fields: published ones, and small networks' against where their gradients reach. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  avgPool2d,
  conv2d,
  evaluate,
  globalAveragePool,
  grad,
  input,
  maxPool2d,
  mul,
  ones,
  relu,
  resize,
  sum,
} from "../../src/graph/index.ts";
import { constant, convTranspose2d, type Node } from "../../src/graph/index.ts";
import {
  BACKBONES,
  createParams,
  localResponseNorm,
  receptiveField,
  type BackboneName,
  type BackboneOptions,
} from "../../src/models/index.ts";

function fieldAt(name: BackboneName, tap: string, options: BackboneOptions = {}): number[] {
  const p = createParams();
  const x = input("x", [1, 3, 224, 224]);
  BACKBONES[name].build(p, x, options);
  const { size, stride, offset } = receptiveField(p.tapped(tap), x);
  assert.is(size[0], size[1]);
  assert.is(stride[0], stride[1]);
  assert.is(offset[0], offset[1]);
  return [size[0], stride[0], offset[0]];
}

test("fields of known networks: size, stride, offset", () => {
  assert.equal(fieldAt("vgg16", "features.0"), [3, 1, -1]);
  assert.equal(fieldAt("vgg16", "features.28"), [196, 16, -90]);
  assert.equal(fieldAt("vgg16", "features.30"), [212, 32, -90]);
  assert.equal(fieldAt("resnet50", "conv1"), [7, 2, -3]);
  assert.equal(fieldAt("resnet50", "layer1"), [35, 4, -17]);
  // v1.5 strides in the 3x3.
  assert.equal(fieldAt("resnet50", "layer4"), [427, 32, -213]);
  assert.equal(fieldAt("resnet18", "layer4"), [435, 32, -217]);
  // Both as in the table of Araujo et al.
  assert.equal(fieldAt("mobilenet_v1", "model").slice(0, 2), [315, 32]);
  assert.equal(fieldAt("mobilenet_v2", "features").slice(0, 2), [491, 32]);
  assert.equal(fieldAt("vgg_f", "conv1"), [11, 4, 0]);
  assert.equal(fieldAt("vgg_f", "pool5"), [195, 32, -64]);
  assert.equal(fieldAt("resnet50", "layer4", { outputStride: 8 }), [7 + 4 + 24 + 56 + 96 + 48, 8, -117]);
});

test("after an average or a flattening: the whole image", () => {
  assert.equal(fieldAt("resnet50", "avgpool"), [224, 0, 0]);
  assert.equal(fieldAt("vgg16", "classifier.0"), [224, 0, 0]);
  assert.equal(fieldAt("vgg_f", "fc6").slice(0, 2), [195 + 5 * 32, 32]);
});

/** The rows and columns of the image that a unit's gradient reaches, all weights being positive: [top, bottom, left, right]. */
function reach(tap: Node, x: Node, row: number, column: number): number[] {
  const [, , P, Q] = tap.shape;
  const mask = constant(
    Array.from({ length: P * Q }, (_, i) => (i === row * Q + column ? 1 : 0)),
    [1, 1, P, Q],
  );
  const [slope] = grad(sum(mul(tap, mask)), [x]);
  const [, , H, W] = x.shape;
  const { data } = evaluate([slope], new Map([["x", Array.from({ length: H * W }, (_, i) => 1 + ((i * 7919) % 101) / 200)]]))[0];
  const hit = [...data.keys()].filter((i) => data[i] !== 0);
  const rows = hit.map((i) => Math.floor(i / W));
  const columns = hit.map((i) => i % W);
  return [Math.min(...rows), Math.max(...rows), Math.min(...columns), Math.max(...columns)];
}

test("a small network's gradient reaches exactly its field", () => {
  const x = input("x", [1, 1, 40, 44]);
  const kernel = (R: number, S: number): Node => ones([1, 1, R, S]);
  const one = relu(conv2d(x, kernel(3, 5), { stride: [2, 1], padding: [1, 2, 0, 3] }));
  const two = avgPool2d(one, { kernelSize: 2 });
  const three = conv2d(two, kernel(3, 3), { dilation: 2, padding: [2, 2, 2, 2] });
  const four = add(three, two);
  for (const tap of [one, two, three, four]) {
    const { size, stride, offset } = receptiveField(tap, x);
    for (const [row, column] of [
      [0, 0],
      [2, 3],
      [tap.shape[2] - 1, tap.shape[3] - 1],
    ]) {
      const [top, left] = [offset[0] + row * stride[0], offset[1] + column * stride[1]];
      const [bottom, right] = [Math.min(top + size[0], 40) - 1, Math.min(left + size[1], 44) - 1];
      assert.equal(reach(tap, x, row, column), [Math.max(top, 0), bottom, Math.max(left, 0), right], `${tap.op} at ${row}, ${column}`);
    }
  }
});

test("pools, normalisation across channels", () => {
  const x = input("x", [1, 6, 32, 32]);
  const pooled = maxPool2d(localResponseNorm(x), { kernelSize: 3, stride: 2, padding: 1 });
  assert.equal(receptiveField(pooled, x), { size: [3, 3], stride: [2, 2], offset: [-1, -1] });
  const averaged = avgPool2d(pooled, { kernelSize: 3, stride: 1, padding: 1, countIncludePad: false });
  assert.equal(receptiveField(averaged, x), { size: [7, 7], stride: [2, 2], offset: [-3, -3] });
  assert.equal(receptiveField(globalAveragePool(averaged), x).size, [32, 32]);
  assert.equal(receptiveField(x, x), { size: [1, 1], stride: [1, 1], offset: [0, 0] });
});

test("no field of one size, or none at all, is said", () => {
  const x = input("x", [1, 3, 8, 8]);
  assert.throws(
    () => receptiveField(convTranspose2d(x, ones([3, 1, 4, 4]), { stride: 2 }), x),
    /no field of one size after conv2dInputGrad/,
  );
  assert.throws(() => receptiveField(input("y", [1, 3, 8, 8]), x), /input does not depend on the image/);
  assert.throws(() => receptiveField(x, ones([2])), /expected an image/);
  assert.ok(resize(x, [16, 16], { mode: "bilinear" }));
});

test.run();
