/** The files of a run, by name, and what stands in them. */

import { UserError } from "../../data/errors.ts";
import { decodeSafetensors, safetensorsParts } from "../../data/tensors/safetensors.ts";
import type { RunFiles } from "../../training/host.ts";
import { readVariables, writeVariables } from "../../training/save.ts";
import type { Variables } from "../../training/types.ts";
import { checkConfig, type MilConfig } from "./config.ts";

export const RUN_FILE = "run.json";
export const BAGS_FILE = "bags.json";
export const MODEL_FILE = "model.safetensors";
export const RESULT_FILE = "result.json";
export const REPORT_FILE = "report.html";

const FORMAT = "intarsia-mil-run";

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
  readonly seconds: number;
  /** Most bytes on the device at once. */
  readonly peakBytes: number;
  /** Where report.html is. */
  readonly report: string;
}

const pretty = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Marks the directory as a run of this config. */
export const writeRun = (files: RunFiles, config: MilConfig): Promise<void> =>
  files.write(RUN_FILE, pretty({ format: FORMAT, version: 1, config }));

export const writeResult = (files: RunFiles, result: RunResult & Readonly<Record<string, unknown>>): Promise<void> =>
  files.write(RESULT_FILE, pretty(result));

/** The result of a finished run. None, or damaged: UserError. */
export async function readResult(files: RunFiles): Promise<RunResult> {
  const where = files.locate(RESULT_FILE);
  const bytes = await files.read(RESULT_FILE);
  if (!bytes) throw new UserError(`there is no ${where}: the run is not finished`);
  let json: Partial<RunResult>;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new UserError(`${where}: not JSON`);
  }
  const { task, method, adapter, testError, majorityError, bags, seconds, peakBytes, report } = json as RunResult;
  if (![testError, majorityError, bags, seconds, peakBytes].every(Number.isFinite))
    throw new UserError(`${where}: not the result of a run`);
  return { task, method, adapter, testError, majorityError, bags, seconds, peakBytes, report };
}

/** The config of a run; null where there is no run. A damaged one: UserError. */
export async function readRun(files: RunFiles): Promise<MilConfig | null> {
  const bytes = await files.read(RUN_FILE);
  if (!bytes) return null;
  const where = files.locate(RUN_FILE);
  let json: { format?: unknown; version?: unknown; config?: unknown } | null;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new UserError(`${where}: not JSON`);
  }
  if (json?.format !== FORMAT || json.version !== 1 || typeof json.config !== "object" || json.config === null) {
    throw new UserError(`${where}: not a run of intarsia mil (version 1)`);
  }
  return checkConfig(json.config as Readonly<Record<string, unknown>>, where);
}

const isParameter = ({ role }: { role: string }): boolean => role === "parameter";

/** Weights alone, keyed as in PyTorch. */
export async function saveWeights(files: RunFiles, variables: Variables, epoch: number): Promise<void> {
  const tensors = await readVariables(variables, isParameter);
  await files.write(MODEL_FILE, safetensorsParts(tensors, { format: "pt", epoch: String(epoch) }));
}

/** Puts saved weights on the device. None, damaged, or of another architecture: UserError. */
export async function loadWeights(files: RunFiles, variables: Variables): Promise<void> {
  const where = files.locate(MODEL_FILE);
  const bytes = await files.read(MODEL_FILE);
  if (!bytes) throw new UserError(`there is no ${where}: train first`);
  await writeVariables(variables, decodeSafetensors(bytes, where).tensors, where, isParameter);
}
