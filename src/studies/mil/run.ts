/** A whole run: draw the bags, train, test with the best epoch's weights, and write everything down. */

import type { Variants } from "../../kernels/index.ts";
import { errorRate, majorityBaseline } from "../../metrics/classification.ts";
import { pictureSource } from "../../report/pictures.ts";
import type { Device } from "../../runtime/device.ts";
import { throwIfInterrupted } from "../../training/errors.ts";
import type { Host } from "../../training/host.ts";
import { train } from "../../training/loop.ts";
import { readMetrics } from "../../training/metrics-log.ts";
import { loadModel, REPORT_FILE } from "../../training/run-files.ts";
import { capacities, packBatches, type Pixels, pixelsOf } from "./batches.ts";
import type { MilConfig } from "./config.ts";
import { BAGS_FILE, type RunResult, writeMilRun, writeResult } from "./files.ts";
import { judgeBags } from "./judge.ts";
import { bagManifestText } from "./manifest.ts";
import { prefixScores } from "./prefix.ts";
import { reportHtml } from "./report/report.ts";
import type { ShownBag } from "./report/strip.ts";
import { createSession, lengthMultiple, type Session } from "./session.ts";
import { drawSplits, type MilData, type Split, type Splits } from "./splits.ts";
import { decide, TASKS } from "./tasks.ts";
import { bestEpoch, partOf, trainingSpec } from "./training.ts";

export interface MilRun {
  readonly host: Host;
  readonly device: Device;
  readonly config: MilConfig;
  readonly data: MilData;
  readonly version: string;
  /** Measured forms of kernels; a run is resumed with the same ones. */
  readonly variants?: Variants;
}

/** Test bags that the report shows. */
const SHOWN = 24;

/** The pictures of a split's file. */
const splitPixels = (data: MilData, split: Pick<Split, "file">): Pixels => pixelsOf(data[split.file]);

/** What a run found, and the bags that its report shows. */
export interface MilOutcome {
  readonly result: RunResult;
  readonly shown: readonly ShownBag[];
}

/** Trains and tests. Resuming goes on from the run's checkpoint. Errors: those of `train`. */
export async function runMil(run: MilRun, { resume = false }: { readonly resume?: boolean } = {}): Promise<MilOutcome> {
  const { host, device, config, data, variants } = run;
  const begin = host.now();
  const splits = drawSplits(
    TASKS[config.task],
    data,
    { train: config.trainBags, validation: config.validationBags, test: config.testBags },
    config.seed,
  );
  if (!resume) {
    await writeMilRun(host.files, config);
    await host.files.write(BAGS_FILE, bagManifestText({ task: config.task, seed: config.seed, splits }));
  }
  const session = createSession(device, config, { signal: host.signal, variants });
  try {
    await session.training(commonestCapacity(config, splits), partOf(0, 1, config.accumulate));
    await train(host, trainingSpec({ host, session, splits, data }), { resume });
    return await finish(run, session, splits, begin);
  } finally {
    session.dispose();
  }
}

/** The shape of the first step: compiling its program makes the variables. */
function commonestCapacity(config: MilConfig, { train: { bags } }: Splits) {
  const lengths = bags.map((bag) => bag.images.length);
  const table = capacities(lengths, { batch: config.batch, lengthMultiple: lengthMultiple(config) });
  return packBatches(lengths, Uint32Array.from(lengths.keys()), table)[0].capacity;
}

async function finish(run: MilRun, session: Session, splits: Splits, begin: number): Promise<MilOutcome> {
  const { host, config, data, device, version } = run;
  const task = TASKS[config.task];
  const metrics = await readMetrics(host.files);
  await loadModel(host.files, session.store);
  const { bags } = splits.test;
  const pixels = splitPixels(data, splits.test);
  const progress = (done: number): void =>
    host.progress({ phase: "test", step: done, steps: bags.length, epoch: config.epochs, epochs: config.epochs });
  const scores = await judgeBags(
    session,
    bags.map((bag) => bag.images),
    pixels,
    { signal: host.signal, progress },
  );
  const labels = bags.map((bag) => bag.label);
  const error = errorRate(
    scores.map((score) => decide(task, score)),
    labels,
  );
  const majority = majorityBaseline(
    splits.train.bags.map((bag) => bag.label),
    labels,
  );
  const shown = await showBags(run, session, splits.test);
  throwIfInterrupted(host.signal);
  const seconds = (host.now() - begin) / 1000;
  const peakBytes = session.peakBytes();
  const best = bestEpoch(metrics);
  const adapter = device.description;
  await host.files.write(
    REPORT_FILE,
    reportHtml({ config, adapter, seconds, peakBytes, metrics, bestEpoch: best, error, majority, bags: shown, version }),
  );
  const report = host.files.locate(REPORT_FILE);
  const result: RunResult = {
    task: config.task,
    method: config.method,
    adapter,
    testError: error.rate,
    majorityError: majority.error.rate,
    bags: error.count,
    seconds,
    peakBytes,
    report,
  };
  await writeResult(host.files, { ...result, interval: [error.low, error.high], bestEpoch: best, version });
  return { result, shown };
}

/** The first test bags with their pictures, and how the verdict moves. */
async function showBags({ host, data, config }: MilRun, session: Session, split: Split): Promise<ShownBag[]> {
  const bags = split.bags.slice(0, Math.min(SHOWN, config.testBags));
  const pixels = splitPixels(data, split);
  const scores = await prefixScores(
    session,
    bags.map((bag) => bag.images),
    pixels,
    { signal: host.signal },
  );
  return Promise.all(
    bags.map(async ({ images, digits, label }, i) => {
      const pictures = await Promise.all(
        images.map((image) => pictureSource(host.encodePng, { width: 28, height: 28, pixels: pixels(image) })),
      );
      return { pictures, digits, label, scores: scores[i] };
    }),
  );
}
