/** The files that every run has, by name, and their content. A study adds its own. */
import { UserError } from "../data/errors.ts";
import { decodeSafetensors, type Metadata, safetensorsParts } from "../data/tensors/safetensors.ts";
import { CHECKPOINT_FILE, readVariables, writeVariables } from "./checkpoint.ts";
import type { RunFiles } from "./host.ts";
import { METRICS_FILE } from "./metrics-log.ts";
import type { Variables } from "./types.ts";

/** Before the paths of variables that hold moving averages: `averaged.layer1.0.conv1.weight`. */
export const AVERAGED = "averaged";

/** Which study and config; written first. */
export const RUN_FILE = "run.json";
export const MODEL_FILE = "model.safetensors";
/** Written last: a run that has it is finished. */
export const RESULT_FILE = "result.json";
export const REPORT_FILE = "report.html";

/** The seconds that a run has taken so far (meter.ts). */
export const TIME_FILE = "time.json";

export const RUN_FILES: readonly string[] = [RUN_FILE, MODEL_FILE, METRICS_FILE, CHECKPOINT_FILE, TIME_FILE, RESULT_FILE, REPORT_FILE];

/** Who wrote a run: `format` is in its file, `command` is the name for people. */
export interface RunKind {
  readonly format: string;
  readonly command: string;
}

export const prettyJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** JSON of a run; undefined where there is none. Damaged: UserError. */
export async function readJson(files: RunFiles, name: string): Promise<unknown> {
  const bytes = await files.read(name);
  if (!bytes) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new UserError(`${files.locate(name)}: not JSON`);
  }
}

/** Marks the directory as a run of this config. */
export const writeRun = (files: RunFiles, { format }: RunKind, config: object): Promise<void> =>
  files.write(RUN_FILE, prettyJson({ format, version: 1, config }));

/** The config of a run, unchecked; null where there is no run. Damaged, or another study's: UserError. */
export async function readRun(files: RunFiles, { format, command }: RunKind): Promise<Readonly<Record<string, unknown>> | null> {
  const json = (await readJson(files, RUN_FILE)) as { format?: unknown; version?: unknown; config?: unknown } | null | undefined;
  if (json === undefined) return null;
  if (json?.format !== format || json.version !== 1 || typeof json.config !== "object" || json.config === null)
    throw new UserError(`${files.locate(RUN_FILE)}: not a run of ${command} (version 1)`);
  return json.config as Readonly<Record<string, unknown>>;
}

/** What a model consists of: parameters and running statistics, as they are or, below `root`, as their moving averages are. */
const isOfModel =
  (root: string) =>
  ({ role, path }: { role: string; path: string }): boolean =>
    role !== "slot" && (root === "" ? !path.startsWith(`${AVERAGED}.`) : path.startsWith(`${root}.`));

export interface SaveModelOptions {
  /** `AVERAGED`: the moving averages. Default: the networks as they are. */
  readonly root?: string;
  /** Of the file, in addition. */
  readonly metadata?: Metadata;
}

/** Weights and running statistics alone, keyed as in PyTorch. */
export async function saveModel(
  files: RunFiles,
  variables: Variables,
  epoch: number,
  { root = "", metadata = {} }: SaveModelOptions = {},
): Promise<void> {
  const tensors = await readVariables(variables, isOfModel(root));
  const own = Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [root === "" ? key : key.slice(root.length + 1), tensor]));
  await files.write(MODEL_FILE, safetensorsParts(own, { ...metadata, format: "pt", epoch: String(epoch) }));
}

/** Puts a saved model on the device. None, damaged, or of another architecture: UserError. */
export async function loadModel(files: RunFiles, variables: Variables): Promise<void> {
  const where = files.locate(MODEL_FILE);
  const bytes = await files.read(MODEL_FILE);
  if (!bytes) throw new UserError(`there is no ${where}: train first`);
  await writeVariables(variables, decodeSafetensors(bytes, where).tensors, where, isOfModel(""));
}
