/** What a Device promises, on whatever adapter this machine has. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { assertAlive, BufferUsage, type Device, DeviceError, type DeviceErrorKind, withErrorScopes } from "../../src/runtime/device.ts";
import { measureCeilings } from "../../src/runtime/measure.ts";

/** Opens a device, hands it out, closes it. */
async function withDevice(use: (device: Device) => Promise<void>, options: Parameters<typeof openDevice>[0] = {}): Promise<void> {
  const device = await openDevice(options);
  try {
    await use(device);
  } finally {
    device.close();
  }
}

/** The DeviceError that `run` rejects with. */
async function errorOf(run: () => Promise<unknown>, kind: DeviceErrorKind): Promise<DeviceError> {
  try {
    await run();
  } catch (error) {
    assert.instance(error, DeviceError);
    assert.is((error as DeviceError).kind, kind, String(error));
    return error as DeviceError;
  }
  throw new Error(`no DeviceError of kind ${kind}`);
}

const tick = (ms = 50) => new Promise((resolve) => setTimeout(resolve, ms));

test("a device carries its adapter's own limits and its numeric flags agree with WebGPU", () =>
  withDevice(async (device) => {
    assert.ok(["hardware", "system", "embedded"].includes(device.kind));
    assert.is(device.software, device.kind !== "hardware");
    assert.ok(device.description.length > 0);
    for (const [name, value] of Object.entries(device.limits)) {
      assert.ok(Number.isSafeInteger(value) && value > 0, name);
      assert.is(device.gpu.limits[name as keyof GPUSupportedLimits], value, name);
    }
    assert.ok(device.limits.maxStorageBuffersPerShaderStage >= 8);
    const buffer = device.gpu.createBuffer({ size: 16, usage: BufferUsage.STORAGE | BufferUsage.COPY_SRC });
    assert.is(buffer.usage, 0x84);
  }));

test("lowered limits are the record's and the device's, and cannot exceed the adapter's", async () => {
  const limits = { maxStorageBufferBindingSize: 2 ** 27, maxComputeWorkgroupsPerDimension: 7, minStorageBufferOffsetAlignment: 1024 };
  await withDevice(
    async (device) => {
      for (const [name, value] of Object.entries(limits)) assert.is(device.limits[name as keyof typeof limits], value);
      assert.is(device.gpu.limits.maxStorageBufferBindingSize, 2 ** 27);
    },
    { limits },
  );
  const error = await errorOf(() => openDevice({ limits: { maxBufferSize: 2 ** 50 } }), "limit");
  assert.match(error.message, /^limit maxBufferSize = 1125899906842624 is beyond the adapter's \d+/);
});

test("the caller's own device is wrapped, and stays the caller's", () =>
  withDevice(async (own) => {
    const device = await openDevice({ device: own.gpu, limits: { maxComputeWorkgroupsPerDimension: 9 } });
    assert.is(device.kind, "external");
    assert.is(device.gpu, own.gpu);
    assert.is(device.software, own.software);
    assert.is(device.limits.maxComputeWorkgroupsPerDimension, 9);
    assert.is(device.limits.maxBufferSize, own.limits.maxBufferSize);
    device.close();
    assert.is(device.isLost(), true);
    assert.is(own.isLost(), false);
    await withErrorScopes(own, "still usable", () => own.gpu.createBuffer({ size: 4, usage: BufferUsage.STORAGE }));
  }));

test("an error scope turns each kind of error into a DeviceError with its label", () =>
  withDevice(async (device) => {
    const { gpu } = device;
    assert.is(await withErrorScopes(device, "fine", () => 7), 7);
    const usage = BufferUsage.MAP_READ | BufferUsage.STORAGE;
    const bad = await errorOf(() => withErrorScopes(device, "conv1 weights", () => gpu.createBuffer({ size: 4, usage })), "validation");
    assert.match(bad.message, /^conv1 weights: /);
    const module = gpu.createShaderModule({ code: "@compute @workgroup_size(1) fn main() {}" });
    const compute = { module, entryPoint: "elsewhere" };
    const pipeline = () => gpu.createComputePipelineAsync({ layout: "auto", compute });
    assert.match(
      (await errorOf(() => withErrorScopes(device, "conv1 kernel", pipeline), "validation")).message,
      /^conv1 kernel: .*elsewhere/s,
    );
    const own = new TypeError("of the function itself");
    const thrown = await withErrorScopes(device, "x", () => Promise.reject(own)).catch((error: unknown) => error);
    assert.is(thrown, own);
    assert.equal(device.errors.messages, []);
  }));

test("an error that no scope catches is in the log, once", () =>
  withDevice(async (device) => {
    device.gpu.createBuffer({ size: 4, usage: BufferUsage.MAP_READ | BufferUsage.STORAGE });
    await tick();
    const taken = device.errors.take();
    assert.is(taken.length, 1);
    assert.match(taken[0], /MapRead/);
    assert.equal(device.errors.take(), []);
  }));

test("a lost device is an error that says so", () =>
  withDevice(async (device) => {
    assertAlive(device);
    assert.is(device.isLost(), false);
    device.gpu.destroy();
    assert.is((await device.lost).reason, "destroyed");
    assert.is(device.isLost(), true);
    const error = await errorOf(() => withErrorScopes(device, "train step", () => 1), "lost");
    assert.match(error.message, /^train step: the device was lost \(destroyed\)/);
  }));

test("a loss in the middle of the work is an error, too", () =>
  withDevice(async (device) => {
    const run = () => withErrorScopes(device, "train step", () => device.gpu.destroy());
    await errorOf(run, "lost");
  }));

test("closing twice is harmless, and a closed device is lost", async () => {
  const device = await openDevice();
  device.close();
  device.close();
  assert.equal(await device.lost, { reason: "closed", message: "close() was called" });
  assert.throws(() => assertAlive(device, "step"), /step: the device was lost \(closed\)/);
});

test("the measured ceilings are positive", () =>
  withDevice(async (device) => {
    const { gflops, gbps } = await measureCeilings(device);
    assert.ok(gflops > 0.1 && gflops < 1e6, String(gflops));
    assert.ok(gbps > 0.05 && gbps < 1e5, String(gbps));
    assert.equal(device.errors.messages, []);
  }));

test.run();
