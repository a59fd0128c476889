/** `openDevice` in a browser. */

import { parseDebug } from "./debug.ts";
import { type Device, DeviceError, isSoftware, type OpenOptions, openUntil, requestDevice, wrapExternal } from "./device.ts";
import { requestAdapter } from "./request.ts";

/**
 * Opens the browser's own adapter. `adapter: "hardware"` refuses a software one; "system" and "embedded" exist only in Node.
 * @throws DeviceError of kind "adapter" where there is no WebGPU or no adapter; of kind "option" where `debug` is not understood.
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  const debug = parseDebug(options.debug ?? "", "debug");
  return openUntil(options.until, async () => ({ ...(await open(options)), debug }));
}

async function open(options: OpenOptions): Promise<Device> {
  if (options.device) return wrapExternal(options.device, options.limits);
  const { adapter: wanted } = options;
  if (wanted && wanted !== "hardware")
    throw new DeviceError("adapter", `adapter "${wanted}" exists only in Node; a browser brings its own`);
  const gpu = typeof navigator === "undefined" ? undefined : navigator.gpu;
  if (!gpu) {
    throw new DeviceError(
      "adapter",
      "this browser has no WebGPU (navigator.gpu is missing): it needs a recent one, and https or localhost",
    );
  }
  return openFrom(gpu, options).catch((failure: unknown) => {
    // Chromium starts its GPU process anew at times; an adapter of the old one then refuses a device, one of the new one does not.
    if (!/Instance/.test(failure instanceof Error ? failure.message : "")) throw failure;
    return openFrom(gpu, options);
  });
}

async function openFrom(gpu: GPU, { adapter: wanted, limits }: OpenOptions): Promise<Device> {
  const adapter = await requestAdapter(() => gpu, { powerPreference: "high-performance" });
  if (!adapter) throw new DeviceError("adapter", "the browser found no WebGPU adapter");
  if (wanted === "hardware" && isSoftware(adapter.info)) {
    throw new DeviceError("adapter", `the browser's adapter is a software one (${adapter.info.description || adapter.info.architecture})`);
  }
  return requestDevice(adapter, "browser", limits);
}
