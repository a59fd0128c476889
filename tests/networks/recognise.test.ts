/** Which network a weight file is of. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { TensorSource } from "../../src/data/index.ts";
import { input } from "../../src/graph/index.ts";
import { createParams, stateDict } from "../../src/models/index.ts";
import { type BuildOptions, inputShape, likelyNetworks, type NetworkName, NETWORKS, recognisedNetworks } from "../../src/networks/index.ts";

/** Keys and shapes as a file of this network has them; nobody reads its elements here. */
function fileOf(name: NetworkName, options: BuildOptions = {}): TensorSource {
  const p = createParams();
  NETWORKS[name].build(p, input("image", [1, ...inputShape(NETWORKS[name])]), options);
  const entries = new Map(stateDict(p).map(({ key, shape, dtype }) => [key, { shape, dtype }]));
  return { where: `${name}.safetensors`, entries, metadata: {}, read: () => Promise.reject(new Error("not read")) };
}

for (const [name, options] of [
  ["resnet18", {}],
  ["resnet50", { classes: 12 }],
  ["vgg16", {}],
  ["vgg16", { head: "cam", classes: 20 }],
  ["vgg11_bn", {}],
  ["mobilenet_v2", {}],
  ["mobilenet_v1_050", {}],
  ["mnist_net", {}],
  ["face_expression", {}],
] as const)
  test(`a file of ${name} ${JSON.stringify(options)} is recognised by its keys and shapes`, () => {
    assert.equal(recognisedNetworks(fileOf(name, options)), [name]);
  });

test("a file that lacks a layer fits nothing, and its own network is offered first", () => {
  const whole = fileOf("resnet34");
  const entries = new Map([...whole.entries].filter(([key]) => !key.startsWith("layer4.2")));
  assert.equal(recognisedNetworks({ ...whole, entries }), []);
  const tensors = whole.entries.size;
  const common = entries.size;
  assert.ok(common < tensors);
  const first = { name: "resnet34", tensors, common } as const;
  assert.equal(likelyNetworks({ ...whole, entries })[0], first);
  const prefixed = new Map([...entries].map(([key, entry]) => [`module.${key}`, entry]));
  assert.equal(likelyNetworks({ ...whole, entries: prefixed })[0], first);
});

test.run();
