/** Small backbones of every family against PyTorch, on the GPU: inference, explanations, a training step, inference again. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { compareSummaries, readFile, runCase, worstText, type BackboneCase } from "./backbones.ts";
import { deviceEngine } from "./device-engine.ts";

const { cases } = readFile<BackboneCase>("backbones.json");
let opened: ReturnType<typeof openDevice> | undefined;

for (const golden of cases)
  test(`GPU: ${golden.name}`, async () => {
    opened ??= openDevice();
    const begin = performance.now();
    const engine = deviceEngine(await opened, golden.name);
    const worst = compareSummaries(golden.name, golden.outputs, await runCase(golden, engine));
    engine.close();
    console.log(`${worstText(golden.name, worst)}, ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  });

test("the device closes", async () => {
  const device = await opened;
  assert.ok(device);
  device.close();
});

test.run();
