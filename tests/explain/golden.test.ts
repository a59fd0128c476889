/** Every method against PyTorch with hooks: on the f64 reference, and on the GPU. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { METHOD_NAMES, type Method } from "../../src/explain/index.ts";
import { type BackboneCase, compareSummaries, FAMILIES, readFile, worstText } from "../models/backbones.ts";
import { deviceEngine } from "../models/device-engine.ts";
import { type Engine, referenceEngine, type Result } from "../models/golden.ts";
import { type ExplainCase, explainCase } from "./golden.ts";

const { cases } = readFile<ExplainCase>("explain.json");
const methodsOf = ({ outputs }: ExplainCase): Method[] => METHOD_NAMES.filter((method) => method in outputs);
let opened: ReturnType<typeof openDevice> | undefined;

async function mapsOf(golden: ExplainCase, engine: Engine): Promise<Record<string, Result>> {
  const values = await explainCase(golden, methodsOf(golden), engine);
  return Object.fromEntries(methodsOf(golden).map((method) => [method, values[method]]));
}

test("the golden cases know every method, CAM with a CAM head only", () => {
  for (const golden of cases) assert.is(methodsOf(golden).length, METHOD_NAMES.length - (golden.outputs.cam ? 0 : 1), golden.name);
  const without = cases.filter(({ outputs }) => !outputs.cam);
  assert.equal(
    without.map(({ config }) => config.family),
    ["vgg", "mnist"],
  );
  assert.ok(cases.some(({ config }) => config.input[1] === 1));
});

for (const golden of cases.filter(({ config }) => config.family !== "vgg-f")) // the largest takes half a minute on the reference
  test(`reference: ${golden.name}`, async () => {
    const exact = Object.entries(golden.outputs).map(([key, summary]) => [key, { ...summary, distance: 0 }]);
    const worst = compareSummaries(golden.name, Object.fromEntries(exact), await mapsOf(golden, referenceEngine()));
    // Interpolation weights are f32 constants of the graph.
    assert.ok(worst.error < 1e-6, worstText(golden.name, worst));
  });

for (const golden of cases)
  test(`GPU: ${golden.name}`, async () => {
    opened ??= openDevice();
    const engine = deviceEngine(await opened, golden.name);
    const worst = compareSummaries(golden.name, golden.outputs, await mapsOf(golden, engine));
    engine.close();
    console.log(worstText(golden.name, worst));
  });

/** On the reference, since some of these cases have a ReLU so near to 0 that an f32 sum in another order flips it; the large ones take too long there. */
const shared = readFile<BackboneCase>("backbones.json").cases.filter(
  ({ config }) => config.input.at(-1) === 32 && config.family in FAMILIES,
);

for (const golden of shared)
  test(`reference: maps of ${golden.name} as the backbones' own test has them`, async () => {
    const values = await explainCase(golden, ["input-gradient", "guided-backprop", "grad-cam"], referenceEngine());
    const { inputGradient, guided, gradCam } = golden.outputs;
    const { data, shape } = values[`signed grad-cam ${golden.config.last} 0`];
    const ours = { inputGradient: values["input-gradient"], guided: values["guided-backprop"] };
    const [N, , h, w] = shape;
    const rectified = { shape: [N, h, w], data: Float32Array.from(data, (value) => Math.max(value, 0)) };
    compareSummaries(golden.name, { inputGradient, guided, gradCam }, { ...ours, gradCam: rectified });
  });

test("the backbones' cases with pictures of 32 pixels are among these", () => {
  assert.ok(shared.length >= 6, `${shared.length}`);
});

test("the device closes", async () => {
  const device = await opened;
  assert.ok(device);
  device.close();
});

test.run();
