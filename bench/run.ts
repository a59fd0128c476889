/**
 * `npm run bench`: times a few workloads on the adapter that openDevice finds, beside what the adapter can do at best
 * (its ceilings, measured again at the end, since a busy machine halves them). `npm run bench -- --adapter embedded matmul`
 * forces an adapter and keeps the workloads whose name contains a word. Times are the median of the runs, without readback.
 */
import { parseArgs } from "node:util";
import { compile, createStore, type Program } from "intarsia/kernels";
import { type AdapterKind, type Ceilings, type Device, measureCeilings, openDevice } from "intarsia/runtime";
import { type Workload, workloads } from "./workloads.ts";

const RUNS = 9;
/** Stop repeating a slow workload after this long. */
const BUDGET_MS = 4000;

interface Row {
  readonly name: string;
  readonly compileMs: number;
  readonly firstMs: number;
  readonly medianMs: number;
  readonly rate: number;
  readonly unit: "GFLOP/s" | "GB/s";
}

async function elapsed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

/** Milliseconds of one run, from the submit to the end of the work on the device. */
const timeRun = (device: Device, program: Program): Promise<number> =>
  elapsed(async () => {
    await program.run({});
    await device.gpu.queue.onSubmittedWorkDone();
  });

async function measure(device: Device, { name, output, updates = [], flops, bytes }: Workload): Promise<Row> {
  const store = createStore(device, { seed: 1 });
  const begin = performance.now();
  const program = await compile(device, { name, outputs: { output }, updates, store });
  const compileMs = performance.now() - begin;
  const firstMs = await timeRun(device, program);
  const times: number[] = [];
  for (let spent = 0; times.length < RUNS && (spent < BUDGET_MS || times.length < 3); spent += times[times.length - 1])
    times.push(await timeRun(device, program));
  program.dispose();
  const medianMs = times.sort((a, b) => a - b)[times.length >> 1];
  return { name, compileMs, firstMs, medianMs, rate: (flops || bytes) / medianMs / 1e6, unit: flops ? "GFLOP/s" : "GB/s" };
}

const line = (...cells: readonly string[]): void =>
  console.log(cells.map((cell, column) => (column === 0 ? cell.padEnd(24) : cell.padStart(14))).join(""));

function print({ name, compileMs, firstMs, medianMs, rate, unit }: Row, ceilings: Ceilings): void {
  const share = rate / (unit === "GFLOP/s" ? ceilings.gflops : ceilings.gbps);
  const median = medianMs.toFixed(medianMs < 10 ? 2 : 0);
  line(name, compileMs.toFixed(0), firstMs.toFixed(0), median, `${rate.toFixed(1)} ${unit}`, `${(100 * share).toFixed(0)} %`);
}

async function ceilingsOf(device: Device): Promise<Ceilings> {
  const ceilings = await measureCeilings(device);
  console.log(`ceilings: ${ceilings.gflops.toFixed(1)} GFLOP/s, ${ceilings.gbps.toFixed(1)} GB/s`);
  return ceilings;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { adapter: { type: "string" } }, allowPositionals: true });
  const device = await openDevice({ adapter: values.adapter as AdapterKind | undefined });
  console.log(`${device.kind}: ${device.description}`);
  const ceilings = await ceilingsOf(device);
  line("workload", "compile ms", "first ms", "median ms", "rate", "of ceiling");
  for (const workload of workloads())
    if (positionals.length === 0 || positionals.some((word) => workload.name.includes(word)))
      print(await measure(device, workload), ceilings);
  await ceilingsOf(device);
  device.close();
}

await main();
