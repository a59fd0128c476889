/** Two programs that know nothing of INTARSIA_DEBUG: debug.test.ts runs this file. They are never disposed; the device is closed. */
import { openDevice } from "#open-device";
import { add, input, matmul, sum, variable } from "../../../src/graph/index.ts";
import { compile, createStore } from "../../../src/kernels/index.ts";

const device = await openDevice();
const store = createStore(device);
const x = input("x", [4, 4]);
const count = variable("count", []);
const step = await compile(device, { name: "a step", outputs: { y: matmul(x, x) }, updates: [[count, add(count, 1)]], store });
const total = await compile(device, { name: "a sum", outputs: { y: sum(x) } });
const feeds = { x: Float32Array.from({ length: 16 }, (_, i) => i) };
const results: number[] = [];
for (let run = 0; run < 4; run++) results.push(...(await step.call(feeds)).y);
results.push(...(await total.call(feeds)).y, ...(await store.read("count")));
console.log(results.join(" "));
device.close();
