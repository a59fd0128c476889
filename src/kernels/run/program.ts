/** A compiled computation: one encoder, one compute pass, one submit per run. */
import { assertAlive, type Device, type DeviceTraits, withErrorScopes } from "../../runtime/device.ts";
import { explain, type ExplainOptions } from "../compile/explain.ts";
import { firstNonFinite, type NonFinite } from "./non-finite.ts";
import { type Pipeline, pipelineFor } from "./pipelines.ts";
import { prepare, type Prepared, type ProgramSpec } from "../compile/prepare.ts";
import type { MemoryReport } from "../memory/report.ts";
import { type PlanReport, report } from "../compile/report.ts";
import { allocate, bindGroups } from "./resources.ts";
import { createRunner, type Runner } from "./runner.ts";
import { createStore, type Store } from "./store.ts";
import { type Compiled, HARDWARE_FLOPS_PER_SUBMIT } from "./submit.ts";
import type { Feeds } from "./upload.ts";

export type { OutputValues, Values } from "./executor.ts";
export type { Feed, Feeds } from "./upload.ts";

export interface CompileOptions<Output extends string = string> extends ProgramSpec<Output> {
  /** Holds the variables; programs that are given the same store share them. Default: a store of its own with seed 0. */
  readonly store?: Store;
  readonly signal?: AbortSignal;
  /** Called after each kernel that is compiled. */
  readonly progress?: (done: number, total: number) => void;
  /** Work per submit, in floating point operations, where a driver's watchdog kills long ones. Default: everything in one. */
  readonly flopsPerSubmit?: number;
}

/**
 * A compiled computation. `call`, `run`, `read`, `profile` and the store's `read` and `write` may be begun at any time, before earlier ones have
 * settled, also by several programs of one store. They take effect in the order in which they were begun, as if each had been awaited before the
 * next. Feeds are taken at once: their arrays may be reused as soon as the method has returned. An error reaches the call whose feeds, signal or
 * run caused it, and no other. Its outputs have the names that `compile` was given: another one is no type.
 */
export interface Program<Output extends string = string> extends Omit<Runner<Output>, "trace"> {
  readonly name: string;
  readonly memory: MemoryReport;
  readonly store: Store;
  /** Kernel -> variant that was chosen for it: part of the program's identity. */
  readonly variants: Readonly<Record<string, string>>;
  readonly prepared: Prepared;
  /**
   * Where a run on these feeds, with the variables as they are, first meets an infinity or a NaN; null if nowhere. It runs kernel by kernel and
   * looks at what each stores, so it is slow; variables do not change, and afterwards there is nothing to read.
   */
  firstNonFinite(feeds?: Feeds): Promise<NonFinite | null>;
  /** What the compiler decided, as text. */
  explain(options?: ExplainOptions): string;
  /** The same as data. */
  plan(): PlanReport;
}

/** The bytes that `compile` would allocate, without allocating. */
export const planProgram = (device: DeviceTraits, spec: ProgramSpec): MemoryReport => prepare(spec, device).memory;

export async function compile<Output extends string>(device: Device, options: CompileOptions<Output>): Promise<Program<Output>> {
  const { name, signal } = options;
  signal?.throwIfAborted();
  assertAlive(device, `program "${name}"`);
  const prepared = prepare(options, device);
  if (device.debug?.plan(name)) device.debug.print(explain(prepared));
  const store = options.store ?? createStore(device);
  const resources = await withErrorScopes(device, `program "${name}", allocating ${prepared.memory.peak} bytes`, () =>
    allocate(device, prepared, store),
  );
  try {
    const pipelines = await device.wait(compilePipelines(device, prepared, options.progress));
    signal?.throwIfAborted();
    const groups = await withErrorScopes(device, `program "${name}", binding`, () => bindGroups(device, prepared, resources, pipelines));
    return programOf(device, options, { prepared, store, resources, pipelines, groups });
  } catch (error) {
    resources.destroy();
    throw error;
  }
}

/** The pipeline of each kernel, in order. */
function compilePipelines(device: Device, { spec, kernels }: Prepared, progress: CompileOptions["progress"]): Promise<Pipeline[]> {
  let done = 0;
  const report = (pipeline: Pipeline): Pipeline => {
    progress?.(++done, kernels.length);
    return pipeline;
  };
  // The longest text first, so that no core is left to compile it alone at the end.
  const longestFirst = [...kernels].sort((a, b) => b.code.length - a.code.length);
  const pipelines = new Map(longestFirst.map((kernel) => [kernel, pipelineFor(device, kernel, spec.name).then(report)]));
  return Promise.all(kernels.map((kernel) => pipelines.get(kernel) as Promise<Pipeline>));
}

function programOf(device: Device, options: CompileOptions, compiled: Compiled): Program {
  const { prepared, store } = compiled;
  const { name, flopsPerSubmit = device.software ? Number.POSITIVE_INFINITY : HARDWARE_FLOPS_PER_SUBMIT } = options;
  const { trace, ...runner } = createRunner(device, compiled, name, flopsPerSubmit);
  return {
    name,
    memory: prepared.memory,
    store,
    prepared,
    variants: Object.fromEntries(prepared.kernels.map((kernel, i) => [`${i} ${kernel.label}`, kernel.variant])),
    ...runner,
    firstNonFinite: (feeds = {}) =>
      firstNonFinite(
        prepared,
        (...visits) => trace(feeds, visits),
        (spec) => compile(device, spec),
      ),
    explain: (options) => explain(prepared, options),
    plan: () => report(prepared),
  };
}
