/** Runs of a program and copies of its outputs, as they reach the device; whoever calls these has the store's turn. */
import type { Node, Shape } from "../../graph/node.ts";
import { assertAlive, type Device } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import { isSource } from "../common/nodes.ts";
import type { KernelTime } from "../compile/times.ts";
import type { Home } from "../group/group.ts";
import { bytesOf } from "../memory/bytes.ts";
import { createDebugProfile, profileProgram, timeKernels } from "./profile.ts";
import { type ByteRange, readBuffers } from "./readback.ts";
import type { Verdict } from "./refusals.ts";
import { writeRange } from "./resources.ts";
import { type Compiled, splitBySubmit, submit } from "./submit.ts";
import { type Taken, upload } from "./upload.ts";
import type { Typed } from "./values.ts";

export type Values = Float32Array | Int32Array;

/** What a program gives: the elements, row-major, and the output's shape. A copy (`slice`, `map`, a message to a worker) is without it. */
export type OutputValues = Values & { readonly shape: Shape };

/** A run that is submitted, and the copy behind it. */
export interface Submitted {
  readonly verdict: Verdict;
  readonly copied: Promise<ArrayBuffer> | null;
}

export interface Executor {
  /** Submits the run and then the copy of `nodes`: before it returns, unless the run is made of several submits. */
  run(taken: Taken, nodes: readonly Node[], signal?: AbortSignal): Submitted | Promise<Submitted>;
  /** Submits the copy of what the last run left. */
  read(nodes: readonly Node[]): Submitted;
  profile(runs?: number): Promise<KernelTime[]>;
  /** Runs kernel by kernel; see `Runner`. */
  trace(taken: Taken, visits: readonly Visit[]): Promise<void>;
  /** Frees the buffers. */
  destroy(): void;
}

/**
 * Called before each kernel, with the number of those that have run, and after the last one. `read` gives what is in an owner's
 * memory then. True ends the run.
 */
export type Visit = (done: number, read: (owner: Node) => Promise<Values>) => boolean | Promise<boolean>;

export function createExecutor(device: Device, compiled: Compiled, what: string, flopsPerSubmit: number): Executor {
  const { prepared, resources } = compiled;
  const parts = splitBySubmit(prepared, flopsPerSubmit);
  const firstCommit = firstCommitOf(compiled);
  const debug = createDebugProfile(device, compiled);
  const copyOf = createCopier(device, compiled, what);
  /** Of the run whose outputs are in memory: not null if it was refused or stopped. Null instead of a verdict: there was no run. */
  let last: Verdict | null = null;
  const stopped = (): Verdict =>
    Promise.resolve(new ProgramError(`${what} was stopped in the middle of its last run: there is nothing to read until it runs again`));
  const submitPart = ([from, to]: readonly [number, number], taken: Taken): Verdict =>
    submit(device, compiled, from, to, what, () => upload(device, taken, resources));
  const runParts = async (taken: Taken, nodes: readonly Node[], signal?: AbortSignal): Promise<Submitted> => {
    last = stopped();
    for (const [i, [from, to]] of parts.entries()) {
      // Updates commit together: from the first one on, the step is run to its end.
      if (from <= firstCommit) signal?.throwIfAborted();
      const verdict = submitPart([from, to], i === 0 ? taken : new Map());
      await device.idle().catch(() => null);
      const refused = await verdict;
      assertAlive(device, what);
      if (!refused) continue;
      last = verdict;
      throw refused;
    }
    last = Promise.resolve(null);
    return { verdict: last, copied: copyOf(nodes) };
  };
  const runTimed = async (taken: Taken, nodes: readonly Node[]): Promise<Submitted> => {
    last = stopped();
    const refused = await submitPart([0, 0], taken);
    if (refused) throw refused;
    debug?.add(await timeKernels(device, compiled));
    last = Promise.resolve(null);
    return { verdict: last, copied: copyOf(nodes) };
  };
  return {
    run(taken, nodes, signal) {
      signal?.throwIfAborted();
      assertAlive(device, what);
      if (debug?.wantsMore()) return runTimed(taken, nodes);
      if (parts.length > 1) return runParts(taken, nodes, signal);
      last = submitPart(parts[0] ?? [0, 0], taken);
      return { verdict: last, copied: copyOf(nodes) };
    },
    read(nodes) {
      if (!last) throw new ProgramError(`${what} has not run yet: there is nothing to read`);
      return { verdict: last, copied: copyOf(nodes) };
    },
    async profile(runs) {
      last = stopped();
      const times = await profileProgram(device, compiled, runs);
      last = Promise.resolve(null);
      return times;
    },
    async trace(taken, visits) {
      last = stopped();
      await traceKernels(device, compiled, what, visits, (kernel) => submitPart([kernel, kernel + 1], kernel === 0 ? taken : new Map()));
    },
    destroy() {
      debug?.print();
      resources.destroy();
    },
  };
}

