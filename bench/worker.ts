/**
 * One library, one workload, one process: the first call, then calls until the time is up, reported to the parent while they
 * go on, so that whatever was measured before a timeout counts. A call ends when the queue says that its work is done: nothing is read back.
 */
import { UserError, messageOf } from "../src/data/errors.ts";
import { type AdapterKind, type Ceilings, DeviceError, measureCeilings, openDevice } from "../src/runtime/index.ts";
import { openIntarsia } from "./libraries/intarsia.ts";
import { openJax } from "./libraries/jax.ts";
import type { Library, LibraryName, Open } from "./libraries/library.ts";
import { openTfjs } from "./libraries/tfjs.ts";
import { fillAll } from "./tensors.ts";
import type { Named } from "./workload.ts";
import { findWorkload } from "./workloads/index.ts";

export interface Job {
  readonly library: LibraryName;
  readonly workload: string;
  readonly adapter: AdapterKind;
  /** Milliseconds after which no further call begins; 0 for the first call alone. */
  readonly steadyMs: number;
  readonly maxCalls: number;
  /** Whether ours measures the adapter's ceilings afterwards. */
  readonly ceilings: boolean;
}

/** Wall-clock milliseconds, and those of all the process's threads, which on a software adapter do the work. */
export interface Lap {
  readonly ms: number;
  readonly cpuMs: number;
}

export type Report =
  | { readonly kind: "probe"; readonly adapter: AdapterKind; readonly description: string }
  | { readonly kind: "first"; readonly lap: Lap; readonly outputs: Named<Float32Array>; readonly adapter: string }
  | { readonly kind: "calls"; readonly laps: readonly Lap[] }
  | { readonly kind: "end"; readonly bytes: number; readonly plannedBytes?: number; readonly ceilings?: Ceilings }
  | { readonly kind: "failed"; readonly message: string; readonly user: boolean };

const OPEN: Readonly<Record<Exclude<LibraryName, "intarsia">, Open>> = { tfjs: openTfjs, jax: openJax };

const tell = (report: Report): Promise<void> =>
  new Promise((resolve, reject) => process.send?.(report, undefined, undefined, (error) => (error ? reject(error) : resolve())));

/** Calls are told together: the parent's work on a report would run beside the next call, which a short one would feel. */
const TELL_MS = 250;

async function time<T>(work: () => Promise<T>): Promise<[result: T, lap: Lap]> {
  const cpu = process.cpuUsage();
  const begin = performance.now();
  const result = await work();
  const ms = performance.now() - begin;
  const { user, system } = process.cpuUsage(cpu);
  return [result, { ms, cpuMs: (user + system) / 1000 }];
}

interface Bytes {
  readonly bytes: number;
  readonly plannedBytes?: number;
}

async function measure(library: Library, { workload: name, steadyMs, maxCalls }: Job): Promise<Bytes> {
  const workload = findWorkload(name);
  const tensors = library.prepare(workload, fillAll(workload.tensors()));
  const [{ outputs, plannedBytes, call }, first] = await time(() => library.first(workload, tensors));
  const { description, device } = library.gpu.adapterInfo;
  await tell({ kind: "first", lap: first, outputs, adapter: `${description} ${device}`.trim() });
  const begin = performance.now();
  let told = begin;
  let laps: Lap[] = [];
  for (let calls = 0; calls < maxCalls && performance.now() - begin < steadyMs; calls++) {
    const [, lap] = await time(async () => {
      await call();
      await library.idle();
    });
    laps.push(lap);
    if (performance.now() - told < TELL_MS) continue;
    await tell({ kind: "calls", laps });
    [laps, told] = [[], performance.now()];
  }
  await tell({ kind: "calls", laps });
  if (library.problems.length > 0) throw new Error(`the device reports: ${library.problems[0]}`);
  return { bytes: library.counter.peak(), plannedBytes };
}

async function work(job: Job): Promise<void> {
  if (job.library !== "intarsia") {
    await tell({ kind: "end", ...(await measure(await OPEN[job.library](job.adapter), job)) });
    return;
  }
  const library = await openIntarsia(job.adapter);
  const bytes = await measure(library, job);
  await tell({ kind: "end", ...bytes, ceilings: job.ceilings ? await measureCeilings(library.device) : undefined });
}

async function probe(adapter: AdapterKind | undefined): Promise<void> {
  const { kind, description } = await openDevice({ adapter });
  await tell({ kind: "probe", adapter: kind as AdapterKind, description });
}

// Nobody listens any more: the bench was ended.
process.once("disconnect", () => process.exit(1));

process.once("message", (job: Job | { readonly probe: AdapterKind | undefined }) => {
  const done = "probe" in job ? probe(job.probe) : work(job);
  done
    .catch((error: unknown) => {
      const user = error instanceof UserError || (error instanceof DeviceError && error.kind === "adapter");
      return tell({ kind: "failed", message: messageOf(error).split("\n")[0], user });
    })
    // Peers keep their device open, and Node with it.
    .finally(() => process.exit(0));
});
