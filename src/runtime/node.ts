/**
 * `openDevice` in Node, through Dawn (npm package `webgpu`). Order: a GPU, else a software adapter of the system, else the embedded one.
 * Facts tried with webgpu 0.6.2: the object from `create()` must stay referenced, or Node dies with a segfault when it is collected;
 * an instance that has found nothing stays empty; Dawn loads Vulkan by the name `libvulkan.so.1`, so one already in the process serves;
 * each instance reads `VK_ICD_FILENAMES` anew, so system and embedded adapters can live in one process, in any order.
 */

import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { isMainThread } from "node:worker_threads";
import { parseDebug } from "./debug.ts";
import {
  type AdapterKind,
  type Device,
  DeviceError,
  isSoftware,
  type OpenOptions,
  openUntil,
  requestDevice,
  wrapExternal,
} from "./device.ts";
import { hasVulkanDriver } from "./drivers/node.ts";
import { unpack } from "./embedded/node.ts";
import { requestAdapter } from "./request.ts";

export const ADAPTER_KINDS: readonly AdapterKind[] = ["hardware", "system", "embedded"];
export const ADAPTER_VARIABLE = "INTARSIA_ADAPTER";
export const DEBUG_VARIABLE = "INTARSIA_DEBUG";

const instances: GPU[] = [];
let around: <T>(call: () => T) => T = (call) => call();
let queue: Promise<unknown> = Promise.resolve();

/**
 * Dawn's binding ends the whole process when a thread ends while one of its promises is open, and nothing of a thread's own runs when it is
 * terminated. So a thread has to have a way of ending by itself.
 */
function checkThread({ until, device }: OpenOptions): void {
  if (isMainThread || until || device) return;
  throw new DeviceError(
    "adapter",
    "a worker thread that is terminated in the middle of a call would end the whole process: give openDevice an `until: AbortSignal` that closes the device, and let the thread end by itself (docs/threads.md)",
  );
}

/**
 * Opens the best adapter, or the one kind that `options.adapter` or the environment variable INTARSIA_ADAPTER names (the option wins).
 * INTARSIA_DEBUG is what `options.debug` is where that is left out.
 * @throws DeviceError of kind "adapter": none found (the message says why, kind by kind), an unknown name, or a worker thread without `until`;
 * of kind "limit": one was to be raised; of kind "option": `debug` or INTARSIA_DEBUG is not understood.
 */
export async function openDevice(options: OpenOptions = {}): Promise<Device> {
  checkThread(options);
  const debug =
    options.debug === undefined ? parseDebug(process.env[DEBUG_VARIABLE] ?? "", DEBUG_VARIABLE) : parseDebug(options.debug, "debug");
  return openUntil(options.until, async () => ({ ...(await open(options)), debug }));
}

async function open(options: OpenOptions): Promise<Device> {
  if (options.device) return wrapExternal(options.device, options.limits);
  const wanted = wantedKind(options);
  const reasons: string[] = [];
  const seen: Seen = {};
  for (const kind of wanted ? [wanted] : ADAPTER_KINDS) {
    try {
      return await openKind(kind, options, seen);
    } catch (error) {
      if (!(error instanceof DeviceError && error.kind === "adapter")) throw error;
      reasons.push(`${kind}: ${error.message}`);
    }
  }
  throw new DeviceError("adapter", `no WebGPU adapter: ${reasons.join("; ")}`);
}

/** What one search for a device has seen already, so that the next kind need not ask again. */
export interface Seen {
  best?: Promise<GPUAdapter | null>;
}

/** Opens an adapter of just this kind. Searches run one after another, since they set process-wide environment variables. */
export function openKind(kind: AdapterKind, options: Pick<OpenOptions, "limits"> = {}, seen: Seen = {}): Promise<Device> {
  const opened = queue.then(async () => {
    const adapter = await FIND[kind](seen);
    return requestDevice(adapter, kind, options.limits);
  });
  queue = opened.catch(() => undefined);
  return opened;
}

/** From now on `wrap` runs the synchronous calls in which Dawn may write to standard error by itself. */
export function wrapDawn(wrap: <T>(call: () => T) => T): void {
  around = wrap;
}

/** The kind that the caller or the environment asks for; undefined for the best. */
export function wantedKind(options: Pick<OpenOptions, "adapter"> = {}): AdapterKind | undefined {
  const name = options.adapter ?? (process.env[ADAPTER_VARIABLE] || undefined);
  if (name === undefined) return undefined;
  const kind = ADAPTER_KINDS.find((known) => known === name);
  if (kind) return kind;
  const where = options.adapter === undefined ? `${ADAPTER_VARIABLE}=${name}` : `adapter "${name}"`;
  throw new DeviceError("adapter", `${where} is unknown; the kinds are ${ADAPTER_KINDS.join(", ")}`);
}

