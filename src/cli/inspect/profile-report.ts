/** Where a program's time goes, kernel by kernel, compared with the adapter's ceilings. */
import { type Feeds, type KernelReport, type KernelTime, type MemoryReport, type Program, shareOfCeiling } from "../../kernels/index.ts";
import { type Ceilings, type Device, measureCeilings } from "../../runtime/index.ts";
import { textTable } from "../shared/text-table.ts";

export interface ProfiledKernel extends KernelReport, Pick<KernelTime, "milliseconds" | "gflops" | "gbps"> {
  readonly family: Family;
  /** Of the ceiling that bounds it; above 1 where its data came out of a cache. */
  readonly share: number;
  readonly bound: "arithmetic" | "memory";
}

export interface ProfileReport {
  readonly title: string;
  readonly adapter: string;
  readonly software: boolean;
  readonly ceilings: Ceilings;
  readonly runs: number;
  /** Sum of the kernels' medians, each timed in a pass of its own. */
  readonly kernelMilliseconds: number;
  /** Median of whole runs: feeds, one submission, until the device is idle. */
  readonly runMilliseconds: number;
  readonly flops: number;
  readonly pipelines: number;
  readonly memory: MemoryReport;
  readonly kernels: readonly ProfiledKernel[];
}

/** Kinds of work, in the order in which legends show them. */
export const FAMILIES = ["products", "convolutions", "filtering", "pooling", "reductions", "elementwise", "updates", "movement"] as const;
export type Family = (typeof FAMILIES)[number];

export function familyOf(kind: KernelReport["kind"]): Family {
  switch (kind) {
    case "matmul":
      return "products";
    case "conv2d":
    case "conv2dInputGrad":
    case "conv2dWeightGrad":
      return "convolutions";
    case "unfold":
    case "fold":
      return "movement";
    case "winogradTransform":
    case "winogradInverse":
      return "filtering";
    case "maxPoolIndex":
    case "maxUnpool":
      return "pooling";
    case "sum":
    case "reduceMax":
    case "argmax":
      return "reductions";
    case "update":
      return "updates";
    case "scatterAdd":
    case "concat":
      return "movement";
    default:
      return "elementwise";
  }
}

/** The better of two measurements, before and after: nothing else on the machine may lower a ceiling. */
async function ceilingsAround<T>(device: Device, work: () => Promise<T>): Promise<readonly [Ceilings, T]> {
  const before = await measureCeilings(device);
  const result = await work();
  const after = await measureCeilings(device);
  return [{ gflops: Math.max(before.gflops, after.gflops), gbps: Math.max(before.gbps, after.gbps) }, result];
}

/** Updates happen in every run. */
export async function profileReport(
  device: Device,
  program: Program,
  { title, feeds, runs }: Pick<ProfileReport, "title" | "runs"> & { readonly feeds: Feeds },
): Promise<ProfileReport> {
  const plan = program.plan();
  // Drivers compile at the first dispatch.
  await program.run(feeds);
  const [ceilings, times] = await ceilingsAround(device, () => program.profile(runs));
  const kernels = plan.kernels.map((kernel, i): ProfiledKernel => {
    const { milliseconds, gflops, gbps } = times[i];
    return { ...kernel, milliseconds, gflops, gbps, family: familyOf(kernel.kind), ...shareOfCeiling(times[i], ceilings) };
  });
  return {
    ...{ title, adapter: device.description, software: device.software, ceilings, runs },
    kernelMilliseconds: kernels.reduce((total, { milliseconds }) => total + milliseconds, 0),
    runMilliseconds: await wholeRun(device, program, feeds, runs),
    ...{ flops: plan.flops, pipelines: plan.pipelines, memory: plan.memory, kernels },
  };
}

/** A run as everybody runs it: feeds, one submission. */
async function wholeRun(device: Device, program: Program, feeds: Feeds, runs: number): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const begin = performance.now();
    await program.run(feeds);
    await device.idle();
    times.push(performance.now() - begin);
  }
  return times.sort((a, b) => a - b)[times.length >> 1];
}

/** How much of the time the ceilings would take: 1 if every kernel ran at the ceiling that bounds it. */
export function overallShare({ kernels, kernelMilliseconds }: ProfileReport): number {
  return (
    kernels.reduce((total, { milliseconds, share }) => total + milliseconds * Math.min(1, share), 0) / Math.max(1e-9, kernelMilliseconds)
  );
}

