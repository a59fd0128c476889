/** `intarsia gan train`: options to a config, a directory and a run. */

import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { type GanConfig, ganConfig, type GanPresetName, LOSS_NAMES, type LossName } from "../../studies/gan/config.ts";
import { GAN_FILES, type GanResult, INTERPOLATION_FILE, readGanResult, readGanRun } from "../../studies/gan/files.ts";
import { judgeName } from "../../studies/gan/judge.ts";
import { runGan } from "../../studies/gan/run.ts";
import { configDifferences } from "../../training/config.ts";
import { directoryFiles } from "../../training/node.ts";
import { checkOutput, checkRecord, checkWritable, freeDirectory, writeRecord } from "../shared/output.ts";
import { duration } from "../shared/progress.ts";
import { runStudy } from "../shared/study.ts";
import { dataName, holdsDigits, loadGanData } from "./data.ts";

export interface GanTrainOptions {
  readonly loss?: LossName;
  readonly saturating?: boolean;
  readonly data?: string;
  readonly channels?: number;
  readonly preset?: GanPresetName;
  readonly seed?: number;
  readonly iterations?: number;
  readonly batch?: number;
  readonly width?: number;
  readonly noise?: number;
  readonly criticSteps?: number;
  readonly lr?: number;
  readonly judged?: number;
  readonly out?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly json?: string;
  readonly adapter?: AdapterKind;
  readonly variants?: string;
}

/** `base` with what was said on the command line. */
function configOf(options: GanTrainOptions, base: GanConfig): GanConfig {
  const { seed, iterations, batch, width, noise, criticSteps, judged, channels, lr: learningRate, saturating } = options;
  const said = { seed, iterations, batch, width, noise, criticSteps, judged, channels, learningRate };
  return {
    ...base,
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(saturating ? { generatorLoss: "saturating" as const } : {}),
  };
}

/** The config of a new run. */
function freshConfig(options: GanTrainOptions): GanConfig {
  const { preset = "quick", loss, saturating = false, data } = options;
  if (loss === undefined) throw new UserError(`--loss is missing: ${LOSS_NAMES.join(", ")}`);
  if (saturating && loss !== "vanilla" && loss !== "dcgan") throw new UserError(`--saturating: the loss ${loss} has no such form`);
  return configOf(options, { ...ganConfig(preset, loss), channels: holdsDigits(data) ? 1 : 3 });
}

/** The config of the run in `directory`; anything said that differs from it is refused. */
async function resumedConfig(directory: string, options: GanTrainOptions): Promise<GanConfig> {
  const saved = await readGanRun(directoryFiles(directory));
  if (!saved) throw new UserError(`${directory}: no run to resume`);
  const { loss = saved.loss, preset } = options;
  const base = preset ? { ...ganConfig(preset, loss), channels: saved.channels } : { ...saved, loss };
  const differences = configDifferences(saved, configOf(options, base));
  if (differences.length > 0) throw new UserError(`cannot resume ${directory}: it was made with ${differences.join(", ")}`);
  return saved;
}

export async function ganTrain(options: GanTrainOptions): Promise<void> {
  const { out, resume, json } = options;
  if (resume && !out) throw new UserError("--resume needs --out, the directory of the run");
  const state = out ? checkOutput(out, options) : "new";
  const config = resume && out ? await resumedConfig(out, options) : freshConfig(options);
  const directory = out ?? freeDirectory(path.join("runs", `gan-${config.loss}`));
  checkWritable(path.join(directory, INTERPOLATION_FILE));
  checkRecord(json, directory, { data: options.data, more: GAN_FILES });
  if (resume && state === "finished") {
    console.log(`${directory}: this run is finished`);
    return conclude(await readGanResult(directoryFiles(directory)), json);
  }
  const data = await loadGanData(options.data, config.channels);
  const announcement = announce(config, data.train.size);
  const result = await runStudy(
    directory,
    {
      announcement,
      files: GAN_FILES,
      run: (world, how) => {
        const judge = path.join(path.dirname(directory), judgeName(config, dataName(options.data), world.device));
        return runGan({ ...world, judgeFiles: directoryFiles(judge), config, data }, how);
      },
    },
    options,
  );
  conclude(result, json);
}

const announce = ({ loss, generatorLoss, iterations, criticSteps, batch, width, seed }: GanConfig, images: number): string =>
  `Loss: ${loss}${generatorLoss === "saturating" ? " (saturating)" : ""}; ${images} images to learn from, seed ${seed}\n` +
  `${iterations} steps of the generator, ${criticSteps} of the critic for each, ${batch} images a step; width ${width}`;

/** The last lines of a run, and its result as JSON. */
function conclude(result: GanResult, json: string | undefined): void {
  const { scores, real, seconds, report } = result;
  if (scores && real)
    console.log(
      `Frechet distance ${scores.frechet.toFixed(2)} (training images: ${real.frechet.toFixed(2)}), precision ${scores.precision.toFixed(3)}, ` +
        `recall ${scores.recall.toFixed(3)}, ${scores.covered} of ${scores.classes} classes, after ${duration(seconds)}`,
    );
  else console.log(`The images have no classes, so nothing judges them; ${duration(seconds)}`);
  console.log(`Report: ${report}`);
  writeRecord(json, result);
}
