/**
 * `npm run bench`: intarsia and its peers (`npm ci --prefix bench`), workload by workload, on the same adapter, in turn, each visit in a
 * process of its own. Nothing is believed before the outputs agree. docs/performance.md says what is measured and how.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { UserError } from "../src/data/errors.ts";
import type { AdapterKind, Ceilings } from "../src/runtime/index.ts";
import { runAgainst } from "./against/run.ts";
import { regressions } from "./check.ts";
import { cell, mebibytes, short, time, times } from "./format.ts";
import { requirePeers } from "./libraries/peer.ts";
import { meanRatio, toMarkdown } from "./markdown.ts";
import { measureWorkload, medianCeilings } from "./measure.ts";
import { runMemory } from "./memory/run.ts";
import { findPyTorch } from "./pytorch/visit.ts";
import { HELP, type Options, readOptions } from "./options.ts";
import { type BenchReport, readReport, type Row } from "./report.ts";
import { runScale } from "./scale/run.ts";
import { writeBetween } from "./section.ts";
import { probe } from "./visit.ts";
import { choose, OWN, WORKLOADS } from "./workloads/index.ts";

/** What is measured late gets fewer rounds: two after 60 % of the time, one after 80 %. */
function roundsNow(begin: number, { rounds, minutes }: Options): number {
  const share = (performance.now() - begin) / 60_000 / minutes;
  return share < 0.6 ? rounds : Math.min(rounds, share < 0.8 ? 2 : 1);
}

const progress = (line: string): void => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
};

function chosen({ only, check, from }: Options, adapter: AdapterKind) {
  const words = only.length > 0 || !check || from ? only : readReport(check).rows.map(({ workload }) => workload);
  return choose(words, adapter, WORKLOADS);
}

async function measure(options: Options, args: readonly string[]): Promise<BenchReport> {
  if (options.libraries.length > 1) requirePeers();
  const pytorch = options.pytorch === "no" ? null : await findPyTorch(options.python);
  if (!pytorch && options.pytorch === "wanted") throw new UserError(`${options.python} has no PyTorch; --python names another`);
  const begin = performance.now();
  const { adapter, description } = await probe(options.adapter);
  const workloads = chosen(options, adapter);
  console.log(`${adapter}: ${description}`);
  printLine(["workload", "ours", "CPU", "tfjs", "jax-js", "PyTorch", "ratio", "CPU ratio", "first", "bytes", "of ceiling"]);
  const rows: Row[] = [];
  const ceilings: Ceilings[] = [];
  const failed: Record<string, string> = {};
  for (const workload of workloads) {
    try {
      const measured = await measureWorkload(workload, { ...options, pytorch, rounds: roundsNow(begin, options), adapter, progress });
      rows.push(measured.row);
      ceilings.push(...measured.ceilings);
      progress("");
      printRow(measured.row);
    } catch (error) {
      if (error instanceof UserError || !(error instanceof Error)) throw error;
      progress("");
      failed[workload.name] = error.message;
      console.log(`${workload.name}: no row, ${error.message}`);
    }
  }
  const command = ["npm run bench --", ...args].join(" ");
  const ceiling = medianCeilings(ceilings) ?? { gflops: Number.NaN, gbps: Number.NaN };
  return {
    command,
    adapter,
    description,
    peers: versions(),
    cores: availableParallelism(),
    ...(pytorch ? { pytorch: pytorch.version } : {}),
    ceiling,
    minutes: (performance.now() - begin) / 60_000,
    rows,
    failed,
  };
}

/** Of the libraries, as bench/package.json pins them. */
function versions(): Record<string, string> {
  const manifest = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8")) as { dependencies: Record<string, string> };
  return manifest.dependencies;
}

const printLine = (cells: readonly string[]): void =>
  console.log(cells.map((text, column) => (column === 0 ? text.padEnd(34) : text.padStart(11))).join(""));

function printRow({ workload, ours, peers, pytorch, ratio, cpuRatio, bound, firstRatio, bytesRatio, shareOfCeiling, missed }: Row): void {
  const peer = (name: string): string => (name in peers ? cell(peers[name], ({ ms }) => time(ms)) : "");
  const share = shareOfCeiling === undefined ? "" : `${(100 * shareOfCeiling).toFixed(0)} %`;
  const ratios = [times(ratio, bound), times(cpuRatio), times(firstRatio), times(bytesRatio)];
  printLine([
    workload,
    time(ours.ms),
    time(ours.cpuMs),
    peer("tfjs"),
    peer("jax"),
    pytorch ? cell(pytorch, ({ ms }) => time(ms)) : "",
    ...ratios,
    share,
  ]);
  const first = `first call ${time(ours.firstMs)}, ${mebibytes(ours.bytes)}`;
  console.log(`  ${missed.length > 0 ? `missed: ${missed.join("; ")} (${first})` : first}`);
  for (const [name, result] of Object.entries({ ...peers, ...(pytorch ? { PyTorch: pytorch } : {}) })) {
    if ("cannot" in result) console.log(`  ${name} cannot: ${result.cannot}`);
    if ("differs" in result) console.log(`  ${name} computes something else: ${result.differs}`);
  }
}

function finish(report: BenchReport, options: Options): void {
  const { ceiling, rows } = report;
  console.log(`ceilings: ${short(ceiling.gflops)} GFLOP/s, ${short(ceiling.gbps)} GB/s`);
  const mean = meanRatio(rows);
  if (mean) console.log(`geometric mean of ${mean.count} ratios: ${times(mean.mean)}`);
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  if (options.markdown) writeBetween(options.markdown, report.adapter, toMarkdown(report));
  if (!options.check) return;
  const worse = regressions(readReport(options.check), report, options.tolerance);
  console.log(worse.length > 0 ? `worse than ${options.check}:\n  ${worse.join("\n  ")}` : `no ratio is worse than in ${options.check}`);
  if (worse.length > 0) process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<void> {
  const options = readOptions(args);
  if (options.help) console.log(HELP);
  else if (options.list) console.log(OWN.map(({ name }) => name).join("\n"));
  else if (options.command === "scale") await runScale(options, args, progress);
  else if (options.command === "against") await runAgainst(options, args, progress);
  else if (options.command === "memory") await runMemory(options, args);
  else finish(options.from ? readReport(options.from) : await measure(options, args), options);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
