/** The files of a run of this study, and their content. */
import { UserError } from "../../data/errors.ts";
import type { RunFiles } from "../../training/host.ts";
import { prettyJson, readJson, readRun, RESULT_FILE, RUN_FILE, type RunKind, writeRun } from "../../training/run-files.ts";
import { type MilConfig, milSettings } from "./config.ts";
import { type BagManifest, parseBagManifest } from "./manifest.ts";

/** In addition to the files of every run. */
export const BAGS_FILE = "bags.json";

const KIND: RunKind = { format: "intarsia-mil-run", command: "intarsia mil" };

/** What `--json` writes. */
export interface RunResult {
  readonly task: string;
  readonly method: string;
  readonly adapter: string;
  /** Share of the test bags judged wrongly. */
  readonly testError: number;
  /** The same of always answering the commonest label of the training bags. */
  readonly majorityError: number;
  /** Test bags. */
  readonly bags: number;
  /** Of all legs, if the run was resumed. */
  readonly seconds: number;
  /** Most bytes on the device at once. */
  readonly peakBytes: number;
  /** Where report.html is. */
  readonly report: string;
}

/** Marks the directory as a run of this config. */
export const writeMilRun = (files: RunFiles, config: MilConfig): Promise<void> => writeRun(files, KIND, config);

/** The config of a run; null where there is no run. A damaged one: UserError. */
export async function readMilRun(files: RunFiles): Promise<MilConfig | null> {
  const config = await readRun(files, KIND);
  return config && milSettings.check(config, files.locate(RUN_FILE));
}

/** The bags of a run. None, or damaged: UserError. */
export async function readBags(files: RunFiles): Promise<BagManifest> {
  const where = files.locate(BAGS_FILE);
  const bytes = await files.read(BAGS_FILE);
  if (!bytes) throw new UserError(`there is no ${where}, which says what the run learnt from`);
  return parseBagManifest(new TextDecoder().decode(bytes), where);
}

export const writeResult = (files: RunFiles, result: RunResult & Readonly<Record<string, unknown>>): Promise<void> =>
  files.write(RESULT_FILE, prettyJson(result));

/** The result of a finished run. None, or damaged: UserError. */
export async function readResult(files: RunFiles): Promise<RunResult> {
  const where = files.locate(RESULT_FILE);
  const json = await readJson(files, RESULT_FILE);
  if (!json) throw new UserError(`there is no ${where}: the run is not finished`);
  const { task, method, adapter, testError, majorityError, bags, seconds, peakBytes, report } = json as RunResult;
  if (![testError, majorityError, bags, seconds, peakBytes].every(Number.isFinite))
    throw new UserError(`${where}: not the result of a run`);
  return { task, method, adapter, testError, majorityError, bags, seconds, peakBytes, report };
}
