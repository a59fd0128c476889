/** What `program.memory` says beforehand is what a device is asked for, to the byte: every buffer counted, for models in use and in training. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { grad, input, type Node } from "../../../src/graph/index.ts";
import { compile, createStore, planProgram, type ProgramSpec } from "../../../src/kernels/index.ts";
import {
  adam,
  createParams,
  createTraining,
  crossEntropy,
  inference,
  lenet,
  mobileNetV2,
  nn,
  pairs,
  type Params,
  resnet,
  type Training,
} from "../../../src/models/index.ts";
import { presetConfig } from "../../../src/studies/mil/config.ts";
import { scoringStep, trainingStep } from "../../../src/studies/mil/step.ts";
import { sizeOf } from "../../../src/graph/node.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { buffersOf, total } from "../run/spy.ts";

const device = await openDevice();
/** Tensors above 32 KiB lie in several bindings, arenas end at 256 KiB. */
const low = await openDevice({ limits: { maxStorageBufferBindingSize: 32768, maxBufferSize: 262144, maxStorageBuffersPerShaderStage: 8 } });

type Build = (p: Params, x: Node, training: Training) => Node;
const SHAPE = [2, 3, 32, 32] as const;
const SLIM = {
  width: 0.1,
  stages: [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
  ],
} as const;
const NETWORKS: Readonly<Record<string, { readonly shape: readonly number[]; readonly logits: Build }>> = {
  LeNet: {
    shape: [3, 1, 28, 28],
    logits: (p, x) => nn.linear(p.at("digit"), lenet(p, x, { channels: [4, 6], features: 20 }).global, { out: 5 }),
  },
  ResNet: {
    shape: SHAPE,
    logits: (p, x, training) =>
      resnet(p, x, { variant: { block: "basic", layers: [1, 1, 1, 1], width: 4 }, classes: 5, training }).logits as Node,
  },
  MobileNetV2: { shape: SHAPE, logits: (p, x, training) => mobileNetV2(p, x, { variant: SLIM, classes: 5, training }).logits as Node },
};

function specsOf(name: string): ProgramSpec[] {
  const { shape, logits } = NETWORKS[name];
  const used: ProgramSpec = { name, outputs: { logits: logits(createParams(), input("x", shape), inference) } };
  const [p, training] = [createParams(), createTraining()];
  const loss = crossEntropy(logits(p, input("x", shape), training), input("labels", [shape[0]], "i32"));
  const weights = p.trainable();
  const updates = [...adam(pairs(weights, grad(loss, weights)), { lr: 1e-3 }), ...training.updates];
  return [used, { name: `${name} in training`, outputs: { loss }, updates }];
}

const config = presetConfig("smoke", "single-digit", "lstm");
const bags = trainingStep(config, { bags: 2, length: 8, instances: 12 });
const SPECS: readonly ProgramSpec[] = [
  ...Object.keys(NETWORKS).flatMap(specsOf),
  { name: "MIL", outputs: scoringStep(config, 2, 8).outputs },
  { name: "MIL in training", outputs: bags.outputs, updates: bags.updates },
];

const zeroFeeds = (spec: ProgramSpec, on: typeof device): Record<string, ArrayLike<number>> =>
  Object.fromEntries(
    prepare(spec, { limits: on.limits, software: true }).inputs.map(({ attrs, shape, dtype }) => [
      attrs.key,
      new (dtype === "i32" ? Int32Array : Float32Array)(sizeOf(shape)),
    ]),
  );

for (const [name, on] of [
  ["the device's limits", device],
  ["low limits", low],
] as const)
  test(`the peak to the byte, under ${name}`, async () => {
    // Kernels over many bindings take long to compile: under low limits, not all of them.
    const specs = on === low ? SPECS.filter(({ name }) => !name.startsWith("MobileNet")) : SPECS;
    for (const spec of specs) {
      const planned = planProgram(on, spec);
      const feeds = zeroFeeds(spec, on);
      const store = createStore(on);
      const made = await buffersOf(on, async (soFar) => {
        const program = await compile(on, { ...spec, store });
        assert.equal(program.memory, planned);
        assert.is(total(soFar), planned.peak, `${spec.name}: compiled`);
        for (let run = 0; run < 2; run++) await program.call(feeds);
        await program.run(feeds);
        for (const output of Object.keys(spec.outputs)) await program.read(output);
        assert.is(total(soFar), planned.peak, `${spec.name}: run and read`);
        program.dispose();
      });
      const variables = planned.parameters + planned.buffers + planned.slots;
      assert.is(total(made.filter(({ destroyed }) => !destroyed)), variables, `${spec.name}: what is left are the variables`);
      store.dispose();
      assert.is(total(made.filter(({ destroyed }) => !destroyed)), 0);
    }
    console.log(`# memory: ${specs.length} programs, ${specs.map((spec) => planProgram(on, spec).peak).join(", ")} bytes`);
  });

test("programs that share a store share its bytes", async () => {
  const [used, trained] = specsOf("ResNet");
  const store = createStore(device);
  const made = await buffersOf(device, async () => {
    for (const spec of [trained, used]) await compile(device, { ...spec, store });
  });
  const [a, b] = [planProgram(device, trained), planProgram(device, used)];
  assert.is(total(made), a.peak + b.peak - b.parameters - b.buffers);
  for (const { buffer } of made) buffer.destroy();
});

test("every device is closed", () => {
  for (const on of [device, low]) {
    assert.equal(on.errors.take(), []);
    on.close();
  }
});

test.run();
