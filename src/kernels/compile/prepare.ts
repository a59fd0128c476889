/** Everything about a program that is known before the device is asked for anything: kernels, memory plan, bytes. */
import type { Update } from "../../graph/index.ts";
import { GraphError, type Node, type NodeOf, sizeOf } from "../../graph/node.ts";
import type { DeviceLimits, DeviceTraits } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import { copyOf, isSource, unview } from "../common/nodes.ts";
import { fuse } from "../group/fuse.ts";
import type { Home } from "../group/group.ts";
import { lower } from "../lower/index.ts";
import type { Kernel, Target } from "../lower/kernel.ts";
import { topological } from "../common/order.ts";
import { arenaBytes, bytesOf, bytesTouched, type MemoryPlan, pieceOf, piecesOf, plannedBytes, planMemory } from "../memory/plan.ts";
import { fitted, recompute } from "../memory/recompute.ts";
import { sequenceOf } from "../memory/replay.ts";
import { schedule } from "../group/schedule.ts";
import { simplify } from "../rewrite/simplify.ts";
import { type Choice, createChooser, type Variants } from "../common/variants.ts";

export interface ProgramSpec {
  /** Appears in every error of the program. */
  readonly name: string;
  readonly outputs: Readonly<Record<string, Node>>;
  /** New values of variables. All are computed from the values before the run and are in place when it ends. */
  readonly updates?: readonly Update[];
  /**
   * Bytes that the program may allocate in all, its variables included. Where it needs more, values are computed a second time instead of
   * being kept (recompute.ts); where that is not enough, it is an error before anything is allocated.
   */
  readonly budget?: number;
  /** Measured forms of kernels (tune.ts); the rules decide where it is silent. */
  readonly variants?: Variants;
}

/** Bytes. `peak` is the sum of all that is allocated: every GPU buffer that the program and its variables have. */
export interface MemoryReport {
  readonly parameters: number;
  /** Running statistics, counters. */
  readonly buffers: number;
  /** The optimizer's state. */
  readonly slots: number;
  readonly inputs: number;
  readonly constants: number;
  /** Values between kernels and outputs, after sharing by lifetime. */
  readonly activations: number;
  /** Uniforms and the buffer through which outputs are read back. */
  readonly scratch: number;
  readonly peak: number;
}

/** What a budget cost: kernels that run again, and what was saved by it. */
export interface Recomputation {
  readonly kernels: number;
  readonly flops: number;
  /** Of all tensors that those kernels touch. */
  readonly bytes: number;
  /** `memory.peak` without it. */
  readonly peakBefore: number;
}

export interface Prepared {
  readonly spec: ProgramSpec;
  readonly kernels: readonly Kernel[];
  readonly homes: ReadonlyMap<Node, Home>;
  readonly plan: MemoryPlan;
  readonly memory: MemoryReport;
  /** Where there was more than one form, by key. */
  readonly choices: ReadonlyMap<string, Choice>;
  /** Null: the program needs no more than its budget as it is. */
  readonly recomputation: Recomputation | null;
  readonly inputs: readonly NodeOf<"input">[];
  readonly constants: readonly NodeOf<"constant">[];
  readonly variables: readonly NodeOf<"variable">[];
  /** The stored node that holds each output. */
  readonly outputs: ReadonlyMap<string, Node>;
}

export const UNIFORM_ALIGN = 256;

/** @throws ProgramError where the budget cannot be met: not by computing twice, and not by forms of a convolution that need no scratch either. */
export function prepare(spec: ProgramSpec, device: DeviceTraits): Prepared {
  const { name, budget = Number.POSITIVE_INFINITY } = spec;
  const usual = prepareAs(spec, device);
  if (usual.memory.peak <= budget) return usual;
  const direct = [...usual.choices.values()].filter(({ taken, forms }) => taken !== "direct" && forms.includes("direct"));
  const variants = { ...spec.variants, ...Object.fromEntries(direct.map(({ key }) => [key, "direct"])) };
  const frugal = direct.length > 0 ? prepareAs({ ...spec, variants }, device) : usual;
  if (frugal.memory.peak <= budget) return frugal;
  const least = Math.min(usual.memory.peak, frugal.memory.peak);
  const plain = usual.recomputation?.peakBefore ?? usual.memory.peak;
  throw new ProgramError(
    `program "${name}" needs at least ${least} bytes, ${least - budget} more than the budget of ${budget} (${plain} if nothing is computed twice)`,
  );
}

