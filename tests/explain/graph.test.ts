/** The graphs of explanations on the f64 reference: layers and classes that can be asked for, and how the maps hang together. */
import * as fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { UserError } from "../../src/data/errors.ts";
import { constant, evaluate, type NodeValues, type Node, sizeOf, type Tensor } from "../../src/graph/index.ts";
import {
  ASKED,
  chosenClasses,
  explanationGraph,
  layerFor,
  METHOD_NAMES,
  type Method,
  type Questions,
  ranked,
  topClasses,
} from "../../src/explain/index.ts";
import type { Network } from "../../src/networks/index.ts";
import { gradCamPlusPlus } from "../../src/explain/maps.ts";
import { fill } from "../models/golden.ts";
import { connected, imageOf, smallResnet, smallVgg, tiny } from "./networks.ts";

const numbers = ({ data }: Tensor): number[] => Array.from(data);

/** All outputs by name; weights as the variables begin. */
function answer(network: Network, questions: Questions, asked: readonly number[], image: ArrayLike<number>): Record<string, Tensor> {
  const { outputs } = explanationGraph(network, questions);
  const feeds: NodeValues = new Map([
    ["image", image],
    [ASKED, Float64Array.from(asked)],
  ]);
  const values = evaluate(Object.values(outputs), feeds, { seed: 3 });
  return Object.fromEntries(Object.keys(outputs).map((key, i) => [key, values[i]]));
}

const noise = (batch: number, channels = 3, side = 12): Float64Array => fill("noise", [batch, channels, side, side]);

const nearly = (a: readonly number[], b: readonly number[], tolerance = 1e-12): void => {
  assert.is(a.length, b.length);
  const scale = Math.max(1e-30, ...b.map(Math.abs));
  a.forEach((value, i) => assert.ok(Math.abs(value - b[i]) <= tolerance * scale, `element ${i}: ${value} and ${b[i]}`));
};

test("the classes of any rank are those that sorting gives, ties in order", () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      (rows) => {
        const found = evaluate(topClasses(constant(rows), 4)).map(numbers);
        rows.forEach((row, n) => {
          const sorted = row.map((_, i) => i).sort((a, b) => row[b] - row[a] || a - b);
          assert.equal(
            found.map((list) => list[n]),
            sorted,
          );
        });
      },
    ),
    { seed: 7 },
  );
});

test("a class is taken as given, or by its rank", () => {
  const logits = constant([
    [1, 5, 2],
    [9, 0, 3],
    [4, 4, 8],
  ]);
  const [classes] = evaluate([chosenClasses(logits, constant(Int32Array.of(0, ranked(0), ranked(1))), 2)]);
  assert.equal(numbers(classes), [0, 0, 0]);
  const [others] = evaluate([chosenClasses(logits, constant(Int32Array.of(ranked(0), ranked(1), 2)), 2)]);
  assert.equal(numbers(others), [1, 2, 2]);
});

const ALL: readonly Method[] = METHOD_NAMES;

test("top-3 in one graph is what three questions give", () => {
  const image = noise(2);
  const together = answer(tiny(imageOf(2)), { methods: ALL, targets: 3 }, [0, 1, 2, 0, 1, 2].map(ranked), image);
  const classes = numbers(together.classes);
  for (const target of [0, 1, 2]) {
    const alone = answer(tiny(imageOf(2)), { methods: ALL }, [classes[target], classes[3 + target]], image);
    const maps = Object.keys(alone).filter((key) => key.startsWith("map "));
    assert.is(maps.length, ALL.length);
    for (const key of maps) nearly(numbers(together[key.replace(/ 0$/, ` ${target}`)]), numbers(alone[key]));
  }
});

test("a batch is its pictures one by one", () => {
  const together = answer(
    smallVgg(imageOf(3, 3, 32)),
    { methods: ["grad-cam++", "deconvnet-guided", "guided-grad-cam"] },
    [1, 2, 3],
    noise(3, 3, 32),
  );
  const all = noise(3, 3, 32);
  for (const i of [0, 1, 2]) {
    const one = answer(
      smallVgg(imageOf(1, 3, 32)),
      { methods: ["grad-cam++", "deconvnet-guided", "guided-grad-cam"] },
      [i + 1],
      all.subarray(3072 * i, 3072 * (i + 1)),
    );
    for (const [key, value] of Object.entries(one)) {
      const each = together[key].data.length / 3;
      nearly(numbers(value), Array.from(together[key].data.subarray(i * each, (i + 1) * each)));
    }
  }
});

test("before an average and one linear layer, Grad-CAM is CAM's positive part, divided by the number of places", () => {
  const { "signed cam relu2 0": cam, "signed grad-cam relu2 0": gradCam } = answer(
    tiny(imageOf(2)),
    { methods: ["cam", "grad-cam"] },
    [4, 1],
    noise(2),
  );
  assert.equal([...cam.shape], [2, 1, 6, 6]);
  nearly(
    numbers(gradCam).map((value) => 36 * value),
    numbers(cam),
  );
});

