/** Where a program's time goes: every kernel in a pass of its own, between two timestamps of the GPU. */
import { BufferUsage, type Device, withErrorScopes } from "../../runtime/device.ts";
import { type KernelTime, kernelTimes, timesText } from "../compile/times.ts";
import { readBuffers } from "./readback.ts";
import { type Compiled, encodeKernel } from "./submit.ts";

/**
 * Runs the program `runs` times on its last feeds, kernel by kernel, and takes each kernel's median. These are runs like any other: updates
 * happen. Passes of their own cost a little more than one common pass, so that the sum is an upper bound of a run.
 */
export async function profileProgram(device: Device, compiled: Compiled, runs = 5): Promise<KernelTime[]> {
  const times: number[][] = [];
  for (let run = 0; run < runs; run++) times.push(await timeKernels(device, compiled));
  return kernelTimes(compiled.prepared.kernels, times);
}

/**
 * Runs the program once: milliseconds of each kernel. Without the feature `timestamp-query` each kernel is waited for, and the times hold the
 * way to the device and back.
 */
export const timeKernels = (device: Device, compiled: Compiled): Promise<number[]> =>
  (device.features.has("timestamp-query") ? byTimestamps : byWaiting)(device, compiled);

/** The profile that `device.debug` asks for: the program's own first runs are timed. */
export interface DebugProfile {
  /** Are there runs left to time? */
  wantsMore(): boolean;
  /** Takes the times of a run; prints after the last one. */
  add(times: readonly number[]): void;
  /** Prints what there is, unless that was printed or there is nothing. */
  print(): void;
}

/** null: nobody asks. It prints at the latest when the device is closed. */
export function createDebugProfile({ debug, lost }: Device, { prepared }: Compiled): DebugProfile | null {
  const { name } = prepared.spec;
  const wanted = debug?.profiledRuns(name) ?? 0;
  if (!debug || wanted === 0) return null;
  const runs: (readonly number[])[] = [];
  let isPrinted = false;
  const print = (): void => {
    if (isPrinted || runs.length === 0) return;
    isPrinted = true;
    // Drivers compile at the first dispatch: the first run counts only where it is the only one.
    const later = runs.slice(1);
    const what = later.length > 0 ? `medians of ${later.length} runs after the first` : "its first run, in which drivers compile";
    debug.print(`profile of program "${name}": ${what}\n${timesText(kernelTimes(prepared.kernels, later.length > 0 ? later : runs))}`);
  };
  void lost.then(print);
  return {
    wantsMore: () => !isPrinted && runs.length < wanted,
    add(times) {
      runs.push(times);
      if (runs.length === wanted) print();
    },
    print,
  };
}

/** WebGPU's limit on the queries of one set. */
const MOST_QUERIES = 4096;

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
    await withErrorScopes(device, labelOf(compiled), () => gpu.queue.submit([encoder.finish()]));
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
    const taken = withErrorScopes(device, labelOf(compiled), () => device.gpu.queue.submit([encoder.finish()]));
    const done = device.idle().then(() => performance.now());
    const [, end] = await Promise.all([taken, done]);
    times.push(end - begin);
  }
  return times;
}

const labelOf = ({ prepared }: Compiled): string => `profile of program "${prepared.spec.name}"`;
