/** The tables of docs/performance.md, one section per adapter, each with the command that made it. */
import { cell, isMeasured, mebibytes, short, table, time, times } from "./format.ts";
import { MEAN_GOAL } from "./goals.ts";
import type { BenchReport, Measured, PeerResult, Row } from "./report.ts";
import { geometricMean } from "./statistics.ts";

const PEERS = ["tfjs", "jax"] as const;

/** The geometric mean of the steady-state ratios, and of how many. */
export function meanRatio(rows: readonly Row[]): { mean: number; count: number } | null {
  const ratios = rows.flatMap(({ ratio }) => ratio ?? []);
  return ratios.length === 0 ? null : { mean: geometricMean(ratios), count: ratios.length };
}

/** The section's text, from its heading to its last table. */
export function toMarkdown(report: BenchReport): string {
  const { adapter, description, ceiling, minutes, rows, command, peers, cores } = report;
  const packages = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  const mean = meanRatio(rows);
  const torch = rows.some(({ pytorch }) => pytorch);
  return [
    `## ${adapter}: ${description}`,
    `Made by \`${command}\` in ${minutes.toFixed(0)} minutes on ${cores} cores, with ${packages.join(", ")}. Ceilings, median of those measured between the workloads: ` +
      `${short(ceiling.gflops)} GFLOP/s, ${short(ceiling.gbps)} GB/s.` +
      (report.pytorch ? ` PyTorch ${report.pytorch} computes on the same ${cores} cores without WebGPU; it is in no ratio.` : "") +
      (mean ? ` Geometric mean of ${mean.count} steady-state ratios: ${mean.mean.toFixed(2)}× (goal ${MEAN_GOAL}×).` : ""),
    table(
      [
        "a call",
        "intarsia",
        "spread",
        "tfjs",
        "jax-js",
        ...(torch ? ["PyTorch, CPU"] : []),
        "best peer ÷ ours",
        "in CPU time",
        "rate",
        "of ceiling",
        "goals",
      ],
      rows.map((row) => steady(row, torch)),
    ),
    table(
      [
        "first call and memory",
        "intarsia",
        "tfjs",
        "jax-js",
        "ratio",
        "warm: intarsia",
        "tfjs",
        "jax-js",
        "bytes: intarsia",
        "tfjs",
        "jax-js",
        "ratio",
      ],
      rows.map(first),
    ),
    ...notes(report),
  ].join("\n\n");
}

function steady(row: Row, torch: boolean): string[] {
  const { workload, ours, peers, pytorch, ratio, cpuRatio, bound, gflops, gbps, shareOfCeiling, missed } = row;
  const rate = gflops === undefined ? (gbps === undefined ? "" : `${short(gbps)} GB/s`) : `${short(gflops)} GFLOP/s`;
  return [
    workload,
    time(ours.ms),
    `${(100 * ours.spread).toFixed(0)} %`,
    ...PEERS.map((peer) => cell(peers[peer], ({ ms }) => time(ms))),
    ...(torch ? [pytorch ? cell(pytorch, ({ ms }) => time(ms)) : ""] : []),
    times(ratio, bound),
    times(cpuRatio),
    rate,
    shareOfCeiling === undefined ? "" : `${(100 * shareOfCeiling).toFixed(0)} %`,
    verdict(row, missed),
  ];
}

const verdict = ({ met }: Row, missed: readonly string[]): string => {
  if (missed.length > 0) return `**missed**: ${missed.join("; ")}`;
  return met.length > 0 ? "met" : "–";
};

function first({ workload, ours, peers, firstRatio, bytesRatio }: Row): string[] {
  const warm = ({ warmFirstMs }: Measured): string => (warmFirstMs === undefined ? "–" : time(warmFirstMs));
  const each = (value: (measured: Measured) => string): string[] => PEERS.map((peer) => cell(peers[peer], value));
  return [
    workload,
    time(ours.firstMs),
    ...PEERS.map((peer) => firstCell(peers[peer])),
    times(firstRatio),
    warm(ours),
    ...each(warm),
    mebibytes(ours.bytes),
    ...each(({ bytes }) => mebibytes(bytes)),
    times(bytesRatio),
  ];
}

function firstCell(result: PeerResult | undefined): string {
  if (result && "timedOut" in result && result.firstMs !== undefined) return time(result.firstMs);
  return cell(result, ({ firstMs }) => time(firstMs));
}

/** What cells can only hint at. */
function notes({ rows, failed }: BenchReport): string[] {
  const lines = rows.flatMap(({ workload, peers, pytorch }) =>
    Object.entries({ ...peers, ...(pytorch ? { PyTorch: pytorch } : {}) }).flatMap(([peer, result]) => {
      if (isMeasured(result) || "timedOut" in result) return [];
      return [`- ${workload}, ${peer}: ${"cannot" in result ? `cannot, ${result.cannot}` : `differs, ${result.differs}`}`];
    }),
  );
  const all = [...lines, ...Object.entries(failed).map(([workload, reason]) => `- ${workload}: no row, ${reason}`)];
  return all.length > 0 ? [all.join("\n")] : [];
}
