/** A whole run: draw the bags, train, test with the best epoch's weights, and write everything down. */

import { UserError } from "../../data/errors.ts";
import type { DataSet } from "../../data/index.ts";
import type { Variants } from "../../kernels/index.ts";
import { errorRate, majorityBaseline } from "../../metrics/classification.ts";
import { pictureSource } from "../../report/pictures.ts";
import type { Device } from "../../runtime/device.ts";
import { throwIfInterrupted } from "../../training/errors.ts";
import type { Host } from "../../training/host.ts";
import { fit, type Trained } from "../../training/index.ts";
import { bagShapes } from "../../training/loader/bags.ts";
import { REPORT_FILE } from "../../training/run-files.ts";
import { timed } from "../../training/meter.ts";
import type { MilConfig } from "./config.ts";
import { BAGS_FILE, type RunResult, writeMilRun, writeResult } from "./files.ts";
import { judgeBags } from "./judge.ts";
import { bagManifestText } from "./manifest.ts";
import { prefixScores } from "./prefix.ts";
import { bagSet, MIL_KEEP, pixelsOf, setClassifier } from "./recipe.ts";
import { reportHtml } from "./report/report.ts";
import type { ShownBag } from "./report/strip.ts";
import { createSession, type Session } from "./session.ts";
import { drawSplits, labelsOf, type MilData, type Split, type Splits } from "./splits.ts";
import { decide, TASKS } from "./tasks.ts";

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

/** What a run found, and the bags that its report shows. */
export interface MilOutcome {
  readonly result: RunResult;
  readonly shown: readonly ShownBag[];
}

/** Trains and tests. Resuming goes on from the run's checkpoint. Errors: those of `fit`; bags too large for the device: UserError. */
export function runMil(run: MilRun, { resume = false }: { readonly resume?: boolean } = {}): Promise<MilOutcome> {
  return timed(run.host, resume, async (host, seconds) => {
    const { device, config, data, variants } = run;
    const { task, seed, epochs, batch, accumulate, trainBags, validationBags, testBags } = config;
    const splits = drawSplits(TASKS[task], data, { train: trainBags, validation: validationBags, test: testBags }, seed);
    const setOf = ({ bags, file }: Split): DataSet => bagSet(bags, pixelsOf(data[file]));
    const train = setOf(splits.train);
    checkInstances(device, config, train);
    if (!resume) {
      await writeMilRun(host.files, config);
      await host.files.write(BAGS_FILE, bagManifestText({ task, seed, splits }));
    }
    const trained = await fit(device, setClassifier(config), train, {
      ...{ epochs, batch, accumulate, seed, validation: setOf(splits.validation), keep: MIL_KEEP },
      ...{ host, resume, variants, identity: { ...config } },
    });
    try {
      return await finish({ ...run, host }, trained, splits, seconds);
    } finally {
      trained.dispose();
    }
  });
}

/** The largest tensor of a training step is the first convolution's output, f32 [T, channels1, 24, 24]. */
function checkInstances({ limits, description }: Device, { batch, channels1 }: MilConfig, { lengths }: DataSet): void {
  const instances = Math.max(...bagShapes(lengths ?? [], batch).map((shape) => shape.instances));
  const most = Math.floor(limits.maxBufferSize / (4 * channels1 * 24 * 24));
  if (instances > most)
    throw new UserError(`a step of ${instances} instances is more than ${description} can hold (${most}); take a smaller batch`);
}

async function finish(run: MilRun, trained: Trained, splits: Splits, seconds: () => number): Promise<MilOutcome> {
  const { host, config, device, version } = run;
  const { metrics, kept: bestEpoch, programs } = trained;
  const session = createSession(device, config, programs);
  const [error, majority] = await test(run, session, splits);
  const shown = await showBags(run, session, splits.test);
  throwIfInterrupted(host.signal);
  const found = { adapter: device.description, seconds: seconds(), peakBytes: programs.peakBytes() };
  await host.files.write(REPORT_FILE, reportHtml({ config, ...found, metrics, bestEpoch, error, majority, bags: shown, version }));
  const result: RunResult = {
    task: config.task,
    method: config.method,
    adapter: found.adapter,
    testError: error.rate,
    majorityError: majority.error.rate,
    bags: error.count,
    seconds: found.seconds,
    peakBytes: found.peakBytes,
    report: host.files.locate(REPORT_FILE),
  };
  await writeResult(host.files, { ...result, interval: [error.low, error.high], bestEpoch, version });
  return { result, shown };
}

/** The test error, and that of always answering the commonest label of the training bags. */
async function test({ host, config, data }: MilRun, session: Session, { train, test: { bags, file } }: Splits) {
  const { epochs } = config;
  const progress = (done: number): void => host.progress({ phase: "test", step: done, steps: bags.length, epoch: epochs, epochs });
  const images = bags.map((bag) => bag.images);
  const scores = await judgeBags(session, images, pixelsOf(data[file]), { signal: host.signal, progress });
  const verdicts = scores.map((score) => decide(TASKS[config.task], score));
  return [errorRate(verdicts, labelsOf(bags)), majorityBaseline(labelsOf(train.bags), labelsOf(bags))] as const;
}

/** The first test bags with their pictures, and how the verdict moves. */
async function showBags({ host, data, config }: MilRun, session: Session, split: Split): Promise<ShownBag[]> {
  const bags = split.bags.slice(0, Math.min(SHOWN, config.testBags));
  const pixels = pixelsOf(data[split.file]);
  const images = bags.map((bag) => bag.images);
  const scores = await prefixScores(session, images, pixels, { signal: host.signal });
  const pictureOf = (image: number) => pictureSource(host.encodePng, { width: 28, height: 28, pixels: pixels(image) });
  return Promise.all(
    bags.map(async ({ digits, label }, i) => ({ pictures: await Promise.all(images[i].map(pictureOf)), digits, label, scores: scores[i] })),
  );
}