export interface FamilyRow {
  readonly family: Family;
  readonly count: number;
  readonly milliseconds: number;
  readonly flops: number;
}

/** Time by kind of work, the most first. */
export function familiesOf(kernels: readonly ProfiledKernel[]): FamilyRow[] {
  return FAMILIES.map((family) => {
    const own = kernels.filter((kernel) => kernel.family === family);
    const sum = (of: (kernel: ProfiledKernel) => number): number => own.reduce((total, kernel) => total + of(kernel), 0);
    return { family, count: own.length, milliseconds: sum(({ milliseconds }) => milliseconds), flops: sum(({ flops }) => flops) };
  })
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** A time that prints as 0.000 ms is too short for the adapter's clock: nothing can be divided by it. */
const SHORTEST_MS = 0.0005;
export const ifTimed = (ms: number, speed: string): string => (ms >= SHORTEST_MS ? speed : "–");

export const roundedPercent = (share: number): string => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
export const milliseconds = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms >= 1 ? ms.toFixed(1 + Number(ms < 10)) : ms.toFixed(3));
export const rate = (value: number): string => (value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(1) : value.toFixed(2));
export const megabytes = (bytes: number): string =>
  bytes >= 1e6 ? `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;

/** What a run takes in addition to its kernels. It may come out below zero, since a pass per kernel costs a little. */
export const overheadText = ({ runMilliseconds, kernelMilliseconds, kernels }: ProfileReport): string => {
  const rest = runMilliseconds - kernelMilliseconds;
  const each = (1000 * rest) / Math.max(1, kernels.length);
  return rest > 0
    ? `${milliseconds(rest)} ms beside the kernels (${each.toFixed(1)} µs per dispatch)`
    : "no time beside the kernels that could be told apart";
};

/** The `top` kernels by time, the kinds of work, and the totals. */
export function profileText(report: ProfileReport, top: number): string {
  const { kernels, kernelMilliseconds, runMilliseconds, ceilings, memory } = report;
  const sorted = [...kernels].sort((a, b) => b.milliseconds - a.milliseconds);
  const rows = sorted
    .slice(0, top)
    .map((kernel) => [
      ...[String(kernel.index), kernel.label, kernel.variant, milliseconds(kernel.milliseconds)],
      roundedPercent(kernel.milliseconds / Math.max(1e-9, kernelMilliseconds)),
      ...[rate(kernel.gflops), rate(kernel.gbps), roundedPercent(kernel.share), kernel.bound].map((cell) =>
        ifTimed(kernel.milliseconds, cell),
      ),
    ]);
  const families = familiesOf(kernels).map((row) => [
    ...[
      row.family,
      String(row.count),
      milliseconds(row.milliseconds),
      roundedPercent(row.milliseconds / Math.max(1e-9, kernelMilliseconds)),
    ],
    ifTimed(row.milliseconds, rate(row.flops / Math.max(1e-9, row.milliseconds) / 1e6)),
  ]);
  const rest = sorted.length - rows.length;
  const gflops = ifTimed(kernelMilliseconds, rate(report.flops / kernelMilliseconds / 1e6));
  return [
    `${report.title} on ${report.adapter}; medians of ${report.runs} runs`,
    `Ceilings of this adapter: ${rate(ceilings.gflops)} GFLOP/s, ${rate(ceilings.gbps)} GB/s`,
    "",
    textTable([["#", "kernel", "variant", "ms", "of all", "GFLOP/s", "GB/s", "of ceiling", "bound by"], ...rows], [0, 3, 4, 5, 6, 7]),
    ...(rest > 0 ? [`and ${rest} more kernels`] : []),
    "",
    textTable([["work", "kernels", "ms", "of all", "GFLOP/s"], ...families], [1, 2, 3, 4]),
    "",
    `${kernels.length} kernels: ${milliseconds(kernelMilliseconds)} ms, ${gflops} GFLOP/s, ${roundedPercent(overallShare(report))} of what the ceilings allow`,
    `A whole run: ${milliseconds(runMilliseconds)} ms, ${overheadText(report)}`,
    `Memory: ${megabytes(memory.peak)}, of it ${megabytes(memory.activations)} between kernels`,
  ].join("\n");
}
