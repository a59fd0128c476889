/** A compiled computation: one encoder, one compute pass, one submit per run. */
import type { Node } from "../graph/node.ts";
import { assertAlive, type Device, type DeviceTraits, withErrorScopes } from "../runtime/device.ts";
import { ProgramError } from "./errors.ts";
import { explain, type ExplainOptions } from "./explain.ts";
import { isSource } from "./fuse.ts";
import type { Home } from "./group.ts";
import { bytesOf } from "./plan.ts";
import { type Pipeline, pipelineFor } from "./pipelines.ts";
import { type KernelTime, profileProgram } from "./profile.ts";
import { type MemoryReport, prepare, type Prepared, type ProgramSpec } from "./prepare.ts";
import { type Range, readBuffers } from "./readback.ts";
import { type PlanReport, report } from "./report.ts";
import { allocate, bindGroups } from "./resources.ts";
import { createStore, type Store } from "./store.ts";
import { type Compiled, HARDWARE_FLOPS_PER_SUBMIT, locate, splitBySubmit, submit } from "./submit.ts";
import { type Feed, upload } from "./upload.ts";

export type { Feed } from "./upload.ts";

export type Values = Float32Array | Int32Array;

export interface CompileOptions extends ProgramSpec {
  /** Holds the variables; programs that are given the same store share them. Default: a store of its own with seed 0. */
  readonly store?: Store;
  readonly signal?: AbortSignal;
  /** Told after each kernel: compiled, of how many. */
  readonly progress?: (done: number, total: number) => void;
  /** Work per submit, in floating point operations, where a driver's watchdog kills long ones. Default: everything in one. */
  readonly flopsPerSubmit?: number;
}

