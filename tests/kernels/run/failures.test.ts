/** What drivers refuse, and devices that go away: an error that names the program and the kernel, and nothing half done. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { add, exp, input, matmul, mul, reshape, scope, sum, variable } from "../../../src/graph/index.ts";
import { compile, createStore, ProgramError } from "../../../src/kernels/index.ts";
import { type Device, DeviceError } from "../../../src/runtime/device.ts";
import { buffersOf, rejects } from "./spy.ts";

const device: Device = await openDevice();
const x = input("x", [2, 3]);
const FEED = { x: [1, 2, 3, 4, 5, 6] };

test("a kernel that does not compile is named, and the program's buffers are given back", async () => {
  const outputs = { y: scope("layer7", () => matmul(input("a", [4, 4]), input("b", [4, 4]))), z: exp(x) };
  const { gpu } = device;
  const create = gpu.createShaderModule;
  gpu.createShaderModule = (descriptor) =>
    create.call(gpu, { ...descriptor, code: descriptor.code.replace("let tiles = ", "let tiles = nonsense + ") });
  const made = await buffersOf(device, () =>
    rejects(
      () => compile(device, { name: "step", outputs }),
      /^program "step": matmul at layer7 does not compile: .*nonsense.*\(line \d+: let tiles = /s,
      ProgramError,
    ),
  ).finally(() => {
    gpu.createShaderModule = create;
  });
  assert.ok(made.length > 0);
  assert.ok(made.every(({ destroyed }) => destroyed));
  (await compile(device, { name: "step", outputs })).dispose();
});

test("a program that is aborted while it compiles gives its buffers back", async () => {
  const abort = new AbortController();
  const made = await buffersOf(device, async () => {
    const compiling = compile(device, { name: "step", outputs: { y: exp(exp(x)) }, signal: abort.signal });
    abort.abort(new Error("enough"));
    await rejects(() => compiling, /enough/, Error);
  });
  assert.ok(made.every(({ destroyed }) => destroyed));
});

test("what the driver refuses at run time is found by replay, and no variable changes", async () => {
  const v = variable("v", [4], { init: { kind: "constant", value: 1 } });
  const w = variable("w", [4]);
  const store = createStore(device);
  const outputs = { y: sum(mul(v, v)), z: scope("layer5", () => matmul(reshape(w, [2, 2]), reshape(v, [2, 2]))) };
  await buffersOf(device, async (made) => {
    const program = await compile(device, { name: "step", outputs, updates: [[v, add(v, 1)]], store });
    await program.call();
    made.find(({ label }) => label === "w")?.buffer.destroy();
    await program.run();
    await rejects(() => program.read("y"), /^program "step", kernel \d+ \(matmul at layer5\): .*destroyed/s, ProgramError);
    await rejects(() => program.call(), /kernel \d+ \(matmul at layer5\)/, ProgramError);
    assert.equal(Array.from(await store.read("v")), [2, 2, 2, 2]);
    await program.run();
    await device.gpu.queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await rejects(() => program.run(), /kernel \d+ \(matmul at layer5\)/, ProgramError);
    program.dispose();
  });
});

test("in several submits, nothing after the refused one runs", async () => {
  const v = variable("v", [4], { init: { kind: "constant", value: 1 } });
  const w = variable("w", [4]);
  const store = createStore(device);
  const outputs = { z: scope("layer5", () => matmul(reshape(w, [2, 2]), reshape(v, [2, 2]))) };
  await buffersOf(device, async (made) => {
    const program = await compile(device, { name: "step", outputs, updates: [[v, add(v, 1)]], store, flopsPerSubmit: 1 });
    made.find(({ label }) => label === "w")?.buffer.destroy();
    await rejects(() => program.run(), /kernel \d+ \(matmul at layer5\)/, ProgramError);
    assert.equal(Array.from(await store.read("v")), [1, 1, 1, 1]);
    program.dispose();
  });
});

test("a signal stops a run between its submits", async () => {
  const abort = new AbortController();
  const outputs = { y: sum(exp(sum(mul(x, 2), 1))) };
  const program = await compile(device, { name: "step", outputs, flopsPerSubmit: 1 });
  const running = program.run(FEED, { signal: abort.signal });
  abort.abort(new Error("enough"));
  await rejects(() => running, /enough/, Error);
  assert.ok(Number.isFinite((await program.call(FEED)).y[0]));
  program.dispose();
});

test("a variable that cannot be read is an error, not zeros", async () => {
  const store = createStore(device);
  await buffersOf(device, async (made) => {
    const program = await compile(device, { name: "step", outputs: { y: exp(variable("w", [4])) }, store });
    made.find(({ label }) => label === "w")?.buffer.destroy();
    await rejects(() => store.read("w"), /reading variable "w": .*destroyed/s, DeviceError);
    program.dispose();
  });
});

test("a lost device", async () => {
  assert.equal(device.errors.take(), []);
  const program = await compile(device, { name: "step", outputs: { y: exp(x) } });
  await program.run(FEED);
  const reading = program.read("y").catch((error: unknown) => error);
  device.gpu.destroy();
  const outcome = await reading;
  if (outcome instanceof Error) assert.is((outcome as DeviceError).kind, "lost", String(outcome));
  await device.lost;
  await rejects(() => program.run(FEED), /program "step": the device was lost/, DeviceError);
  await rejects(() => program.read("y"), /program "step": the device was lost/, DeviceError);
  await rejects(() => compile(device, { name: "next", outputs: { y: exp(x) } }), /program "next": the device was lost/, DeviceError);
  program.dispose();
  device.close();
});

test.run();
