/** What was measured of each kernel, beside what it computes: as data, and as text. */
import type { Ceilings } from "../../runtime/measure.ts";
import type { Kernel } from "../lower/kernel.ts";
import { bytesTouched } from "../memory/bytes.ts";
import { type KernelReport, kindOf } from "./report.ts";
import { table } from "./table.ts";

export interface KernelTime {
  readonly index: number;
  /** Op and path. */
  readonly label: string;
  readonly kind: KernelReport["kind"];
  readonly variant: string;
  /** Median over the runs. */
  readonly milliseconds: number;
  readonly flops: number;
  /** Bytes of all tensors that it touches, each once. */
  readonly bytes: number;
  readonly gflops: number;
  readonly gbps: number;
}

/** One row per kernel, in order, from the milliseconds of each kernel in each run: `runs[run][kernel]`. */
export const kernelTimes = (kernels: readonly Kernel[], runs: readonly (readonly number[])[]): KernelTime[] =>
  kernels.map((kernel, index) => rowOf(kernel, index, median(runs.map((run) => run[index]))));

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];

function rowOf(kernel: Kernel, index: number, milliseconds: number): KernelTime {
  const { label, variant, flops, group } = kernel;
  const bytes = bytesTouched(kernel);
  const perSecond = (amount: number): number => (milliseconds > 0 ? amount / milliseconds / 1e6 : 0);
  return {
    ...{ index, label, kind: kindOf(group), variant, milliseconds, flops, bytes },
    ...{ gflops: perSecond(flops), gbps: perSecond(bytes) },
  };
}

/** How near a kernel is to what bounds it: the larger of its two shares of the ceilings. Above 1: its data came out of a cache. */
export function shareOfCeiling(
  { gflops, gbps }: Pick<KernelTime, "gflops" | "gbps">,
  ceilings: Ceilings,
): { readonly share: number; readonly bound: "arithmetic" | "memory" } {
  const [arithmetic, memory] = [gflops / ceilings.gflops, gbps / ceilings.gbps];
  return arithmetic >= memory ? { share: arithmetic, bound: "arithmetic" } : { share: memory, bound: "memory" };
}

/** Kernels in the text, at most. */
const TOP = 20;

/** The slowest kernels first, and their sum. */
export function timesText(times: readonly KernelTime[]): string {
  const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const slowest = [...times].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, TOP);
  const rows = slowest.map(({ index, label, variant, milliseconds, gflops, gbps }) => [
    ...[String(index), label, variant, milliseconds.toFixed(3), `${((100 * milliseconds) / Math.max(1e-9, total)).toFixed(1)} %`],
    ...[gflops.toFixed(1), gbps.toFixed(1)],
  ]);
  const left = times.length - slowest.length;
  return [
    table([["#", "kernel", "variant", "ms", "of all", "GFLOP/s", "GB/s"], ...rows], [0, 3, 4, 5, 6]),
    ...(left > 0 ? [`and ${left} more kernels`] : []),
    `${times.length} kernels: ${total.toFixed(3)} ms`,
  ].join("\n");
}
