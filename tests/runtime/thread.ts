/** A worker thread for threads.test.ts: opens a device, tells its name, and calls a program until the parent says stop. */
import { parentPort, workerData } from "node:worker_threads";
import { openDevice } from "#open-device";
import { exp, input, matmul, sum } from "../../src/graph/index.ts";
import { compile, createStore } from "../../src/kernels/index.ts";

const { signalled, size } = workerData as { readonly signalled: boolean; readonly size: number };
const port = parentPort;
if (!port) throw new Error("this file is for a worker thread");
const stop = new AbortController();

try {
  const device = await openDevice(signalled ? { until: stop.signal } : {});
  // Once the message has come, nothing keeps the thread but what the device still has to answer.
  port.once("message", () => stop.abort(new Error("told to stop")));
  const x = input("x", [size, size]);
  const spec = { outputs: { y: sum(exp(matmul(x, matmul(x, x)))) }, store: createStore(device) };
  const programs = [await compile(device, { name: "one", ...spec }), await compile(device, { name: "many", ...spec, flopsPerSubmit: 1 })];
  const feeds = { x: new Float32Array(size * size) };
  await programs[0].call(feeds);
  port.postMessage(device.description);
  for (;;) await Promise.all(programs.map((program) => program.call(feeds)));
} catch (error) {
  port.postMessage((error as Error).message);
}
