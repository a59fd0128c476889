/** Layers, losses and optimizers against PyTorch, on the GPU. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { layers, losses, optimizers } from "./cases.ts";
import { modules } from "./module-cases.ts";
import { sets } from "./set-cases.ts";
import { deviceEngine } from "./device-engine.ts";
import { compare, readCases } from "./golden.ts";

const runners = { ...layers, ...modules, ...sets, ...losses, ...optimizers };
const cases = ["layers.json", "windows.json", "modules.json", "sets.json", "losses.json", "optimizers.json"].flatMap(readCases);
let worst = { error: 0, name: "" };
let opened: ReturnType<typeof openDevice> | undefined;

for (const golden of cases)
  test(`GPU: ${golden.name}`, async () => {
    opened ??= openDevice();
    const engine = deviceEngine(await opened, golden.name);
    const ours = await runners[golden.kind](golden, engine);
    // Ours differ from f64 by 5e-7 at most; 1e-5 leaves room for other adapters' mathematics.
    const error = compare(golden, ours, Math.max(1e-5, 3 * golden.distance));
    if (error > worst.error) worst = { error, name: golden.name };
    engine.close();
  });

test("the device closes", async () => {
  const device = await opened;
  assert.ok(device);
  console.log(
    `# ${cases.length} golden cases on ${device.description}; the largest difference is ${worst.error.toExponential(1)} (${worst.name})`,
  );
  device.close();
});

test.run();
