/** Everything about a program that is known before the device is asked for anything: kernels, memory plan, bytes. */
import type { Update } from "../../graph/index.ts";
import type { Node, NodeOf } from "../../graph/node.ts";
import type { DeviceLimits, DeviceTraits } from "../../runtime/device.ts";
import { ProgramError } from "../common/errors.ts";
import { copyOf, isSource, unview } from "../common/nodes.ts";
import { checkLimits, checkOneNodePerName, checkOwed, checkUpdates } from "./checks.ts";
import { fuse } from "../group/fuse.ts";
import type { Home } from "../group/group.ts";
import { lower } from "../lower/index.ts";
import type { Kernel, Target } from "../lower/kernel.ts";
import { topological } from "../common/order.ts";
import { bytesTouched, pieceOf, piecesOf, plannedBytes } from "../memory/bytes.ts";
import { arenaBytes, type MemoryPlan, planMemory } from "../memory/plan.ts";
import { fitted, recompute } from "../memory/recompute.ts";
import { sequenceOf } from "../memory/sequence.ts";
import { type MemoryReport, memoryReport } from "../memory/report.ts";
import { layoutUniforms, type UniformLayout } from "../memory/uniforms.ts";
import { schedule } from "../group/schedule.ts";
import { simplify } from "../rewrite/simplify.ts";
import { type Choice, createChooser, type Variants } from "../common/variants.ts";

export interface ProgramSpec<Output extends string = string> {
  /** Appears in every error of the program. */
  readonly name: string;
  readonly outputs: { readonly [name in Output]: Node };
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
  readonly uniforms: UniformLayout;
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

/**
 * Over budget, values are rematerialised; where that is not enough, the convolutions take the form `direct` as well, which needs no scratch memory.
 * @throws ProgramError where even that needs more than the budget.
 */
export function prepare(spec: ProgramSpec, device: DeviceTraits): Prepared {
  const { name, budget = Number.POSITIVE_INFINITY } = spec;
  checkOwed(name, Object.values(spec.outputs), spec.updates ?? []);
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

/** The program in the forms that `spec.variants` and the rules choose: within the budget, or with the fewest bytes that were found. */
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
  const uniforms = layoutUniforms(lowered);
  const allocations = { inputs, constants, variables, outputs: new Set(held.values()), uniformBytes: uniforms.bytes };
  const { kernels, plan, recomputation } = arrange(spec, lowered, kept, limits, (bytes) => memoryReport(allocations, bytes).peak);
  const memory = memoryReport(allocations, arenaBytes(plan));
  return { spec, kernels, homes, plan, uniforms, memory, choices, recomputation, inputs, constants, variables, outputs: held };
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
  const repeated = kernels.filter((kernel) => kernel.recomputes);
  const total = (of: (kernel: Kernel) => number): number => repeated.reduce((sum, kernel) => sum + of(kernel), 0);
  return {
    kernels,
    plan,
    recomputation: { kernels: repeated.length, flops: total(({ flops }) => flops), bytes: total(bytesTouched), peakBefore },
  };
}

/** An output that is a variable, an input or a constant is copied: it must show the value from before the step. */
function computed(output: Node): Node {
  return isSource(unview(output)) ? copyOf(output) : output;
}