/** Puts WebGPU where a page has it, for other libraries: its classes and flags as globals, and a `navigator.gpu` with this kind of adapter. */
export async function installNavigator(kind: AdapterKind): Promise<void> {
  const { globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = {
    requestAdapter: () => {
      const found = queue.then(() => FIND[kind]({}));
      queue = found.catch(() => undefined);
      return found;
    },
    getPreferredCanvasFormat: (): GPUTextureFormat => "bgra8unorm",
    wgslLanguageFeatures: new Set<string>(),
  };
  Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "node" }, configurable: true });
}

const FIND: Readonly<Record<AdapterKind, (seen: Seen) => Promise<GPUAdapter>>> = {
  async hardware(seen) {
    const adapter = await findBest(seen);
    if (!adapter) throw new DeviceError("adapter", "no GPU with a working Vulkan, Metal or Direct3D 12 driver");
    if (isSoftware(adapter.info)) throw new DeviceError("adapter", `no GPU: the machine's best is ${adapter.info.description}`);
    return adapter;
  },
  async system(seen) {
    const best = await findBest(seen);
    const adapter = best && !isSoftware(best.info) ? await search({ flags: ["adapter=llvmpipe"] }) : best;
    if (!adapter) throw new DeviceError("adapter", "no software Vulkan driver that Dawn accepts (such as Mesa's lavapipe, 23 or newer)");
    return adapter;
  },
  async embedded() {
    const folder = await unpack("swiftshader");
    loadLibrary(join(folder, "libvulkan.so.1"));
    const manifest = join(folder, "vk_swiftshader_icd.json");
    const adapter = await search({ variables: { VK_ICD_FILENAMES: manifest, VK_DRIVER_FILES: manifest } });
    if (adapter && /swiftshader/i.test(`${adapter.info.architecture} ${adapter.info.description}`)) return adapter;
    // A thread's process.env is a copy, which Dawn does not see.
    const how = isMainThread ? "" : ": start the worker thread with { env: SHARE_ENV }";
    throw new DeviceError("adapter", `SwiftShader is unpacked in ${folder}, but Dawn does not find it${how}`);
  },
};

/** The best adapter of the machine's own drivers. Dawn is not asked where there is none: it would only complain on standard error. */
function findBest(seen: Seen): Promise<GPUAdapter | null> {
  seen.best ??= hasVulkanDriver().then((any) => (any ? search() : null));
  return seen.best;
}

interface Search {
  /** Dawn's own settings, such as `adapter=NAME`: its forceFallbackAdapter knows SwiftShader alone. */
  readonly flags?: string[];
  /** Environment variables that hold meanwhile. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** The best adapter that new Dawn instances find, or null. */
async function search({ flags = [], variables = {} }: Search = {}): Promise<GPUAdapter | null> {
  const create = await loadDawn();
  const source = () => {
    const gpu = create(flags);
    instances.push(gpu);
    return { requestAdapter: (options?: GPURequestAdapterOptions) => around(() => gpu.requestAdapter(options)) };
  };
  // Mesa's lavapipe wants XDG_RUNTIME_DIR, which a container does not set.
  const runtime = { XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR || tmpdir() };
  return withEnvironment({ ...runtime, ...variables }, () => requestAdapter(source, { powerPreference: "high-performance" }));
}

async function loadDawn(): Promise<(options: string[]) => GPU> {
  try {
    return (await import("webgpu")).create;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException | null)?.code === "ERR_MODULE_NOT_FOUND")
      throw new DeviceError("adapter", "the npm package webgpu, which carries Dawn, is not installed: npm install webgpu", { cause });
    const message = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new DeviceError("adapter", `the npm package webgpu does not load on ${process.platform} ${process.arch}: ${message}`, { cause });
  }
}

/** Loads a shared library for good, so that Dawn finds it by its name. Node's complaint that it is no addon is expected. */
function loadLibrary(path: string): void {
  const RTLD_NODELETE = 0x1000;
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (message.includes("did not self-register")) return;
    throw new DeviceError("adapter", `cannot load ${path}: ${message}; if its file system forbids it, set TMPDIR to another place`, {
      cause,
    });
  }
}

async function withEnvironment<T>(variables: Readonly<Record<string, string>>, run: () => Promise<T>): Promise<T> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
