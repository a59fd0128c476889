/** Everything about a program that is known before the device is asked for anything: kernels, memory plan, bytes. */
import { cast } from "../graph/index.ts";
import { GraphError, type Node, type NodeOf, sizeOf } from "../graph/node.ts";
import type { DeviceLimits } from "../runtime/device.ts";
import { ProgramError } from "./errors.ts";
import { fuse, isSource, unview } from "./fuse.ts";
import type { Home, Update } from "./group.ts";
import { lower } from "./lower/index.ts";
import type { Kernel, Target } from "./lower/kernel.ts";
import { topological } from "./order.ts";
import { bytesOf, type MemoryPlan, pieceOf, piecesOf, planMemory } from "./plan.ts";
import { schedule } from "./schedule.ts";
import { simplify } from "./simplify.ts";

export interface ProgramSpec {
  /** Appears in every error of the program. */
  readonly name: string;
  readonly outputs: Readonly<Record<string, Node>>;
  /** New values of variables. All are computed from the values before the run and are in place when it ends. */
  readonly updates?: readonly Update[];
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

export interface Prepared {
  readonly spec: ProgramSpec;
  readonly kernels: readonly Kernel[];
  readonly homes: ReadonlyMap<Node, Home>;
  readonly plan: MemoryPlan;
  readonly memory: MemoryReport;
  readonly inputs: readonly NodeOf<"input">[];
  readonly constants: readonly NodeOf<"constant">[];
  readonly variables: readonly NodeOf<"variable">[];
  /** The stored node that holds each output. */
  readonly outputs: ReadonlyMap<string, Node>;
}

export const UNIFORM_ALIGN = 256;

export function prepare(spec: ProgramSpec, limits: DeviceLimits, software: boolean): Prepared {
  const updates = spec.updates ?? [];
  checkUpdates(spec.name, updates);
  const names = Object.keys(spec.outputs);
  const simple = simplify([...names.map((name) => spec.outputs[name]), ...updates.flat()]);
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
    maxInvocations: limits.maxComputeInvocationsPerWorkgroup,
    maxWorkgroupStorage: limits.maxComputeWorkgroupStorageSize,
  };
  const options = { homes, pieceOf: (node: Node) => pieceOf(node, limits), piecesOf: bindingsOf, isReadOnly: isSource };
  const kernels = groups.flatMap((group) => lower(group, options, target) ?? []);
  checkLimits(spec.name, kernels, limits);
  const kept = new Set(outputs.map((output) => (homes.get(unview(output)) as Home).owner));
  const plan = planMemory(kernels, kept, limits);
  const leaves = <K extends "input" | "constant" | "variable">(op: K) =>
    order.filter((node): node is Node & NodeOf<K> => node.op === op && homes.has(node));
  const [inputs, constants, variables] = [leaves("input"), leaves("constant"), leaves("variable")];
  const held = new Map(names.map((name, i) => [name, unview(outputs[i])]));
  return {
    spec,
    kernels,
    homes,
    plan,
    inputs,
    constants,
    variables,
    outputs: held,
    memory: memoryOf({ kernels, plan, inputs, constants, variables, held }),
  };
}

/** An output that is a variable, an input or a constant is copied: it must show the value from before the step. */
function computed(output: Node): Node {
  const at = unview(output);
  return isSource(at)
    ? (Object.freeze({
        ...cast(output, "f32"),
        op: "cast",
        inputs: [output],
        attrs: { dtype: output.dtype },
        shape: output.shape,
        dtype: output.dtype,
      }) as Node)
    : output;
}

type Parts = Pick<Prepared, "kernels" | "plan" | "inputs" | "constants" | "variables"> & { readonly held: ReadonlyMap<string, Node> };

function memoryOf({ kernels, plan, inputs, constants, variables, held }: Parts): MemoryReport {
  const sum = (nodes: readonly { shape: readonly number[] }[]): number => nodes.reduce((total, node) => total + sizeOf(node.shape) * 4, 0);
  const role = (name: string): number => sum(variables.filter((variable) => variable.attrs.role === name));
  const outputBytes = new Set(held.values());
  const report = {
    parameters: role("parameter"),
    buffers: role("buffer"),
    slots: role("slot"),
    inputs: sum(inputs),
    constants: sum(constants),
    activations: plan.arenas.reduce((total, size) => total + size, 0),
    scratch: uniformBytes(kernels) + sum([...outputBytes]),
  };
  return { ...report, peak: Object.values(report).reduce((total, bytes) => total + bytes, 0) };
}

export const uniformBytes = (kernels: readonly Kernel[]): number =>
  kernels.reduce((total, kernel) => total + Math.ceil(kernel.uniform.byteLength / UNIFORM_ALIGN) * UNIFORM_ALIGN, 0);

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
