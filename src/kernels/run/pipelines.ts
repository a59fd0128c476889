/** Compute pipelines by WGSL text: programs on one device share them, whatever their sizes. */
import type { Device } from "../../runtime/device.ts";
import { ShaderStage } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import type { Kernel } from "../lower/kernel.ts";

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

interface Cache {
  readonly pipelines: Map<string, Promise<Pipeline>>;
  readonly layouts: Map<string, GPUBindGroupLayout>;
}

const caches = new WeakMap<GPUDevice, Cache>();

function cacheOf(device: Device): Cache {
  const cache = caches.get(device.gpu) ?? { pipelines: new Map(), layouts: new Map() };
  caches.set(device.gpu, cache);
  return cache;
}

/** How many pipelines the device has compiled so far. */
export const pipelineCount = (device: Device): number => cacheOf(device).pipelines.size;

/** The kernel's pipeline; compilation starts at once and is shared with whoever asks for the same text. */
export function pipelineFor(device: Device, kernel: Kernel, program: string): Promise<Pipeline> {
  const cache = cacheOf(device);
  const found = cache.pipelines.get(kernel.code);
  if (found) return found;
  const made = create(device, kernel, program, cache);
  cache.pipelines.set(kernel.code, made);
  made.catch(() => cache.pipelines.delete(kernel.code));
  return made;
}

async function create(device: Device, kernel: Kernel, program: string, cache: Cache): Promise<Pipeline> {
  const kinds = kernel.bindings.map((binding) => (declaredRead(kernel.code, binding.index) ? "read-only-storage" : "storage"));
  const layout = layoutFor(device, kinds, cache);
  // A module that does not parse reports to the scope as well; what it says comes from the pipeline and the compilation info.
  device.gpu.pushErrorScope("validation");
  const module = device.gpu.createShaderModule({ label: kernel.label, code: kernel.code });
  void device.gpu.popErrorScope().catch(() => null);
  try {
    const pipeline = await device.gpu.createComputePipelineAsync({
      label: kernel.label,
      layout: device.gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
      compute: { module, entryPoint: "main" },
    });
    return { pipeline, layout };
  } catch (cause) {
    const { messages } = await module.getCompilationInfo().catch(() => ({ messages: [] }));
    const first = messages.find((message) => message.type === "error");
    const line = first ? ` (line ${first.lineNum}: ${kernel.code.split("\n")[first.lineNum - 1]?.trim()})` : "";
    throw new ProgramError(
      `program "${program}": ${kernel.label} does not compile: ${first?.message ?? (cause instanceof Error ? cause.message : cause)}${line}`,
      { cause },
    );
  }
}

const declaredRead = (code: string, index: number): boolean => code.includes(`@group(0) @binding(${index}) var<storage, read>`);

function layoutFor(device: Device, kinds: readonly GPUBufferBindingType[], cache: Cache): GPUBindGroupLayout {
  const key = kinds.join();
  const found = cache.layouts.get(key);
  if (found) return found;
  const visibility = ShaderStage.COMPUTE;
  const storages = kinds.map((type, i): GPUBindGroupLayoutEntry => ({ binding: i + 1, visibility, buffer: { type } }));
  const layout = device.gpu.createBindGroupLayout({ entries: [{ binding: 0, visibility, buffer: { type: "uniform" } }, ...storages] });
  cache.layouts.set(key, layout);
  return layout;
}
