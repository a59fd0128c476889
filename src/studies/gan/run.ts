/** A whole run: the judge first, then the two networks in turn, sampled and judged after every round, and everything written down. */
import type { Variants } from "../../kernels/index.ts";
import type { Device } from "../../runtime/device.ts";
import { throwIfInterrupted } from "../../training/errors.ts";
import type { AfterRound } from "../../training/fit/options.ts";
import type { Host } from "../../training/host.ts";
import { fit } from "../../training/index.ts";
import type { ProgramCache } from "../../training/programs.ts";
import { REPORT_FILE } from "../../training/run-files.ts";
import { timed } from "../../training/meter.ts";
import type { Metrics } from "../../training/types.ts";
import type { GanConfig } from "./config.ts";
import type { GanData } from "./data.ts";
import { type GanResult, INTERPOLATION_FILE, ROUNDS, samplesFile, writeGanResult, writeGanRun } from "./files.ts";
import { COLUMNS, gridPicture, interpolationGrid } from "./grid.ts";
import { type Judge, openJudge } from "./judge.ts";
import { ganReportHtml } from "./report.ts";
import { drawNoise, generateImages } from "./sampling.ts";
import { ganTask } from "./study.ts";

export interface GanRun {
  readonly host: Host;
  /** The files of the judge: runs on the same data may share them (judge.ts, `judgeName`). */
  readonly judgeFiles: Host["files"];
  readonly device: Device;
  readonly config: GanConfig;
  readonly data: GanData;
  readonly version: string;
  /** Measured forms of kernels; a run is resumed with the same ones. */
  readonly variants?: Variants;
}

/** Images of the grid after each round. */
const SHOWN = 64;

/** Trains, samples and judges. Resuming goes on from the run's checkpoint. Errors: those of `fit`. */
export const runGan = (run: GanRun, { resume = false }: { readonly resume?: boolean } = {}): Promise<GanResult> =>
  timed(run.host, resume, (host, seconds) => runTimed({ ...run, host }, resume, seconds));

async function runTimed(run: GanRun, resume: boolean, seconds: () => number): Promise<GanResult> {
  const { host, device, config, data, variants } = run;
  if (!resume) await writeGanRun(host.files, config);
  const judge = await openJudge(device, { ...host, files: run.judgeFiles, progress: quietly(host, "judge") }, config, data);
  try {
    const period = config.criticSteps + 1;
    const trained = await fit(device, ganTask(config), data.train, {
      iterations: config.iterations * period,
      every: period * Math.ceil(config.iterations / ROUNDS),
      batch: config.batch,
      seed: config.seed,
      identity: { ...config },
      after: (now) => look(config, judge, now),
      report: (metrics) => ganReportHtml(host.files, { config, result: null, metrics, version: run.version }),
      ...{ host, variants, resume },
    });
    try {
      return await finish(run, judge, trained, seconds);
    } finally {
      trained.dispose();
    }
  } finally {
    judge?.dispose();
  }
}

/** The grid of a round, and what the judge says. */
async function look(config: GanConfig, judge: Judge | null, { round, programs, host }: AfterRound): Promise<Metrics> {
  const { channels, seed } = config;
  const noise = drawNoise(seed, Math.max(SHOWN, judge ? config.judged : 0), config.noise);
  const images = await generateImages(programs, config, noise, host);
  const grid = gridPicture(images.slice(0, SHOWN), { columns: COLUMNS, channels });
  await host.files.write(samplesFile(round), await host.encodePng(grid));
  return judge ? { ...(await judge.scores(images.slice(0, config.judged))) } : {};
}

interface Outcome {
  readonly metrics: readonly Metrics[];
  readonly programs: ProgramCache;
}

async function finish(run: GanRun, judge: Judge | null, { metrics, programs }: Outcome, seconds: () => number): Promise<GanResult> {
  const { host, config, device, version } = run;
  await host.files.write(
    INTERPOLATION_FILE,
    await host.encodePng(await interpolationGrid(programs, config, { rows: 4, seed: config.seed, signal: host.signal })),
  );
  const { frechet, precision, recall, covered } = metrics[metrics.length - 1];
  const { judged } = config;
  const real = judge && (await judge.real());
  throwIfInterrupted(host.signal);
  const result: GanResult = {
    loss: config.loss,
    seed: config.seed,
    adapter: device.description,
    iterations: config.iterations,
    scores: judge && { frechet, precision, recall, covered, judged, classes: judge.classes, judgeAccuracy: judge.accuracy },
    real,
    seconds: seconds(),
    peakBytes: programs.peakBytes(),
    report: host.files.locate(REPORT_FILE),
  };
  await host.files.write(REPORT_FILE, await ganReportHtml(host.files, { config, result, metrics, version }));
  await writeGanResult(host.files, { ...result, version });
  return result;
}

/** Progress that names a phase, without its epochs. */
const quietly =
  (host: Host, phase: string): Host["progress"] =>
  (event) => {
    if (!event.epochEnded) host.progress({ ...event, phase });
  };
