/** A compiled computation: one encoder, one compute pass, one submit per run. */
import { type Node, type NodeOf, sizeOf } from "../graph/node.ts";
import { assertAlive, type Device, withErrorScopes } from "../runtime/device.ts";
import { ProgramError } from "./errors.ts";
import { explain } from "./explain.ts";
import type { Home } from "./group.ts";
import { bytesOf } from "./plan.ts";
import { pipelineFor, type Pipeline } from "./pipelines.ts";
import { type MemoryReport, prepare, type Prepared, type ProgramSpec } from "./prepare.ts";
import { type Range, readBuffers } from "./readback.ts";
import { allocate, bindGroups, type Resources, typed, writeRange } from "./resources.ts";
import { createStore, type Store } from "./store.ts";

export type Feed = ArrayLike<number>;
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
  const pipelines = await Promise.all(prepared.kernels.map((kernel) => pipelineFor(device, kernel, name)));
  signal?.throwIfAborted();
  const groups = await withErrorScopes(device, `program "${name}", binding`, () => bindGroups(device, prepared, resources, pipelines));
  return programOf(device, options, { prepared, store, resources, pipelines, groups });
}

/** Operating systems reset a GPU that does not answer for about 2 s; the slowest GPUs reach about a teraflop per second. */
const HARDWARE_FLOPS_PER_SUBMIT = 1e12;

interface Compiled {
  readonly prepared: Prepared;
  readonly store: Store;
  readonly resources: Resources;
  readonly pipelines: readonly Pipeline[];
  readonly groups: readonly GPUBindGroup[];
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
  let reading: Promise<unknown> = Promise.resolve();
  let disposed = false;
  const check = async (): Promise<void> => {
    assertAlive(device, `program "${name}"`);
    if (disposed) throw new ProgramError(`program "${name}" was disposed`);
    const error = await failure;
    failure = Promise.resolve(null);
    if (error) throw error;
    // What no scope caught, such as memory that ran out behind an upload.
    const [stray] = device.errors.take();
    if (stray) throw new ProgramError(`program "${name}": ${stray}`);
  };
  const run: Program["run"] = async (feeds = {}, { signal } = {}) => {
    signal?.throwIfAborted();
    assertAlive(device, `program "${name}"`);
    if (disposed) throw new ProgramError(`program "${name}" was disposed`);
    upload(device, name, inputs, feeds, resources);
    for (const [from, to] of submits) {
      signal?.throwIfAborted();
      device.gpu.pushErrorScope("validation");
      submit(device, compiled, from, to, name);
      const caught = device.gpu.popErrorScope();
      const before = failure;
      failure = before.then(
        async (earlier) => earlier ?? ((await caught.catch(() => null)) ? locate(device, compiled, from, to, name) : null),
      );
      if (submits.length > 1) await device.gpu.queue.onSubmittedWorkDone();
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

function upload(
  device: Device,
  name: string,
  inputs: ReadonlyMap<string, NodeOf<"input">>,
  feeds: Readonly<Record<string, Feed>>,
  resources: Resources,
): void {
  for (const key of Object.keys(feeds))
    if (!inputs.has(key))
      throw new ProgramError(`program "${name}" has no input "${key}"; it has ${[...inputs.keys()].join(", ") || "none"}`);
  for (const [key, node] of inputs) {
    const feed = feeds[key];
    if (feed === undefined)
      throw new ProgramError(`program "${name}": input "${key}" ${node.dtype} [${node.shape.join(", ")}] was not fed`);
    if (feed.length !== sizeOf(node.shape))
      throw new ProgramError(
        `program "${name}": input "${key}" wants [${node.shape.join(", ")}] = ${sizeOf(node.shape)} values, got ${feed.length}`,
      );
    for (let i = 0; i < feed.length; i++) {
      if (!Number.isFinite(feed[i]))
        throw new ProgramError(`program "${name}": input "${key}" is ${feed[i]} at element ${i}; inputs must be finite`);
    }
    writeRange(device, resources.ranges.get(node as Node) as Range[], node as Node, typed(feed, node.dtype));
  }
}

/** [first, last) kernels of each submit. */
function splitBySubmit({ kernels }: Prepared, most: number): [number, number][] {
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

function submit(device: Device, { prepared, pipelines, groups }: Compiled, from: number, to: number, name: string): void {
  const encoder = device.gpu.createCommandEncoder({ label: name });
  const pass = encoder.beginComputePass({ label: name });
  const most = device.limits.maxComputeWorkgroupsPerDimension;
  for (let i = from; i < to; i++) {
    const { workgroups } = prepared.kernels[i];
    pass.setPipeline(pipelines[i].pipeline);
    pass.setBindGroup(0, groups[i]);
    pass.dispatchWorkgroups(Math.min(workgroups, most), Math.ceil(workgroups / most));
  }
  pass.end();
  device.gpu.queue.submit([encoder.finish()]);
}

/** Replays a failed submit kernel by kernel, each in a scope, to say which one the driver refuses. */
async function locate(device: Device, compiled: Compiled, from: number, to: number, name: string): Promise<ProgramError> {
  for (let i = from; i < to; i++) {
    device.gpu.pushErrorScope("validation");
    submit(device, compiled, i, i + 1, name);
    const error = await device.gpu.popErrorScope();
    if (error) return new ProgramError(`program "${name}", kernel ${i} (${compiled.prepared.kernels[i].label}): ${error.message}`);
  }
  return new ProgramError(`program "${name}" was refused as a whole, though each of its kernels passes alone`);
}
