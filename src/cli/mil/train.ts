/** `intarsia mil train`: options to a config, a directory and a run. */

import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import { loadDigits } from "../../data/node/index.ts";
import { configDifferences, type Settings } from "../../data/settings/index.ts";
import { percent } from "../../metrics/classification.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { type MilConfig, milSettings, presetConfig, type PresetName } from "../../studies/mil/config.ts";
import { BAGS_FILE, readMilRun, readResult, type RunResult } from "../../studies/mil/files.ts";
import { type MilOutcome, runMil } from "../../studies/mil/run.ts";
import { TASKS } from "../../studies/mil/tasks.ts";
import { directoryFiles } from "../../training/node.ts";
import { checkOutput, checkRecord, checkWritable, freeDirectory, writeRecord } from "../shared/output.ts";
import { duration } from "../shared/progress.ts";
import { saidSettings } from "../shared/settings.ts";
import { runStudy, type StudyRun } from "../shared/study.ts";

/** What commander parsed: the settings by their options, and the rest. */
export interface MilTrainOptions extends Settings {
  readonly preset?: PresetName;
  readonly out?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly json?: string;
  readonly data?: string;
  readonly adapter?: AdapterKind;
  readonly variants?: string;
}

/** The config of a new run. */
export function freshConfig(options: MilTrainOptions): MilConfig {
  const said = saidSettings(milSettings, options);
  const { task = "single-digit", method = "lstm" } = said;
  return milSettings.check({ ...presetConfig(options.preset ?? "quick", task, method), ...said }, "mil train");
}

/** The config of the run in `directory`; anything said that differs from it is refused. */
async function resumedConfig(directory: string, options: MilTrainOptions): Promise<MilConfig> {
  const saved = await readMilRun(directoryFiles(directory));
  if (!saved) throw new UserError(`${directory}: no run to resume`);
  const said = saidSettings(milSettings, options);
  const { task = saved.task, method = saved.method } = said;
  const base = options.preset ? presetConfig(options.preset, task, method) : saved;
  const differences = configDifferences(saved, { ...base, ...said });
  if (differences.length > 0) throw new UserError(`cannot resume ${directory}: it was made with ${differences.join(", ")}`);
  return saved;
}

/** Where a run goes without `--out`: `runs/mil-single-digit-lstm`, or the next free number. */
const defaultDirectory = ({ task, method }: MilConfig): string => freeDirectory(path.join("runs", `mil-${task}-${method}`));

export async function milTrain(options: MilTrainOptions): Promise<void> {
  if (options.resume && !options.out) throw new UserError("--resume needs --out, the directory of the run");
  const state = options.out ? checkOutput(options.out, options) : "new";
  const config = options.resume && options.out ? await resumedConfig(options.out, options) : freshConfig(options);
  const directory = options.out ?? defaultDirectory(config);
  checkWritable(path.join(directory, BAGS_FILE));
  checkRecord(options.json, directory, { data: options.data, more: [BAGS_FILE] });
  if (options.resume && state === "finished") {
    const result = await readResult(directoryFiles(directory));
    console.log(`${directory}: this run is finished`);
    return conclude(result, options.json);
  }
  const { result } = await trainIn(directory, config, options);
  conclude(result, options.json);
}

/** Trains, and shows progress. */
export function trainIn(
  directory: string,
  config: MilConfig,
  options: Pick<MilTrainOptions, "data" | "adapter" | "resume" | "force" | "variants">,
): Promise<MilOutcome> {
  const data = loadDigits(options.data);
  const run: StudyRun<MilOutcome>["run"] = (world, { resume }) => runMil({ ...world, config, data }, { resume });
  return runStudy(directory, { announcement: announce(config), files: [BAGS_FILE], run }, options);
}

function announce({
  task,
  method,
  trainBags,
  testBags,
  epochs,
  seed,
  channels1,
  channels2,
  features,
  hidden,
  attention,
}: MilConfig): string {
  const width = method === "lstm" ? `LSTM ${hidden}` : `attention ${attention}`;
  return (
    `Task: ${TASKS[task].question} ${trainBags} labelled sets to learn from, ${testBags} unseen ones to test on; ${epochs} epochs, seed ${seed}\n` +
    `Model: ${method}; convolutions ${channels1} and ${channels2}, features ${features}, ${width}`
  );
}

/** The last lines of a run, and its result as JSON. */
export function conclude(result: RunResult, json: string | undefined): void {
  const { testError, majorityError, bags, seconds, report } = result;
  console.log(
    `Test error ${percent(testError)} on ${bags} unseen sets (always the commonest answer: ${percent(majorityError)}), after ${duration(seconds)}`,
  );
  console.log(`Report: ${report}`);
  writeRecord(json, result);
}
