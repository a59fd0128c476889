/** `intarsia gan train`: options to a config, a directory and a run. */

import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import { configDifferences, type Settings } from "../../data/settings/index.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { type GanConfig, ganConfig, type GanPresetName, ganSettings, LOSS_NAMES } from "../../studies/gan/config.ts";
import { GAN_FILES, type GanResult, INTERPOLATION_FILE, readGanResult, readGanRun } from "../../studies/gan/files.ts";
import { judgeName } from "../../studies/gan/judge.ts";
import { runGan } from "../../studies/gan/run.ts";
import { directoryFiles } from "../../training/node.ts";
import { checkOutput, checkRecord, checkWritable, freeDirectory, writeRecord } from "../shared/output.ts";
import { duration } from "../shared/progress.ts";
import { saidSettings } from "../shared/settings.ts";
import { runStudy } from "../shared/study.ts";
import { dataName, holdsDigits, loadGanData } from "./data.ts";

/** What commander parsed: the settings by their options, and the rest. */
export interface GanTrainOptions extends Settings {
  readonly data?: string;
  readonly preset?: GanPresetName;
  readonly out?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly json?: string;
  readonly adapter?: AdapterKind;
  readonly variants?: string;
}

/** The config of a new run. */
function freshConfig(options: GanTrainOptions): GanConfig {
  const { preset = "quick", data } = options;
  const { loss, generatorLoss, ...said } = saidSettings(ganSettings, options);
  if (loss === undefined) throw new UserError(`--loss is missing: ${LOSS_NAMES.join(", ")}`);
  if (generatorLoss && loss !== "vanilla" && loss !== "dcgan") throw new UserError(`--saturating: the loss ${loss} has no such form`);
  const base = { ...ganConfig(preset, loss), channels: holdsDigits(data) ? 1 : 3 };
  return ganSettings.check({ ...base, ...said, ...(generatorLoss ? { generatorLoss } : {}) }, "gan train");
}

/** The config of the run in `directory`; anything said that differs from it is refused. */
async function resumedConfig(directory: string, options: GanTrainOptions): Promise<GanConfig> {
  const saved = await readGanRun(directoryFiles(directory));
  if (!saved) throw new UserError(`${directory}: no run to resume`);
  const said = saidSettings(ganSettings, options);
  const { loss = saved.loss } = said;
  const base = options.preset ? { ...ganConfig(options.preset, loss), channels: saved.channels } : saved;
  const differences = configDifferences(saved, { ...base, ...said });
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
