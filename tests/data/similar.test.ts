/** Names that were mistyped. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { knownNames, similarName } from "../../src/data/text/similar.ts";
import { METHOD_NAMES } from "../../src/explain/index.ts";
import { IMAGENET, NETWORK_NAMES } from "../../src/networks/index.ts";

test("a name that is a letter or a sign off is found, and its own form comes back", () => {
  for (const [name, known, found] of [
    ["gradcam", METHOD_NAMES, "grad-cam"],
    ["Grad_CAM++", METHOD_NAMES, "grad-cam++"],
    ["guided-backprob", METHOD_NAMES, "guided-backprop"],
    ["resnet51", NETWORK_NAMES, "resnet50"],
    ["mobilenetv2", NETWORK_NAMES, "mobilenet_v2"],
    ["vgg", NETWORK_NAMES, "vgg_f"],
    ["golden retreiver", IMAGENET, "golden retriever"],
    ["submarine sandwich", NETWORK_NAMES, null],
    ["--", METHOD_NAMES, null],
    ["x", [], null],
  ] as const)
    assert.is(similarName(name, known), found, name);
});

test("every known name is its own nearest", () => {
  for (const name of [...METHOD_NAMES, ...NETWORK_NAMES])
    assert.is(similarName(name.toUpperCase(), [...METHOD_NAMES, ...NETWORK_NAMES]), name);
});

test("a message ends in the guess, if there is one, and in all names", () => {
  assert.is(knownNames("red", ["rad", "blue"]), "; did you mean rad? There are rad, blue");
  assert.is(knownNames("green", ["rad", "blue"]), "; there are rad, blue");
});

test.run();
