/** Where a program's time goes: every kernel in a pass of its own, between two timestamps of the GPU. */
import { BufferUsage, type Device, withErrorScopes } from "../../runtime/device.ts";
import type { Ceilings } from "../../runtime/measure.ts";
import type { Kernel } from "../lower/kernel.ts";
import { bytesTouched } from "../memory/bytes.ts";
import { readBuffers } from "./readback.ts";
import { kindOf, type KernelReport } from "../compile/report.ts";
import { type Compiled, encodeKernel } from "./submit.ts";

export interface KernelTime {
  readonly index: number;
  /** Op and path. */
  readonly label: string;
  readonly kind: KernelReport["kind"];
  readonly variant: string;
  /** Median over the runs. */
  readonly milliseconds: number;
  readonly flops: number;
  /** Bytes of all tensors that it touches, each once. */
  readonly bytes: number;
  readonly gflops: number;
  readonly gbps: number;
}

/** How near a kernel is to what bounds it: the larger of its two shares of the ceilings. Above 1: its data came out of a cache. */
export function shareOfCeiling(
  { gflops, gbps }: Pick<KernelTime, "gflops" | "gbps">,
  ceilings: Ceilings,
): {
  readonly share: number;
  readonly bound: "arithmetic" | "memory";
} {
  const [arithmetic, memory] = [gflops / ceilings.gflops, gbps / ceilings.gbps];
  return arithmetic >= memory ? { share: arithmetic, bound: "arithmetic" } : { share: memory, bound: "memory" };
}

/** WebGPU's limit on the queries of one set. */
const MOST_QUERIES = 4096;

/**
 * Runs the program `runs` times on its last feeds, kernel by kernel, and takes each kernel's median. These are runs like any other: updates
 * happen. Passes of their own cost a little more than one common pass, so that the sum is an upper bound of a run. Without the feature
 * `timestamp-query` each kernel is waited for, and the times hold the way to the device and back.
 */
export async function profileProgram(device: Device, compiled: Compiled, runs = 5): Promise<KernelTime[]> {
  const { kernels } = compiled.prepared;
  const samples: number[][] = kernels.map(() => []);
  const measure = device.features.has("timestamp-query") ? byTimestamps : byWaiting;
  for (let run = 0; run < runs; run++) (await measure(device, compiled)).forEach((time, i) => samples[i].push(time));
  return kernels.map((kernel, index) => rowOf(kernel, index, median(samples[index])));
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

function rowOf(kernel: Kernel, index: number, milliseconds: number): KernelTime {
  const { label, variant, flops } = kernel;
  const bytes = bytesTouched(kernel);
  const perSecond = (amount: number): number => (milliseconds > 0 ? amount / milliseconds / 1e6 : 0);
  return {
    index,
    label,
    kind: kindOf(kernel.group),
    variant,
    milliseconds,
    flops,
    bytes,
    gflops: perSecond(flops),
    gbps: perSecond(bytes),
  };
}

const whatOf = ({ prepared }: Compiled): string => `profile of program "${prepared.spec.name}"`;

async function byTimestamps(device: Device, compiled: Compiled): Promise<number[]> {
  const { gpu } = device;
  const count = compiled.prepared.kernels.length;
  const times: number[] = [];
  for (let from = 0; from < count; from += MOST_QUERIES / 2) {
    const part = Math.min(MOST_QUERIES / 2, count - from);
    const querySet = gpu.createQuerySet({ type: "timestamp", count: 2 * part });
    const usage = BufferUsage.QUERY_RESOLVE | BufferUsage.COPY_SRC;
    const resolved = gpu.createBuffer({ label: "timestamps", size: 16 * part, usage });
    const encoder = gpu.createCommandEncoder({ label: "profile" });
    for (let i = 0; i < part; i++) {
      const timestampWrites = { querySet, beginningOfPassWriteIndex: 2 * i, endOfPassWriteIndex: 2 * i + 1 };
      const pass = encoder.beginComputePass({ timestampWrites });
      encodeKernel(device, compiled, pass, from + i);
      pass.end();
    }
    encoder.resolveQuerySet(querySet, 0, 2 * part, resolved, 0);
    await withErrorScopes(device, whatOf(compiled), () => gpu.queue.submit([encoder.finish()]));
    const stamps = new BigUint64Array(await readBuffers(device, [{ buffer: resolved, offset: 0, size: 16 * part }], "timestamps"));
    for (let i = 0; i < part; i++) times.push(Math.max(0, Number(stamps[2 * i + 1] - stamps[2 * i])) / 1e6);
    querySet.destroy();
    resolved.destroy();
  }
  return times;
}

async function byWaiting(device: Device, compiled: Compiled): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < compiled.prepared.kernels.length; i++) {
    const encoder = device.gpu.createCommandEncoder({ label: "profile" });
    const pass = encoder.beginComputePass();
    encodeKernel(device, compiled, pass, i);
    pass.end();
    const begin = performance.now();
    const taken = withErrorScopes(device, whatOf(compiled), () => device.gpu.queue.submit([encoder.finish()]));
    const done = device.idle().then(() => performance.now());
    const [, end] = await Promise.all([taken, done]);
    times.push(end - begin);
  }
  return times;
}