test("Grad-CAM++ without epsilon is the paper's formula", () => {
  const layer = fill("layer", [1, 2, 3, 3]).map(Math.abs);
  const slope = fill("slope", [1, 2, 3, 3]);
  slope[4] = 0;
  const [map] = evaluate([
    gradCamPlusPlus(constant(Float32Array.from(layer), [1, 2, 3, 3]), constant(Float32Array.from(slope), [1, 2, 3, 3]), { epsilon: 0 }),
  ]);
  const expected = Array.from({ length: 9 }, (_, at) => {
    let sum = 0;
    for (const k of [0, 1]) {
      const A = Array.from(layer.subarray(9 * k, 9 * k + 9));
      const g = Array.from(slope.subarray(9 * k, 9 * k + 9));
      const total = A.reduce((a, b) => a + b, 0);
      const weight = g.reduce((w, gi) => w + (gi === 0 ? 0 : (Math.max(gi, 0) * gi ** 2) / (2 * gi ** 2 + total * gi ** 3)), 0);
      sum += weight * A[at];
    }
    return sum;
  });
  nearly(numbers(map), expected, 1e-6);
});

test("every method together costs one forward pass, and one backward pass for each rule", () => {
  const count = (nodes: readonly Node[], op: string): number => {
    const seen = new Set(nodes);
    for (const node of seen) for (const one of node.inputs) seen.add(one);
    return [...seen].filter((node) => node.op === op).length;
  };
  const network = smallResnet(imageOf(1, 3, 64));
  const { outputs } = explanationGraph(network, { methods: ALL });
  assert.is(count(Object.values(outputs), "conv2d"), count([network.logits], "conv2d"));
  // Plain, guided and DeconvNet from the score; guided from one filter of the last layer.
  assert.is(count(Object.values(outputs), "conv2dInputGrad"), 4 * count([network.logits], "conv2d"));
});

test("several layers, each with its own map; methods without a layer have one", () => {
  const { entries, outputs } = explanationGraph(smallResnet(imageOf(2, 3, 64)), {
    methods: ["grad-cam", "deconvnet"],
    layers: ["layer2", "layer4", "relu"],
  });
  assert.equal(
    entries.map(({ key }) => key),
    ["grad-cam layer2 0", "grad-cam layer4 0", "grad-cam relu 0", "deconvnet input 0"],
  );
  assert.equal([...outputs["signed grad-cam layer2 0"].shape], [2, 1, 8, 8]);
  for (const { key, method } of entries) assert.equal([...outputs[`map ${key}`].shape], [2, method === "deconvnet" ? 3 : 1, 64, 64]);
});

test("one channel is as good as three", () => {
  for (const channels of [1, 3]) {
    const values = answer(tiny(imageOf(1, channels)), { methods: ALL }, [ranked(0)], noise(1, channels));
    for (const [key, value] of Object.entries(values))
      if (key.startsWith("map")) assert.is(value.data.length, 144 * (/input|deconvnet|guided/.test(key) ? channels : 1), key);
    assert.ok(values["map input-gradient input 0"].data.some((value) => value !== 0));
  }
});

test("a filter that is named is the one that is shown", () => {
  const values = answer(tiny(imageOf(1)), { methods: ["activation", "deconvnet-guided"], layers: ["relu1"], filter: 2 }, [0], noise(1));
  assert.equal(numbers(values["filter activation relu1 0"]), [2]);
  const [relu1] = evaluate([tiny(imageOf(1)).layer("relu1")], new Map([["image", noise(1)]]), { seed: 3 });
  nearly(numbers(values["map activation relu1 0"]), Array.from(relu1.data.subarray(2 * 144, 3 * 144)));
});

const refused = (run: () => unknown, message: RegExp): void => {
  assert.throws(run, (error: unknown) => error instanceof UserError && message.test(error.message) && !error.message.includes("\n"));
};

test("a layer that cannot serve is refused with the reason", () => {
  const net = connected(imageOf(1));
  refused(
    () => layerFor(net, "grad-cam", "hidden"),
    /Grad-CAM cannot look at hidden: its output \[1, 8\] is fully connected.*such as relu1/,
  );
  refused(() => layerFor(net, "guided-grad-cam++", "fc2"), /fully connected/);
  refused(() => layerFor(net, "activation", "layer9"), /connected has no layer "layer9"; it has /);
  refused(() => layerFor(net, "cam"), /CAM needs a head of one linear layer on averaged maps, which connected as it is has not; Grad-CAM/);
  refused(() => layerFor(tiny(imageOf(1)), "cam", "relu1"), /CAM is bound to the layer before the average, relu2, not relu1/);
  refused(
    () => layerFor(smallResnet(imageOf(1, 3, 32)), "grad-cam", "layer4"),
    /1 x 1 unit per channel says nothing about places; take an earlier layer, a larger picture/,
  );
  refused(() => explanationGraph(net, { methods: ["activation"], filter: 4 }), /no filter 4 at relu1: there are 4, counted from 0/);
  assert.is(layerFor(net, "deconvnet-guided", "hidden").shape.length, 2);
});

test("what the scores do not depend on cannot be asked", () => {
  const net = tiny(imageOf(1));
  const stray: Network = { ...net, layers: ["stray"], layer: () => constant(new Float32Array(sizeOf([1, 2, 3, 3])), [1, 2, 3, 3]) };
  refused(() => layerFor(stray, "grad-cam", "stray"), /the scores do not depend on it/);
});

test.run();
