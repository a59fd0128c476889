/**
 * The training loop of every study. It submits steps and reads results only every few of them; it saves at the end of every epoch,
 * every minute, when it is interrupted and when a number stops being finite. A run that was resumed ends in the same bits as one that
 * was not: order, random numbers and learning rate depend only on the seed and the position.
 */

import { UserError } from "../data/errors.ts";
import type { Feeds } from "../kernels/index.ts";
import { DeviceError } from "../runtime/index.ts";
import { CHECKPOINT_FILE, restore, save } from "./checkpoint.ts";
import { Interrupted, isAbort } from "./errors.ts";
import { SUMS, totals } from "./guard.ts";
import type { Host, Progress } from "./host.ts";
import { createMeter } from "./meter.ts";
import { appendMetrics, readMetrics, trimMetrics } from "./metrics-log.ts";
import { type TrainingPosition, positionOf } from "./position.ts";
import { trainingReportHtml } from "./report/report.ts";
import { REPORT_FILE } from "./run-files.ts";
import type { Metrics, Step, TrainingSpec } from "./types.ts";
import { createVariantBook, type VariantBook } from "./variants.ts";

/** Seconds between two reports of a run that goes on. */
const REPORT_EVERY = 2;

interface Run {
  readonly host: Host;
  readonly spec: TrainingSpec;
  /** Steps of each epoch, and of the run. */
  readonly counts: readonly number[];
  readonly steps: number;
  readonly variants: VariantBook;
  readonly meter: ReturnType<typeof createMeter>;
  position: TrainingPosition;
  items: number;
  savedAt: number;
  reportedAt: number;
  /** Steps done at the last checkpoint; null: there is none. */
  saved: number | null;
}

export interface TrainOptions {
  /** Goes on from the run's checkpoint; there must be one, of the same config. */
  readonly resume?: boolean;
}

/**
 * Trains to the end. Aborting the host's signal: saves, then throws `Interrupted`. A loss or gradient that stops being finite: saves the
 * last good state, then throws a UserError that names the step and the first node. A device that is lost: a DeviceError that names the last
 * checkpoint, from which another device goes on.
 */
export async function train(host: Host, spec: TrainingSpec, { resume = false }: TrainOptions = {}): Promise<void> {
  const counts = Array.from({ length: spec.epochs }, (_, epoch) => spec.plan(epoch).count);
  const steps = counts.reduce((sum, count) => sum + count, 0);
  const variants = createVariantBook();
  const meter = createMeter();
  const position = { epoch: 0, step: 0, total: 0 };
  const run: Run = {
    host,
    spec,
    counts,
    steps,
    variants,
    meter,
    position,
    items: 0,
    savedAt: host.now(),
    reportedAt: Number.NEGATIVE_INFINITY,
    saved: null,
  };
  try {
    if (resume) {
      run.position = await restore(host.files, spec, variants);
      run.saved = run.position.total;
    }
    await trimMetrics(host.files, run.position.epoch);
    for (let { epoch } = run.position; epoch < spec.epochs; epoch++) {
      if (spec.isOver?.(await readMetrics(host.files))) break;
      await trainEpoch(run, epoch);
      await endEpoch(run, epoch);
    }
    await report(run, true);
  } catch (error) {
    if (!(error instanceof DeviceError) || error.kind !== "lost" || run.saved === null) throw error;
    const where = `another device can resume from step ${run.saved} of ${steps}, ${whereSaved(run)}`;
    throw new DeviceError("lost", `${error.message}; ${where}`, { cause: error });
  }
}

/** The steps of an epoch that are not done yet. */
async function trainEpoch(run: Run, epoch: number): Promise<void> {
  const { spec, host } = run;
  const plan = spec.plan(epoch);
  const { readEvery = 8, saveEvery = 60 } = spec;
  for (let index = run.position.step; index < plan.count; index++) {
    const step = await orLeave(run, async () => plan.step(index));
    run.variants.check(step.program);
    if (index === 0) await resetSums(spec);
    await step.program.run(feedsOf(run, step));
    run.items += step.items;
    run.position = { epoch, step: index + 1, total: run.position.total + 1 };
    if (index + 1 === plan.count || run.position.total % readEvery === 0 || run.position.total === 1) await look(run, step);
    if (host.signal.aborted) await leave(run, step);
    if (host.now() - run.savedAt > 1000 * saveEvery && index + 1 < plan.count) await saveNow(run, step);
  }
}

