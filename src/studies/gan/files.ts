/** The files of a run of this study, and their content. */
import { UserError } from "../../data/errors.ts";
import type { RunFiles } from "../../training/host.ts";
import { prettyJson, readJson, readRun, RESULT_FILE, RUN_FILE, type RunKind, writeRun } from "../../training/run-files.ts";
import { type GanConfig, ganSettings } from "./config.ts";
import type { GanScores } from "./judge.ts";

const KIND: RunKind = { format: "intarsia-gan-run", command: "intarsia gan" };

/** Rounds of a run: after each it is sampled and judged. */
export const ROUNDS = 10;
/** Images of the same noise after round 1, 2, ... */
export const samplesFile = (round: number): string => `samples-${String(round).padStart(2, "0")}.png`;
export const INTERPOLATION_FILE = "interpolation.png";
/** In addition to the files of every run. */
export const GAN_FILES: readonly string[] = [...Array.from({ length: ROUNDS }, (_, i) => samplesFile(i + 1)), INTERPOLATION_FILE];

/** What `--json` writes. */
export interface GanResult {
  readonly loss: string;
  readonly seed: number;
  readonly adapter: string;
  /** Steps of the generator. */
  readonly iterations: number;
  /** Of the generator's images and, for comparison, of training images; null: the images have no classes, and nothing judges them. */
  readonly scores: (GanScores & { readonly judged: number; readonly classes: number; readonly judgeAccuracy: number }) | null;
  readonly real: GanScores | null;
  /** Of all legs, if the run was resumed. */
  readonly seconds: number;
  /** Most bytes on the device at once, without the judge's. */
  readonly peakBytes: number;
  /** Where report.html is. */
  readonly report: string;
}

/** Marks the directory as a run of this config. */
export const writeGanRun = (files: RunFiles, config: GanConfig): Promise<void> => writeRun(files, KIND, config);

/** The config of a run; null where there is no run. A damaged one: UserError. */
export async function readGanRun(files: RunFiles): Promise<GanConfig | null> {
  const config = await readRun(files, KIND);
  return config && ganSettings.check(config, files.locate(RUN_FILE));
}

export const writeGanResult = (files: RunFiles, result: GanResult & Readonly<Record<string, unknown>>): Promise<void> =>
  files.write(RESULT_FILE, prettyJson(result));

/** The result of a finished run. None, or damaged: UserError. */
export async function readGanResult(files: RunFiles): Promise<GanResult> {
  const where = files.locate(RESULT_FILE);
  const json = await readJson(files, RESULT_FILE);
  if (!json) throw new UserError(`there is no ${where}: the run is not finished`);
  const { loss, seed, adapter, iterations, scores = null, real = null, seconds, peakBytes, report } = json as GanResult;
  if (![seed, iterations, seconds, peakBytes].every(Number.isFinite)) throw new UserError(`${where}: not the result of a run`);
  return { loss, seed, adapter, iterations, scores, real, seconds, peakBytes, report };
}
