/**
 * A WebGPU device as the rest of the house sees it: its limits, its errors, its loss. The same in Node and in a browser;
 * node.ts and browser.ts find the adapter, reached as `import { openDevice } from "#open-device"`.
 */

import type { Debug } from "./debug.ts";
import { DeviceError, type Loss } from "./errors.ts";
import { createWait, type Wait } from "./wait.ts";

export { assertAlive, DeviceError, type DeviceErrorKind, type Loss, withErrorScopes } from "./errors.ts";

/** Numeric flags of the WebGPU specification: Node has no such globals. */
export const BufferUsage = {
  MAP_READ: 0x1,
  MAP_WRITE: 0x2,
  COPY_SRC: 0x4,
  COPY_DST: 0x8,
  UNIFORM: 0x40,
  STORAGE: 0x80,
  INDIRECT: 0x100,
  QUERY_RESOLVE: 0x200,
} as const;
export const MapMode = { READ: 0x1, WRITE: 0x2 } as const;
export const ShaderStage = { COMPUTE: 0x4 } as const;

/** hardware: a GPU; system: a software adapter of the machine; embedded: SwiftShader from npm; external: the caller's own device. */
export type AdapterKind = "hardware" | "system" | "embedded";
export type DeviceKind = AdapterKind | "browser" | "external";

const LIMIT_NAMES = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxUniformBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
  "minStorageBufferOffsetAlignment",
  "minUniformBufferOffsetAlignment",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Sizes in bytes, counts without unit; WebGPU's names. */
export type DeviceLimits = Readonly<Record<(typeof LIMIT_NAMES)[number], number>>;

/** What every WebGPU device has: the defaults of the specification, "Limits". For plans without a device. */
export const GUARANTEED_LIMITS: DeviceLimits = {
  maxBufferSize: 256 * 2 ** 20,
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxUniformBufferBindingSize: 65536,
  maxStorageBuffersPerShaderStage: 8,
  maxComputeWorkgroupsPerDimension: 65535,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupSizeX: 256,
  maxComputeWorkgroupSizeY: 256,
  maxComputeWorkgroupSizeZ: 64,
  minStorageBufferOffsetAlignment: 256,
  minUniformBufferOffsetAlignment: 256,
};

const FEATURES = ["timestamp-query", "subgroups", "shader-f16"] as const;

export interface OpenOptions {
  /** Takes only this kind of adapter. Beats the environment variable INTARSIA_ADAPTER. */
  readonly adapter?: AdapterKind;
  /** Pretends that the adapter has less: for tests. A limit above the adapter's own is an error. */
  readonly limits?: Partial<DeviceLimits>;
  /** Wraps the caller's own device, which `close()` then leaves alone. */
  readonly device?: GPUDevice;
  /** Closes the device when it is aborted: calls that are open end with a DeviceError. A worker thread of Node has to say it (docs/threads.md). */
  readonly until?: AbortSignal;
  /** Prints the plan or the profile of every program: "plan", "profile=20:critic" (debug.ts). Beats the environment variable INTARSIA_DEBUG. */
  readonly debug?: string;
}

export interface DeviceInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
}

/** Errors that no scope caught, oldest first. Nothing is ever silently zero: whoever submits work asks `take()` afterwards. */
export interface ErrorLog {
  readonly messages: readonly string[];
  /** Returns the messages and forgets them. */
  take(): readonly string[];
}

export interface Device {
  readonly gpu: GPUDevice;
  readonly kind: DeviceKind;
  /** True where a CPU does the work. */
  readonly software: boolean;
  /** False where a loop within a loop is slow: SwiftShader. */
  readonly nestsLoops: boolean;
  /** One line for people: name and driver. */
  readonly description: string;
  readonly info: DeviceInfo;
  readonly limits: DeviceLimits;
  readonly features: ReadonlySet<string>;
  readonly errors: ErrorLog;
  /** What programs are asked to print; null: nothing. */
  readonly debug: Debug | null;
  /** How to wait for a promise of the GPU without keeping a core busy. */
  readonly wait: Wait;
  /** Resolves when the device is lost or closed, and otherwise never. */
  readonly lost: Promise<Loss>;
  /** Resolves when all that was submitted so far is done. Leaves the cores to a software adapter meanwhile. */
  idle(): Promise<void>;
  isLost(): boolean;
  /** Why the device is gone; undefined while it lives. */
  loss(): Loss | undefined;
  /** Frees everything on the device, so that Node can exit. Twice is harmless. */
  close(): void;
}

