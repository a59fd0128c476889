/** A program's kernels as commands: in one submit or several, and one by one to find what a driver refuses. */
import type { Device } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Prepared } from "../compile/prepare.ts";
import type { Verdict } from "./refusals.ts";
import type { Resources } from "./resources.ts";
import type { Store } from "./store.ts";

/** Operating systems reset a GPU that does not answer for about 2 s; the slowest GPUs reach about a teraflop per second. */
export const HARDWARE_FLOPS_PER_SUBMIT = 1e12;

export interface Compiled {
  readonly prepared: Prepared;
  readonly store: Store;
  readonly resources: Resources;
  readonly pipelines: readonly Pipeline[];
  readonly groups: readonly GPUBindGroup[];
}

/** [first, last) kernels of each submit. */
export function splitBySubmit({ kernels }: Prepared, most: number): [number, number][] {
  const parts: [number, number][] = [];
  let [from, work] = [0, 0];
  for (const [i, kernel] of kernels.entries()) {
    if (i > from && work + kernel.flops > most) {
      parts.push([from, i]);
      [from, work] = [i, 0];
    }
    work += kernel.flops;
  }
  if (kernels.length > from) parts.push([from, kernels.length]);
  return parts;
}

/** Hands `upload` and kernels `from` to `to` to the device, now. What the driver refuses of it is the verdict. */
export function submit(device: Device, compiled: Compiled, from: number, to: number, what: string, upload: () => void): Verdict {
  const { gpu } = device;
  gpu.pushErrorScope("out-of-memory");
  gpu.pushErrorScope("validation");
  let scopes: readonly Promise<GPUError | null>[] = [];
  try {
    upload();
    if (to > from) gpu.queue.submit([encode(device, compiled, from, to, what, true)]);
  } finally {
    scopes = [gpu.popErrorScope(), gpu.popErrorScope()];
  }
  return verdictOf(scopes, what, (refused) => findRefused(device, compiled, from, to, what, refused));
}

async function verdictOf(scopes: readonly Promise<GPUError | null>[], what: string, find: (refused: GPUError) => Verdict): Verdict {
  // A lost device answers nothing: those who wait for it check that themselves.
  const [refused, memory] = await Promise.all(scopes.map((scope) => scope.catch(() => null)));
  if (refused) return find(refused);
  return memory && new ProgramError(`${what}: ${memory.message}`);
}

/** Kernels `from` to `to` as commands; without `work`, each is dispatched over no workgroups: all is checked and nothing is done. */
function encode(device: Device, compiled: Compiled, from: number, to: number, name: string, work: boolean) {
  const encoder = device.gpu.createCommandEncoder({ label: name });
  const pass = encoder.beginComputePass({ label: name });
  for (let i = from; i < to; i++) encodeKernel(device, compiled, pass, i, work);
  pass.end();
  return encoder.finish();
}

/** One kernel's dispatch, folded into two dimensions where one cannot hold it. */
export function encodeKernel(
  device: Device,
  { prepared, pipelines, groups }: Compiled,
  pass: GPUComputePassEncoder,
  i: number,
  work = true,
) {
  const { workgroups } = prepared.kernels[i];
  const most = device.limits.maxComputeWorkgroupsPerDimension;
  pass.setPipeline(pipelines[i].pipeline);
  pass.setBindGroup(0, groups[i]);
  if (work) pass.dispatchWorkgroups(Math.min(workgroups, most), Math.ceil(workgroups / most));
  else pass.dispatchWorkgroups(0);
}

/** Checks the kernels of a refused submit one by one, to say which of them the driver refuses. */
async function findRefused(
  device: Device,
  compiled: Compiled,
  from: number,
  to: number,
  what: string,
  refused: GPUError,
): Promise<ProgramError> {
  for (let i = from; i < to; i++) {
    device.gpu.pushErrorScope("validation");
    encode(device, compiled, i, i + 1, what, true);
    device.gpu.queue.submit([encode(device, compiled, i, i + 1, what, false)]);
    const error = await device.gpu.popErrorScope().catch(() => null);
    if (error) return new ProgramError(`${what}, kernel ${i} (${compiled.prepared.kernels[i].label}): ${error.message}`);
  }
  return new ProgramError(`${what} was refused as a whole, though each of its kernels passes alone: ${refused.message}`);
}
