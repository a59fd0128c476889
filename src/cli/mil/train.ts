/** `intarsia mil train`: options to a config, a directory and a run. */

import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import { loadDigits, writeFileAtomic } from "../../data/node/index.ts";
import type { AdapterKind } from "../../runtime/index.ts";
import { type MilMethod, type MilConfig, presetConfig, type PresetName } from "../../studies/mil/config.ts";
import { BAGS_FILE, readMilRun, readResult, type RunResult } from "../../studies/mil/files.ts";
import { type MilOutcome, runMil } from "../../studies/mil/run.ts";
import { percent } from "../../metrics/classification.ts";
import { TASKS, type TaskName } from "../../studies/mil/tasks.ts";
import { configDifferences } from "../../training/config.ts";
import { Interrupted, isAbort } from "../../training/errors.ts";
import { CHECKPOINT_FILE } from "../../training/checkpoint.ts";
import { describeDevice, withDevice } from "../shared/device.ts";
import { nodeHost, stopOnSignals } from "../shared/host.ts";
import { checkOutput, checkRecord, checkWritable, clearOutput, directoryFiles, freeDirectory } from "../shared/output.ts";
import { PACKAGE } from "../shared/package.ts";
import { createReporter, duration } from "../shared/progress.ts";
import { variantsOf } from "../shared/variants-file.ts";

export interface MilTrainOptions {
  readonly task?: TaskName;
  readonly method?: MilMethod;
  readonly preset?: PresetName;
  readonly seed?: number;
  readonly bags?: number;
  readonly validationBags?: number;
  readonly testBags?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly accumulate?: number;
  readonly lr?: number;
  readonly schedule?: MilConfig["schedule"];
  readonly weightDecay?: number;
  readonly dropout?: number;
  readonly channels?: [number, number];
  readonly features?: number;
  readonly hidden?: number;
  readonly attention?: number;
  readonly out?: string;
  readonly resume?: boolean;
  readonly force?: boolean;
  readonly json?: string;
  readonly data?: string;
  readonly adapter?: AdapterKind;
  readonly variants?: string;
}

/** `base` with what was said on the command line. */
export function configOf(options: MilTrainOptions, base: MilConfig): MilConfig {
  const { seed, epochs, batch, accumulate, schedule, weightDecay, dropout, features, hidden, attention, validationBags, testBags } =
    options;
  const said = {
    ...{ seed, epochs, batch, accumulate, schedule, weightDecay, dropout, features, hidden, attention, validationBags, testBags },
    trainBags: options.bags,
    learningRate: options.lr,
    channels1: options.channels?.[0],
    channels2: options.channels?.[1],
  };
  return { ...base, ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) };
}

/** The config of a new run. */
function freshConfig(options: MilTrainOptions): MilConfig {
  const { preset = "quick", task = "single-digit", method = "lstm" } = options;
  return configOf(options, presetConfig(preset, task, method));
}

/** The config of the run in `directory`; anything said that differs from it is refused. */
async function resumedConfig(directory: string, options: MilTrainOptions): Promise<MilConfig> {
  const saved = await readMilRun(directoryFiles(directory));
  if (!saved) throw new UserError(`${directory}: no run to resume`);
  const { task = saved.task, method = saved.method } = options;
  const base = options.preset ? presetConfig(options.preset, task, method) : { ...saved, task, method };
  const differences = configDifferences(saved, configOf(options, base));
  if (differences.length > 0) throw new UserError(`cannot resume ${directory}: it was made with ${differences.join(", ")}`);
  return saved;
}

/** Where a run goes that was not told: `runs/mil-single-digit-lstm`, or the next free number. */
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

/** Trains, with everything that a person sees meanwhile. */
export async function trainIn(
  directory: string,
  config: MilConfig,
  options: Pick<MilTrainOptions, "data" | "adapter" | "resume" | "force" | "variants">,
): Promise<MilOutcome> {
  const data = loadDigits(options.data);
  const reporter = createReporter();
  const stopper = stopOnSignals(reporter.note);
  try {
    return await withDevice(options.adapter, async (device) => {
      console.log(`intarsia ${PACKAGE.version} on ${describeDevice(device)}`);
      console.log(announce(config));
      if (options.force) clearOutput(directory, [BAGS_FILE]);
      const host = nodeHost(directory, reporter, stopper.signal);
      // A run that was stopped before its first checkpoint is resumed by beginning it.
      const resume = options.resume && fs.existsSync(path.join(directory, CHECKPOINT_FILE));
      return await runMil(
        { host, device, config, data, version: PACKAGE.version, variants: variantsOf(options.variants, device) },
        { resume },
      );
    });
  } catch (error) {
    // Compiling, too, stops when it is asked to.
    if (stopper.signal.aborted && isAbort(error)) {
      throw error instanceof Interrupted ? error : new Interrupted(`interrupted; --resume --out ${directory} goes on`);
    }
    throw error;
  } finally {
    reporter.stop();
    stopper.dispose();
  }
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
  if (json) writeFileAtomic(json, `${JSON.stringify(result, null, 2)}\n`);
}