function feedsOf({ spec, position, steps }: Run, { feeds, reads }: Step): Feeds {
  const { total } = position;
  const rates = Object.entries(spec.rates(total, steps)).flatMap(([key, rate]) =>
    reads?.has(key) === false ? [] : [[key, Float32Array.of(rate)] as const],
  );
  return { ...feeds, step: Int32Array.of(total), ...Object.fromEntries(rates) };
}

async function resetSums({ variables }: TrainingSpec): Promise<void> {
  const sums = await variables.read(SUMS);
  await variables.write(SUMS, new Float32Array(sums.length));
}

/** Reads what the steps so far came to, stops if one of them went bad, and tells the host. */
async function look(run: Run, step: Step): Promise<void> {
  const { host, spec, meter, position } = run;
  const [good, sums] = await Promise.all([step.program.read("good"), step.program.read("sums")]);
  if (good[0] !== position.total) await stopNotFinite(run, good[0]);
  meter.mark(host.now(), position.total, run.items);
  host.progress(progressOf(run, spec.summarize([...sums]).loss));
}

function progressOf({ spec, position, steps, meter }: Run, loss: number | undefined): Progress {
  const { epoch, total } = position;
  const { epochs, unit } = spec;
  const remaining = meter.remaining(steps - total);
  return { phase: "train", step: total, steps, epoch: epoch + 1, epochs, unit, loss, rate: meter.rate(), remaining };
}

async function saveNow(run: Run, step: Step | null): Promise<void> {
  if (step) await look(run, step);
  await save(run.host.files, run.spec, run.position, run.variants);
  run.savedAt = run.host.now();
  run.saved = run.position.total;
}

async function leave(run: Run, step: Step | null): Promise<never> {
  await saveNow(run, step);
  throw new Interrupted(`interrupted at step ${run.position.total} of ${run.steps}; ${whereSaved(run)}`);
}

const whereSaved = ({ host }: Run): string => `saved in ${host.files.locate(CHECKPOINT_FILE)}`;

/** Runs work (compiling, validation) during which the host may abort; then saves the position, which the work does not change, and leaves. */
async function orLeave<T>(run: Run, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (run.host.signal.aborted && isAbort(error)) return leave(run, null);
    throw error;
  }
}

/** The variables are those from before step `good` (0-based): nothing changed since. */
async function stopNotFinite(run: Run, good: number): Promise<never> {
  const { spec, counts, host } = run;
  run.position = positionOf(good, counts);
  const { epoch, step } = run.position;
  await save(host.files, spec, run.position, run.variants);
  const bad = await spec.plan(epoch).step(step);
  const node = await bad.program.firstNonFinite(feedsOf(run, bad));
  const doubt = spec.doubt?.(bad);
  const first = node ? `: first at ${node.label}` : "";
  throw new UserError(
    `training stopped: the loss or a gradient is not finite in step ${good + 1} (epoch ${epoch + 1})${first}${doubt ? `; ${doubt}` : ""}; the last good state is ${whereSaved(run)}`,
  );
}

/** The page of the run so far. */
async function report(run: Run, ended: boolean): Promise<void> {
  const { host, spec, steps } = run;
  const metrics = await readMetrics(host.files);
  const { unit = "epoch", epochs } = spec;
  const rates = Object.keys(spec.rates(0, steps));
  const html = (await spec.report?.(metrics, ended)) ?? trainingReportHtml({ metrics, unit, epochs, rates, ended });
  await host.files.write(REPORT_FILE, html);
  run.reportedAt = host.now();
}

/** Metrics, `afterEpoch`, and a checkpoint at the beginning of the next epoch. */
async function endEpoch(run: Run, epoch: number): Promise<void> {
  const { host, spec, position } = run;
  const sums = totals(await spec.variables.read(SUMS));
  const { total } = position;
  const rates = spec.rates(Math.max(0, total - 1), run.steps);
  const trained = { epoch: epoch + 1, step: total, ...rates, ...spec.summarize(sums) };
  const metrics: Metrics = { ...trained, ...(await orLeave(run, async () => spec.afterEpoch?.(epoch, trained))) };
  await appendMetrics(host.files, metrics);
  run.position = { epoch: epoch + 1, step: 0, total };
  await saveNow(run, null);
  if (epoch + 1 < spec.epochs && host.now() - run.reportedAt > 1000 * REPORT_EVERY) await report(run, false);
  host.progress({ ...progressOf({ ...run, position }, metrics.loss), epochEnded: true, metrics });
}
