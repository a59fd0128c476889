/** What the compiler decided, as data: kernels and why each ends where it does, memory over time, what a budget cost. */
import type { Node, OpName, Shape } from "../../graph/node.ts";
import type { DeviceTraits } from "../../runtime/device.ts";
import { isSource } from "../common/nodes.ts";
import type { Group } from "../group/group.ts";
import type { Kernel } from "../lower/kernel.ts";
import { bytesTouched } from "../memory/bytes.ts";
import type { MemoryPlan } from "../memory/plan.ts";
import type { MemoryReport } from "../memory/report.ts";
import { type Prepared, prepare, type ProgramSpec, type Recomputation } from "./prepare.ts";

export interface KernelReport {
  readonly index: number;
  /** Op and path. */
  readonly label: string;
  /** "elementwise", "update", or the heavy op that the kernel is built around. */
  readonly kind: "elementwise" | "update" | OpName;
  readonly variant: string;
  /** What is computed inside, heavy op first: `conv2d`, `add`, `relu x2`. */
  readonly ops: readonly string[];
  readonly writes: readonly Shape[];
  readonly flops: number;
  /** Of all tensors that it touches, each once. */
  readonly bytes: number;
  readonly bindings: number;
  readonly workgroups: number;
  /** Why each stored value is stored, and the kernel ends there. */
  readonly reasons: readonly string[];
  /** It runs a second time, for a budget. */
  readonly again: boolean;
  /** Bytes of arenas that are in use while it runs. */
  readonly live: number;
  /** Equal numbers: one pipeline. */
  readonly pipeline: number;
}

/** A tensor's place in an arena, from the first kernel that touches it to the last, both included. */
export interface BufferReport {
  readonly value: string;
  readonly shape: Shape;
  readonly arena: number;
  readonly offset: number;
  readonly bytes: number;
  readonly from: number;
  /** The number of kernels: it is read after the run. */
  readonly to: number;
}

export interface ChoiceReport {
  readonly key: string;
  readonly taken: string;
  /** The rule's own first. */
  readonly forms: readonly string[];
}

export interface PlanReport {
  readonly name: string;
  readonly kernels: readonly KernelReport[];
  readonly pipelines: number;
  readonly flops: number;
  readonly memory: MemoryReport;
  /** Bytes of each arena. */
  readonly arenas: readonly number[];
  readonly buffers: readonly BufferReport[];
  /** Where there was more than one form of a kernel. */
  readonly choices: readonly ChoiceReport[];
  readonly recomputation: Recomputation | null;
}

/** What `compile` would decide, without a device: its limits are enough. */
export const describeProgram = (device: DeviceTraits, spec: ProgramSpec): PlanReport => report(prepare(spec, device));

export function report({ spec, kernels, plan, memory, recomputation, choices }: Prepared): PlanReport {
  const texts = new Map<string, number>();
  const live = liveBytes(plan, kernels.length);
  const rows = kernels.map((kernel, index): KernelReport => {
    const { label, group, variant, flops, bindings, workgroups, code } = kernel;
    if (!texts.has(code)) texts.set(code, texts.size);
    return {
      ...{ index, label, kind: kindOf(group), variant, ops: opsOf(group) },
      writes: group.stores.map(({ value }) => value.shape),
      ...{ flops, bytes: bytesTouched(kernel), bindings: bindings.length, workgroups },
      reasons: counted(group.reason.split("; ")),
      again: kernel.recomputes ?? false,
      live: live[index],
      pipeline: texts.get(code) as number,
    };
  });
  const buffers = plan.blocks.map(
    ({ owner, arena, offset, size, from, to }): BufferReport => ({
      ...{ value: `${owner.op} ${owner.name}`.trim(), shape: owner.shape, arena, offset, bytes: size, from, to },
    }),
  );
  return {
    ...{ name: spec.name, kernels: rows, pipelines: texts.size, memory, arenas: plan.arenas, recomputation },
    flops: rows.reduce((sum, row) => sum + row.flops, 0),
    buffers: buffers.sort((a, b) => a.arena - b.arena || a.from - b.from || a.offset - b.offset),
    choices: [...choices.values()].map(({ key, taken, forms }) => ({ key, taken, forms })),
  };
}

/** A group that only writes variables is an update. */
export const kindOf = ({ kind, stores }: Group): KernelReport["kind"] =>
  kind === "elementwise" && stores.every(({ into }) => into.op === "variable") ? "update" : kind;

function liveBytes({ blocks }: MemoryPlan, count: number): number[] {
  const live = new Array<number>(count + 1).fill(0);
  for (const { from, to, size } of blocks) {
    live[from] += size;
    if (to + 1 <= count) live[to + 1] -= size;
  }
  for (let i = 1; i < count; i++) live[i] += live[i - 1];
  return live.slice(0, count);
}

/** Ops that cost nothing by themselves. */
const SILENT: ReadonlySet<OpName> = new Set<OpName>(["reshape", "broadcast", "stopGradient", "constant", "input", "variable", "iota"]);

function opsOf(group: Group): string[] {
  const reads = new Set(group.reads);
  const seen = new Set<Node>();
  const ops: string[] = [];
  const visit = (node: Node, isResult: boolean): void => {
    if (seen.has(node) || (!isResult && (reads.has(node) || isSource(node)))) return;
    seen.add(node);
    if (node !== group.heavy || group.kind !== "elementwise") for (const input of node.inputs) visit(input, false);
    if (!SILENT.has(node.op)) ops.push(node.op);
  };
  for (const { value } of group.stores) visit(value, true);
  return counted(ops);
}

/** ["update", "update", "output"] -> ["update x2", "output"] */
function counted(items: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return [...counts].map(([item, count]) => (count > 1 ? `${item} x${count}` : item));
}

/** Of the kernels whose number, or a part of whose name, is asked for. */
export const chosenKernels = (kernels: readonly Kernel[], which: string): readonly (readonly [index: number, kernel: Kernel])[] =>
  [...kernels.entries()].filter(([index, { label }]) => (/^\d+$/.test(which) ? index === Number(which) : label.includes(which)));