/** What the compiler looks at: of a device, or of one that is assumed. */
export type DeviceTraits = Pick<Device, "limits" | "software"> & Partial<Pick<Device, "nestsLoops">>;

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b/i;

/** True for an adapter that is a CPU in disguise. */
export function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

/** Opens a device that `until`, if there is one, closes. */
export async function openUntil(until: AbortSignal | undefined, open: () => Promise<Device>): Promise<Device> {
  until?.throwIfAborted();
  const device = await open();
  if (until?.aborted) device.close();
  until?.throwIfAborted();
  const close = (): void => device.close();
  until?.addEventListener("abort", close, { once: true });
  // Neither a signal that lives on nor its listeners keep a device that is gone.
  void device.lost.then(() => until?.removeEventListener("abort", close));
  return device;
}

/** Opens a device on `adapter` with the adapter's own limits, or the lower ones asked for, and the features that kernels can use. */
export async function requestDevice(adapter: GPUAdapter, kind: DeviceKind, lowered: Partial<DeviceLimits> = {}): Promise<Device> {
  const limits = lowerLimits(readLimits(adapter.limits), lowered);
  const requiredFeatures = FEATURES.filter((feature) => adapter.features.has(feature));
  try {
    const gpu = await adapter.requestDevice({ label: "intarsia", requiredFeatures, requiredLimits: { ...limits } });
    return wrapDevice(gpu, kind, limits, adapter.info);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new DeviceError("adapter", `the adapter ${describe(adapter.info)} refused a device: ${message}`, { cause });
  }
}

/** Wraps a device of the caller's own, with kind "external". */
export function wrapExternal(gpu: GPUDevice, lowered: Partial<DeviceLimits> = {}): Device {
  return wrapDevice(gpu, "external", lowerLimits(readLimits(gpu.limits), lowered), gpu.adapterInfo);
}

function wrapDevice(gpu: GPUDevice, kind: DeviceKind, limits: DeviceLimits, from: GPUAdapterInfo): Device {
  const { vendor, architecture, device, description } = from;
  let loss: Loss | undefined;
  const lost = gpu.lost.then(({ reason, message }): Loss => {
    loss ??= { reason, message };
    return loss;
  });
  const log = createErrorLog();
  const wait = createWait();
  const listen = (event: GPUUncapturedErrorEvent) => {
    if (kind !== "external") event.preventDefault();
    log.add(event.error.message);
  };
  gpu.addEventListener("uncapturederror", listen);
  return {
    gpu,
    kind,
    software: isSoftware(from),
    nestsLoops: !/swiftshader/i.test(`${vendor} ${architecture} ${device} ${description}`),
    description: describe(from),
    info: { vendor, architecture, device, description },
    limits,
    features: new Set(gpu.features),
    errors: log,
    debug: null,
    wait,
    lost,
    async idle() {
      await wait(gpu.queue.onSubmittedWorkDone());
    },
    isLost: () => loss !== undefined,
    loss: () => loss,
    close() {
      gpu.removeEventListener("uncapturederror", listen);
      loss ??= { reason: "closed", message: "close() was called" };
      if (kind !== "external") gpu.destroy();
    },
  };
}

const LOG_LENGTH = 100;

function createErrorLog(): ErrorLog & { add(message: string): void } {
  let messages: string[] = [];
  return {
    get messages() {
      return messages;
    },
    add(message) {
      if (messages.length < LOG_LENGTH) messages.push(message);
    },
    take() {
      const taken = messages;
      messages = [];
      return taken;
    },
  };
}

function readLimits(from: GPUSupportedLimits): DeviceLimits {
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, from[name]])) as Record<(typeof LIMIT_NAMES)[number], number>;
}

/** A limit `max…` may only go down, an alignment `min…` only up. */
function lowerLimits(own: DeviceLimits, lowered: Partial<DeviceLimits>): DeviceLimits {
  const limits = { ...own };
  for (const name of LIMIT_NAMES) {
    const value = lowered[name];
    if (value === undefined) continue;
    const fits = name.startsWith("min") ? value >= own[name] : value <= own[name];
    if (!fits) throw new DeviceError("limit", `limit ${name} = ${value} is beyond the adapter's ${own[name]}`);
    limits[name] = value;
  }
  return limits;
}

/** Name and driver; of a software adapter the driver says it all. */
function describe(info: GPUAdapterInfo): string {
  const name = info.device || info.architecture || info.vendor || "unnamed adapter";
  if (!info.description) return name;
  return isSoftware(info) ? info.description : `${name} (${info.description})`;
}
