/** A compiled computation: one encoder, one compute pass, one submit per run. */
import { type Node, sizeOf } from "../graph/node.ts";
import { assertAlive, type Device, withErrorScopes } from "../runtime/device.ts";
import { ProgramError } from "./errors.ts";
import { explain } from "./explain.ts";
import type { Home } from "./group.ts";
import { bytesOf } from "./plan.ts";
import { pipelineFor } from "./pipelines.ts";
import { type MemoryReport, prepare, type Prepared, type ProgramSpec } from "./prepare.ts";
import { type Range, readBuffers } from "./readback.ts";
import { allocate, bindGroups, type Resources } from "./resources.ts";
import { createStore, type Store } from "./store.ts";
import { type Compiled, HARDWARE_FLOPS_PER_SUBMIT, locate, splitBySubmit, submit } from "./submit.ts";
import { type Feed, upload } from "./upload.ts";

export type { Feed } from "./upload.ts";

export type Values = Float32Array | Int32Array;

export interface CompileOptions extends ProgramSpec {
  /** Holds the variables; programs that are given the same store share them. Default: a store of its own with seed 0. */
  readonly store?: Store;
  readonly signal?: AbortSignal;
  /** Bytes that the program may allocate in all; more is an error before anything is allocated. */
  readonly budget?: number;
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
  explain(): string;
  /** Frees the program's buffers; the store keeps its variables. */
  dispose(): void;
}

/** The bytes that `compile` would allocate, without allocating. */
export const planProgram = (device: Pick<Device, "limits" | "software">, spec: ProgramSpec): MemoryReport =>
  prepare(spec, device.limits, device.software).memory;

export async function compile(device: Device, options: CompileOptions): Promise<Program> {
  const { name, signal, budget } = options;
  signal?.throwIfAborted();
  assertAlive(device, `program "${name}"`);
  const prepared = prepare(options, device.limits, device.software);
  if (budget !== undefined && prepared.memory.peak > budget) {
    throw new ProgramError(
      `program "${name}" needs ${prepared.memory.peak} bytes, ${prepared.memory.peak - budget} more than the budget of ${budget}`,
    );
  }
  const store = options.store ?? createStore(device);
  const resources = await withErrorScopes(device, `program "${name}", allocating ${prepared.memory.peak} bytes`, () =>
    allocate(device, prepared, store),
  );
  try {
    const pipelines = await Promise.all(prepared.kernels.map((kernel) => pipelineFor(device, kernel, name)));
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
  let failure: Promise<ProgramError | null> = Promise.resolve(null);
  let failed: ProgramError | null = null;
  let reading: Promise<unknown> = Promise.resolve();
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
  const run: Program["run"] = async (feeds = {}, { signal } = {}) => {
    signal?.throwIfAborted();
    throwFailed();
    upload(device, `program "${name}"`, inputs, feeds, resources);
    for (const [from, to] of submits) {
      signal?.throwIfAborted();
      device.gpu.pushErrorScope("validation");
      submit(device, compiled, from, to, name);
      const caught = watch(device.gpu.popErrorScope(), from, to);
      failure = failure.then(() => caught);
      if (submits.length > 1) {
        await device.gpu.queue.onSubmittedWorkDone();
        await failure;
        throwFailed();
      }
    }
  };
  const readMany = async (outputs: readonly string[]): Promise<Record<string, Values>> => {
    await check();
    const nodes = outputs.map((output) => prepared.outputs.get(output) ?? unknownOutput(name, output, prepared));
    const ranges = nodes.flatMap((node) => rangesOf(node, compiled));
    const turn = reading
      .catch(() => null)
      .then(() =>
        readBuffers(device, ranges, `outputs of program "${name}"`, fits(nodes, resources) ? (resources.staging ?? undefined) : undefined),
      );
    reading = turn;
    const bytes = await turn;
    await check();
    let at = 0;
    return Object.fromEntries(
      outputs.map((output, i) => {
        const begin = at;
        at += bytesOf(nodes[i]);
        const size = sizeOf(nodes[i].shape);
        return [output, nodes[i].dtype === "f32" ? new Float32Array(bytes, begin, size) : new Int32Array(bytes, begin, size)];
      }),
    );
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
    explain: () => explain(prepared),
    dispose() {
      if (!disposed) resources.destroy();
      disposed = true;
    },
  };
}

const fits = (nodes: readonly Node[], { staging }: Resources): boolean =>
  staging !== null && nodes.reduce((total, node) => total + bytesOf(node), 0) <= staging.size;

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