export interface Program {
  readonly name: string;
  readonly memory: MemoryReport;
  readonly store: Store;
  /** Kernel -> variant that was chosen for it: part of the program's identity. */
  readonly variants: Readonly<Record<string, string>>;
  readonly prepared: Prepared;
  /** Uploads the feeds and submits; it does not wait for the GPU. */
  run(feeds?: Readonly<Record<string, Feed>>, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** The named output of the last run. */
  read(output: string): Promise<Values>;
  /** Run and read. */
  call(
    feeds?: Readonly<Record<string, Feed>>,
    options?: { readonly read?: readonly string[]; readonly signal?: AbortSignal },
  ): Promise<Record<string, Values>>;
  /** What the compiler decided, as text. */
  explain(options?: ExplainOptions): string;
  /** The same as data. */
  plan(): PlanReport;
  /** The time of each kernel, in runs of its own on the last feeds (updates happen in each). */
  profile(runs?: number): Promise<KernelTime[]>;
  /** Frees the program's buffers; the store keeps its variables. */
  dispose(): void;
}

/** The bytes that `compile` would allocate, without allocating. */
export const planProgram = (device: DeviceTraits, spec: ProgramSpec): MemoryReport => prepare(spec, device).memory;

export async function compile(device: Device, options: CompileOptions): Promise<Program> {
  const { name, signal } = options;
  signal?.throwIfAborted();
  assertAlive(device, `program "${name}"`);
  const prepared = prepare(options, device);
  const store = options.store ?? createStore(device);
  const resources = await withErrorScopes(device, `program "${name}", allocating ${prepared.memory.peak} bytes`, () =>
    allocate(device, prepared, store),
  );
  try {
    let done = 0;
    const told = <T>(made: T): T => {
      options.progress?.(++done, prepared.kernels.length);
      return made;
    };
    // The longest first, so that no core waits for one of them at the end.
    const longestFirst = [...prepared.kernels].sort((a, b) => b.code.length - a.code.length);
    const made = new Map(longestFirst.map((kernel) => [kernel, pipelineFor(device, kernel, name).then(told)]));
    const pipelines = await device.wait(Promise.all(prepared.kernels.map((kernel) => made.get(kernel) as Promise<Pipeline>)));
    signal?.throwIfAborted();
    const groups = await withErrorScopes(device, `program "${name}", binding`, () => bindGroups(device, prepared, resources, pipelines));
    return programOf(device, options, { prepared, store, resources, pipelines, groups });
  } catch (error) {
    resources.destroy();
    throw error;
  }
}

function programOf(device: Device, options: CompileOptions, compiled: Compiled): Program {
  const { prepared, store, resources } = compiled;
  const { name } = options;
  const inputs = new Map(prepared.inputs.map((input) => [input.attrs.key, input]));
  const submits = splitBySubmit(
    prepared,
    options.flopsPerSubmit ?? (device.software ? Number.POSITIVE_INFINITY : HARDWARE_FLOPS_PER_SUBMIT),
  );
  const commits = prepared.kernels.findIndex(({ bindings }) => bindings.some(({ owner, writes }) => writes && isSource(owner)));
  const firstCommit = commits < 0 ? prepared.kernels.length : commits;
  let failure: Promise<ProgramError | null> = Promise.resolve(null);
  let failed: ProgramError | null = null;
  /** Is the staging buffer in use? */
  let staged = false;
  let running: Promise<unknown> | null = null;
  let disposed = false;
  const throwFailed = (): void => {
    assertAlive(device, `program "${name}"`);
    if (disposed) throw new ProgramError(`program "${name}" was disposed`);
    const error = failed;
    failed = null;
    if (error) throw error;
  };
  const check = async (): Promise<void> => {
    await failure;
    throwFailed();
    // What no scope caught, such as memory that ran out behind an upload.
    const [stray] = device.errors.take();
    if (stray) throw new ProgramError(`program "${name}": ${stray}`);
  };
  const watch = async (caught: Promise<GPUError | null>, from: number, to: number): Promise<ProgramError | null> => {
    const error = await caught.catch(() => null);
    if (error) failed ??= await locate(device, compiled, from, to, `program "${name}"`, error);
    return failed;
  };
  const submitAll = async (signal: AbortSignal | undefined): Promise<void> => {
    for (const [from, to] of submits) {
      // Updates commit together: from the first one on, the step is run to its end.
      if (from <= firstCommit) signal?.throwIfAborted();
      device.gpu.pushErrorScope("validation");
      submit(device, compiled, from, to, name);
      const caught = watch(device.gpu.popErrorScope(), from, to);
      failure = failure.then(() => caught);
      if (submits.length === 1) return;
      await device.idle().catch(() => null);
      await failure;
      throwFailed();
    }
  };
  const run: Program["run"] = async (feeds = {}, { signal } = {}) => {
    signal?.throwIfAborted();
    throwFailed();
    while (running) await running;
    upload(device, `program "${name}"`, inputs, feeds, resources);
    const turn = submitAll(signal);
    if (submits.length > 1)
      running = turn
        .catch(() => null)
        .finally(() => {
          running = null;
        });
    await turn;
  };
  const readMany = async (outputs: readonly string[]): Promise<Record<string, Values>> => {
    throwFailed();
    const nodes = outputs.map((output) => prepared.outputs.get(output) ?? unknownOutput(name, output, prepared));
    while (running) await running;
    const unique = [...new Set(nodes)];
    const staging = staged ? undefined : (resources.staging ?? undefined);
    staged ||= staging !== undefined;
    // The copy is submitted here and now: a run that begins before the bytes arrive does not change them.
    const turn = readBuffers(
      device,
      unique.flatMap((node) => rangesOf(node, compiled)),
      `outputs of program "${name}"`,
      staging,
    );
    const bytes = await turn
      .catch(async (error: unknown) => {
        await check();
        throw error;
      })
      .finally(() => {
        if (staging) staged = false;
      });
    await check();
    const starts = new Map<Node, number>();
    let at = 0;
    for (const node of unique) {
      starts.set(node, at);
      at += bytesOf(node);
    }
    return Object.fromEntries(outputs.map((output, i) => [output, valuesOf(nodes[i], bytes, starts.get(nodes[i]) as number)]));
  };
  return {
    name,
    memory: prepared.memory,
    store,
    prepared,
    variants: Object.fromEntries(prepared.kernels.map((kernel, i) => [`${i} ${kernel.label}`, kernel.variant])),
    run,
    read: async (output) => (await readMany([output]))[output],
    async call(feeds, { read = [...prepared.outputs.keys()], signal } = {}) {
      await run(feeds, { signal });
      if (read.length > 0) return readMany(read);
      await check();
      return {};
    },
    explain: (options) => explain(prepared, options),
    plan: () => report(prepared),
    async profile(runs) {
      throwFailed();
      const times = await profileProgram(device, compiled, runs);
      await check();
      return times;
    },
    dispose() {
      if (!disposed) resources.destroy();
      disposed = true;
    },
  };
}

const valuesOf = (node: Node, bytes: ArrayBuffer, at: number): Values => {
  const own = bytes.slice(at, at + bytesOf(node));
  return node.dtype === "f32" ? new Float32Array(own) : new Int32Array(own);
};

function unknownOutput(name: string, output: string, prepared: Prepared): never {
  throw new ProgramError(`program "${name}" has no output "${output}"; it has ${[...prepared.outputs.keys()].join(", ") || "none"}`);
}

/** Where an output's bytes are: its owner's pieces, or its part of a concatenation. */
function rangesOf(node: Node, { prepared, resources }: Compiled): Range[] {
  const home = prepared.homes.get(node) as Home;
  const whole = resources.ranges.get(home.owner) as readonly Range[];
  let [skip, left] = [home.offset * 4, bytesOf(node)];
  const ranges: Range[] = [];
  for (const { buffer, offset, size } of whole) {
    const take = Math.min(left, Math.max(0, size - skip));
    if (take > 0) ranges.push({ buffer, offset: offset + skip, size: take });
    skip = Math.max(0, skip - size);
    left -= take;
  }
  return ranges;
}