/** Within the budget, or with the fewest bytes that were found. */
function prepareAs(spec: ProgramSpec, device: DeviceTraits): Prepared {
  const { limits, software, nestsLoops = true } = device;
  const updates = spec.updates ?? [];
  checkUpdates(spec.name, updates);
  const names = Object.keys(spec.outputs);
  const { choose, choices } = createChooser(spec.variants);
  const simple = simplify([...names.map((name) => spec.outputs[name]), ...updates.flat()], choose);
  const outputs = names.map((_, i) => computed(simple[i]));
  const pairs = updates.map((_, i): Update => [simple[names.length + 2 * i], simple[names.length + 2 * i + 1]]);
  const order = topological([...outputs, ...pairs.flat()]);
  checkOneNodePerName(spec.name, order);
  const maxBindings = limits.maxStorageBuffersPerShaderStage;
  const bindingsOf = (node: Node): number => piecesOf(node, limits);
  const fusion = fuse(order, { outputs, updates: pairs.map(([, next]) => next), maxBindings, bindingsOf });
  const { groups, homes } = schedule(fusion, pairs, { maxBindings, bindingsOf });
  const target: Target = {
    software,
    nestsLoops,
    maxInvocations: limits.maxComputeInvocationsPerWorkgroup,
    maxWorkgroupStorage: limits.maxComputeWorkgroupStorageSize,
    choose,
  };
  const options = { homes, pieceOf: (node: Node) => pieceOf(node, limits), piecesOf: bindingsOf, isReadOnly: isSource };
  const lowered = groups.flatMap((group) => lower(group, options, target) ?? []);
  checkLimits(spec.name, lowered, limits);
  const kept = new Set(outputs.map((output) => (homes.get(unview(output)) as Home).owner));
  const leaves = <K extends "input" | "constant" | "variable">(op: K) =>
    order.filter((node): node is Node & NodeOf<K> => node.op === op && homes.has(node));
  const [inputs, constants, variables] = [leaves("input"), leaves("constant"), leaves("variable")];
  const held = new Map(names.map((name, i) => [name, unview(outputs[i])]));
  const parts = { uniformBytes: layoutUniforms(lowered).bytes, inputs, constants, variables, held };
  const { kernels, plan, recomputation } = arrange(spec, lowered, kept, limits, (bytes) => memoryOf(parts, bytes).peak);
  return {
    spec,
    kernels,
    homes,
    plan,
    choices,
    recomputation,
    inputs,
    constants,
    variables,
    outputs: held,
    memory: memoryOf(parts, arenaBytes(plan)),
  };
}

/** The order of the kernels and the plan of their memory, within the budget if that can be. */
function arrange(
  { budget }: ProgramSpec,
  lowered: readonly Kernel[],
  kept: ReadonlySet<Node>,
  limits: DeviceLimits,
  peakOf: (arenas: number) => number,
): Pick<Prepared, "kernels" | "plan" | "recomputation"> {
  const planned = (kernels: readonly Kernel[]): MemoryPlan => planMemory(kernels, kept, limits);
  const sequence = sequenceOf(lowered, kept, (owner) => plannedBytes(owner, limits));
  const plain = fitted(sequence, planned);
  const [peakBefore, fixed] = [peakOf(plain.bytes), peakOf(0)];
  if (budget === undefined || peakBefore <= budget) return { ...plain, recomputation: null };
  const { kernels, plan } = recompute(sequence, budget - fixed, planned);
  const again = kernels.filter((kernel) => kernel.again);
  const total = (of: (kernel: Kernel) => number): number => again.reduce((sum, kernel) => sum + of(kernel), 0);
  return {
    kernels,
    plan,
    recomputation: { kernels: again.length, flops: total(({ flops }) => flops), bytes: total(bytesTouched), peakBefore },
  };
}

