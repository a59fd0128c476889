/**
 * The backbones at their full depth and width against PyTorch, on the GPU: minutes each on a software adapter. They run under
 * `INTARSIA_SLOW=1 npm test -- backbones-large` (one of them: INTARSIA_SLOW=resnet50), and count as skipped otherwise.
 */
import { test } from "uvu";
import { openDevice } from "#open-device";
import { compareSummaries, readFile, runCase, worstText, type BackboneCase } from "./backbones.ts";
import { deviceEngine } from "./device-engine.ts";

const slow = process.env.INTARSIA_SLOW ?? "";
const { cases } = readFile<BackboneCase>("backbones-large.json");

for (const golden of cases) {
  const wanted = slow === "1" || slow === golden.name;
  (wanted ? test : test.skip)(`GPU: ${golden.name}`, async () => {
    const begin = performance.now();
    const device = await openDevice();
    const engine = deviceEngine(device, golden.name);
    const worst = compareSummaries(golden.name, golden.outputs, await runCase(golden, engine));
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    console.log(`${worstText(golden.name, worst)}, ${seconds} s on ${device.description}`);
    engine.close();
    device.close();
  });
}

test.run();