/** The first kernel that changes a variable; the number of kernels if none does. */
function firstCommitOf({ prepared: { kernels } }: Compiled): number {
  const first = kernels.findIndex(({ bindings }) => bindings.some(({ owner, writes }) => writes && isSource(owner)));
  return first < 0 ? kernels.length : first;
}

/** Submits the copy of nodes' bytes, one behind the other; null for no nodes. */
function createCopier(device: Device, compiled: Compiled, what: string): (nodes: readonly Node[]) => Promise<ArrayBuffer> | null {
  const { staging } = compiled.resources;
  /** The planned staging buffer, while no copy uses it; a second copy at the same time makes a buffer of its own. */
  const free = staging ? [staging] : [];
  return (nodes) => {
    if (nodes.length === 0) return null;
    const target = free.pop();
    const ranges = nodes.flatMap((node) => rangesOf(node, compiled));
    return readBuffers(device, ranges, `outputs of ${what}`, target).finally(() => {
      if (target) free.push(target);
    });
  };
}

/** Where an output's bytes are: its owner's pieces, or its part of a concatenation. */
function rangesOf(node: Node, { prepared, resources }: Compiled): ByteRange[] {
  const home = prepared.homes.get(node) as Home;
  const whole = resources.ranges.get(home.owner) as readonly ByteRange[];
  let [skip, left] = [home.offset * 4, bytesOf(node)];
  const ranges: ByteRange[] = [];
  for (const { buffer, offset, size } of whole) {
    const take = Math.min(left, Math.max(0, size - skip));
    if (take > 0) ranges.push({ buffer, offset: offset + skip, size: take });
    skip = Math.max(0, skip - size);
    left -= take;
  }
  return ranges;
}

/** Runs kernel by kernel, once for each visit; after each run, the variables are as they were before. */
async function traceKernels(
  device: Device,
  { prepared, resources }: Compiled,
  what: string,
  visits: readonly Visit[],
  run: (kernel: number) => Verdict,
): Promise<void> {
  const { kernels } = prepared;
  const written = new Set(kernels.flatMap(({ bindings }) => bindings.filter(({ writes }) => writes).map(({ owner }) => owner)));
  const variables = prepared.variables.filter((node) => written.has(node as Node)) as Node[];
  const read = async (owner: Node): Promise<Values> =>
    viewOf(owner, await readBuffers(device, resources.ranges.get(owner) as readonly ByteRange[], `${owner.op} in ${what}`));
  const before = new Map<Node, Values>();
  for (const node of variables) before.set(node, await read(node));
  for (const visit of visits)
    try {
      for (let done = 0; !(await visit(done, read)) && done < kernels.length; done++) {
        const refused = await run(done);
        if (refused) throw refused;
      }
    } finally {
      for (const [node, values] of before) writeRange(device, resources.ranges.get(node) as ByteRange[], node, values as Typed);
    }
}

/** The bytes as f32 or i32. */
export const viewOf = ({ dtype }: Node, bytes: ArrayBuffer): Values => (dtype === "f32" ? new Float32Array(bytes) : new Int32Array(bytes));