/** An output that is a variable, an input or a constant is copied: it must show the value from before the step. */
function computed(output: Node): Node {
  return isSource(unview(output)) ? copyOf(output) : output;
}

interface Parts extends Pick<Prepared, "inputs" | "constants" | "variables"> {
  readonly uniformBytes: number;
  readonly held: ReadonlyMap<string, Node>;
}

function memoryOf({ uniformBytes, inputs, constants, variables, held }: Parts, activations: number): MemoryReport {
  const sum = (nodes: readonly { shape: readonly number[] }[]): number => nodes.reduce((total, node) => total + sizeOf(node.shape) * 4, 0);
  const role = (name: string): number => sum(variables.filter((variable) => variable.attrs.role === name));
  const report = {
    parameters: role("parameter"),
    buffers: role("buffer"),
    slots: role("slot"),
    inputs: sum(inputs),
    constants: sum(constants),
    activations,
    scratch: uniformBytes + sum([...new Set(held.values())]),
  };
  return { ...report, peak: Object.values(report).reduce((total, bytes) => total + bytes, 0) };
}

/** Where each kernel's uniform begins. Equal ones are there once, as those of a kernel that runs again. */
export function layoutUniforms(kernels: readonly Kernel[]): { readonly offsets: readonly number[]; readonly bytes: number } {
  const known = new Map<string, number>();
  let bytes = 0;
  const offsets = kernels.map(({ uniform }) => {
    const key = uniform.join();
    const offset = known.get(key) ?? bytes;
    if (offset === bytes) bytes += Math.ceil(uniform.byteLength / UNIFORM_ALIGN) * UNIFORM_ALIGN;
    known.set(key, offset);
    return offset;
  });
  return { offsets, bytes };
}

function checkUpdates(name: string, updates: readonly Update[]): void {
  const seen = new Set<string>();
  for (const [variable, next] of updates) {
    if (variable.op !== "variable") throw new ProgramError(`program "${name}": an update needs a variable, got ${variable.op}`);
    const { path } = variable.attrs;
    if (seen.has(path)) throw new ProgramError(`program "${name}": variable "${path}" is updated twice`);
    seen.add(path);
    if (variable.shape.join() !== next.shape.join() || variable.dtype !== next.dtype) {
      throw new GraphError(
        `update of "${path}" in program "${name}": expected ${variable.dtype} [${variable.shape.join(", ")}], got ${next.dtype} [${next.shape.join(", ")}]`,
      );
    }
  }
}

/** Inputs and variables are known by name: one name cannot have two shapes. */
function checkOneNodePerName(name: string, order: readonly Node[]): void {
  const seen = new Map<string, Node>();
  for (const node of order) {
    if (node.op !== "input" && node.op !== "variable") continue;
    const key = node.op === "input" ? `input "${node.attrs.key}"` : `variable "${node.attrs.path}"`;
    const other = seen.get(key);
    if (other)
      throw new ProgramError(
        `program "${name}": ${key} is used as ${other.dtype} [${other.shape.join(", ")}] and as ${node.dtype} [${node.shape.join(", ")}]`,
      );
    seen.set(key, node);
  }
}

function checkLimits(name: string, kernels: readonly Kernel[], limits: DeviceLimits): void {
  const { maxStorageBuffersPerShaderStage: most, maxComputeWorkgroupsPerDimension: row } = limits;
  for (const { bindings, workgroups, label } of kernels) {
    if (workgroups > row * row)
      throw new ProgramError(`program "${name}": ${label} needs ${workgroups} workgroups, the adapter allows ${row} x ${row}`);
    if (bindings.length <= most) continue;
    const sizes = bindings.map(({ owner }) => `${owner.name || owner.op} ${bytesOf(owner)} B`).join(", ");
    throw new ProgramError(`program "${name}": ${label} needs ${bindings.length} storage bindings, the adapter allows ${most} (${sizes})`);
  }
}
