/**
 * A program as its callers see it: the order of their calls, and which call gets which result or error. Each concern has one state: `turns`, the order
 * of calls to one store (turns.ts); `lifetime`, open or ended, and the calls in progress (lifetime.ts); `refusals`, what the driver refused and no call
 * has thrown yet (refusals.ts); and the executor's `last`, the run whose outputs are in memory.
 */
import type { Node } from "../../graph/node.ts";
import { assertAlive, type Device } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import { createExecutor, type OutputValues, type Submitted, viewOf, type Visit } from "./executor.ts";
import { createLifetime } from "./lifetime.ts";
import { bytesOf } from "../memory/bytes.ts";
import type { KernelTime } from "../compile/times.ts";
import { createRefusals } from "./refusals.ts";
import type { Compiled } from "./submit.ts";
import { type Feeds, takeFeeds } from "./upload.ts";

export interface CallOptions<Wanted extends string> {
  /** The outputs that are read. Default: all. */
  readonly read?: readonly Wanted[];
  readonly signal?: AbortSignal;
}

export interface Runner<Output extends string = string> {
  /**
   * Uploads the feeds and submits; it does not wait for the GPU. In several submits it settles when the last of them is done; a signal stops it
   * before the first update. What the driver refuses of a single submit is known later: the next `run`, `read` or `profile` throws it.
   */
  run(feeds?: Feeds, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** The named output of the last run (or call, or profile) that began before it. @throws ProgramError if that was refused or stopped, or if there was none. */
  read(output: Output): Promise<OutputValues>;
  /** Run and read, all outputs or those named in `read`. Nothing comes between the two. */
  call<Wanted extends Output = Output>(feeds?: Feeds, options?: CallOptions<Wanted>): Promise<Record<Wanted, OutputValues>>;
  /** The time of each kernel, in runs of its own on the last feeds (updates happen in each). */
  profile(runs?: number): Promise<KernelTime[]>;
  /**
   * Runs kernel by kernel on the feeds, once for each of `visits`, and shows it what they store. After each, the variables are as they were; there
   * is nothing to read.
   */
  trace(feeds: Feeds, visits: readonly Visit[]): Promise<void>;
  /** Takes no more calls and frees the program's buffers, once those that have begun have what they want; the store keeps its variables. */
  dispose(): void;
}

export function createRunner(device: Device, compiled: Compiled, name: string, flopsPerSubmit: number): Runner {
  const { prepared, store } = compiled;
  const what = `program "${name}"`;
  const { turns } = store;
  const inputs = new Map(prepared.inputs.map((input) => [input.attrs.key, input]));
  const executor = createExecutor(device, compiled, what, flopsPerSubmit);
  const refusals = createRefusals();
  const lifetime = createLifetime(() => new ProgramError(`${what} was disposed`), executor.destroy);
  const begin = (feeds: Feeds, nodes: readonly Node[], signal?: AbortSignal): Promise<Submitted> => {
    signal?.throwIfAborted();
    assertAlive(device, what);
    const taken = takeFeeds(what, inputs, feeds, turns.busy());
    return turns.take(() => executor.run(taken, nodes, signal));
  };
  /** The bytes, if neither the run nor the copy was refused. */
  const arrived = async ({ verdict, copied }: Submitted): Promise<ArrayBuffer | null> => {
    const [run, copy] = await Promise.allSettled([verdict, copied]);
    assertAlive(device, what);
    if (run.status === "fulfilled" && run.value) throw run.value;
    if (copy.status === "rejected") throw copy.reason;
    // What no scope caught, such as memory that ran out behind a variable's upload.
    const [stray] = device.errors.take();
    if (stray) throw new ProgramError(`${what}: ${stray}`);
    return copy.value;
  };
  const nodesOf = (outputs: readonly string[]): Node[] =>
    outputs.map((output) => prepared.outputs.get(output) ?? unknown(what, output, prepared.outputs));
  /** The values of an output, which is held by one of `nodes`, whose bytes lie one behind the other. */
  const valuesOf = (output: string, nodes: readonly Node[], bytes: ArrayBuffer): OutputValues => {
    const node = prepared.outputs.get(output) as Node;
    const at = nodes.slice(0, nodes.indexOf(node)).reduce((sum, before) => sum + bytesOf(before), 0);
    // Not the node's shape: what holds an output may be another view of it.
    const { shape } = prepared.spec.outputs[output];
    return Object.defineProperty(viewOf(node, bytes.slice(at, at + bytesOf(node))), "shape", { value: shape }) as OutputValues;
  };

  return {
    run: (feeds = {}, { signal } = {}) =>
      lifetime.use(async () => {
        refusals.throwAnswered();
        const { verdict } = await begin(feeds, [], signal);
        refusals.watch(verdict);
      }),
    call: <Wanted extends string>(feeds: Feeds = {}, options: CallOptions<Wanted> = {}) =>
      lifetime.use(async () => {
        const { read = [...prepared.outputs.keys()] as Wanted[], signal } = options;
        const nodes = nodesOf(read);
        const unique = [...new Set(nodes)];
        const bytes = await arrived(await begin(feeds, unique, signal));
        const values = read.map((output) => [output, valuesOf(output, unique, bytes as ArrayBuffer)]);
        return Object.fromEntries(values) as Record<Wanted, OutputValues>;
      }),
    read: (output) =>
      lifetime.use(async () => {
        assertAlive(device, what);
        const nodes = nodesOf([output]);
        const turn = await turns.take(() => executor.read(nodes));
        const bytes = await arrived(turn).catch(refusals.rethrow);
        await refusals.throwAll();
        return valuesOf(output, nodes, bytes as ArrayBuffer);
      }),
    profile: (runs) =>
      lifetime.use(async () => {
        assertAlive(device, what);
        refusals.throwAnswered();
        const times = await turns.take(() => executor.profile(runs));
        await arrived({ verdict: Promise.resolve(null), copied: null });
        return times;
      }),
    trace: (feeds, visits) =>
      lifetime.use(async () => {
        assertAlive(device, what);
        const taken = takeFeeds(what, inputs, feeds, true);
        await turns.take(() => executor.trace(taken, visits));
      }),
    dispose: lifetime.end,
  };
}

function unknown(what: string, output: string, outputs: ReadonlyMap<string, Node>): never {
  throw new ProgramError(`${what} has no output "${output}"; it has ${[...outputs.keys()].join(", ") || "none"}`);
}
