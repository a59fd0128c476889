/** What a run of the bench leaves: the JSON that `--json` writes, `--check` compares and the tables are made of. */
import { readFileSync } from "node:fs";
import { UserError } from "../src/data/errors.ts";
import type { AdapterKind, Ceilings } from "../src/runtime/index.ts";
import type { GoalName } from "./goals.ts";

/** What one library did with one workload. Milliseconds and bytes. */
export interface Measured {
  /** Median over all calls of all rounds. */
  readonly ms: number;
  /** (slowest - fastest) / median of the rounds' own medians. */
  readonly spread: number;
  /** CPU milliseconds of the whole process per call: on a software adapter the work itself, whatever else the machine does. */
  readonly cpuMs: number;
  /** The first call with an empty driver cache: pipelines compiled, weights uploaded, first result read. */
  readonly firstMs: number;
  readonly firstCpuMs: number;
  /** The same with a driver cache that an earlier process filled; absent where the driver has none. */
  readonly warmFirstMs?: number;
  /** The most bytes of GPU buffers at a time. */
  readonly bytes: number;
  readonly rounds: number;
  readonly calls: number;
}

export type PeerResult =
  | Measured
  /** It cannot, and why. */
  | { readonly cannot: string }
  /** Ended after so long; what was measured before is there, the rest is at least this. */
  | { readonly timedOut: "first" | "calls"; readonly atLeastMs: number; readonly firstMs?: number }
  /** Its results are not ours: nothing of it is believed. */
  | { readonly differs: string };

export interface Row {
  readonly workload: string;
  readonly goal: GoalName;
  readonly ours: Measured;
  readonly peers: Readonly<Record<string, PeerResult>>;
  /** On the CPU, without WebGPU: in no ratio. Absent where it was not measured. */
  readonly pytorch?: PeerResult;
  /** Best peer / ours; null where no peer can. A lower bound where `bound` says so. */
  readonly ratio: number | null;
  readonly cpuRatio: number | null;
  readonly firstRatio: number | null;
  readonly bytesRatio: number | null;
  /** The best peer did not end in time: the ratios are at least this. */
  readonly bound: boolean;
  /** 1e9 floating-point operations, or bytes, per second of our call. */
  readonly gflops?: number;
  readonly gbps?: number;
  /** Of the ceiling that our own process measured right afterwards. */
  readonly shareOfCeiling?: number;
  /** The promises of `goals.ts` that the row keeps and those that it does not, with its number. */
  readonly met: readonly string[];
  readonly missed: readonly string[];
}

export interface BenchReport {
  readonly command: string;
  readonly adapter: AdapterKind;
  readonly description: string;
  /** Package -> version. */
  readonly peers: Readonly<Record<string, string>>;
  readonly cores: number;
  /** The version of PyTorch, where it was measured. */
  readonly pytorch?: string;
  /** Median of those measured between the workloads. */
  readonly ceiling: Ceilings;
  readonly minutes: number;
  readonly rows: readonly Row[];
  /** Workloads without a row, and why. */
  readonly failed: Readonly<Record<string, string>>;
}

/** @throws UserError for a file that is no report */
export function readReport(path: string): BenchReport {
  try {
    const report = JSON.parse(readFileSync(path, "utf8")) as BenchReport;
    if (Array.isArray(report.rows) && typeof report.adapter === "string") return report;
  } catch (error) {
    throw new UserError(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new UserError(`${path}: not a report of npm run bench`);
}
