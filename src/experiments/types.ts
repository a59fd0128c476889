/** An experiment as data: a table of rows and columns, the run behind each cell, the thesis' own numbers, and the orderings that it claims. */
import type { Settings } from "../data/settings/index.ts";
import type { Device } from "../runtime/device.ts";
import type { Host, RunFiles } from "../training/host.ts";

export const TABLE_PRESETS = ["smoke", "quick", "small", "thesis"] as const;
/** smoke: seconds, for tests. quick: a newcomer's quarter of an hour. small: what the repository shows. thesis: the published recipe. */
export type TablePreset = (typeof TABLE_PRESETS)[number];

/** A data set that jobs read. */
export interface TableData<T> {
  readonly name: string;
  load(): Promise<T>;
  /** Of its content. */
  hash(): Promise<string>;
}

/** What a run is given. */
export interface JobWorld {
  /** Its files are those of the run alone. */
  readonly host: Host;
  /** Opened by the first job that asks. */
  readonly device: () => Promise<Device>;
  readonly version: string;
  /** There is a checkpoint: go on from it. */
  readonly resume: boolean;
  /** The files of the jobs that this one needs; they are finished. */
  readonly needs: Readonly<Record<string, RunFiles>>;
}

/** What a finished run says. */
export interface JobResults {
  /** Numbers by name, as the study's own commands print them. */
  readonly values: Readonly<Record<string, number>>;
  /** The device's description; null: it used none. */
  readonly adapter: string | null;
  readonly seconds: number;
  readonly peakBytes?: number;
}

/** One run of a study. It may fill several cells, and several jobs may need one: a judge, a pretrained backbone. */
export interface TableJob {
  /** Which study, or part of one: a plain word. */
  readonly study: string;
  /** What tells the run from others (`SettingsSchema.identity`); its seed, if it has one, is in it. */
  readonly config: Settings;
  readonly data: readonly TableData<unknown>[];
  readonly needs?: Readonly<Record<string, TableJob>>;
  /** Computes the run and leaves its results in its files, last. Stopped at any moment, it goes on when it is called again. */
  run(world: JobWorld): Promise<void>;
  /** Null: the run is not finished. Damaged: UserError. */
  results(files: RunFiles): Promise<JobResults | null>;
  /** The config of whatever run of this study the files hold; null: none. Damaged, or another study's: UserError. */
  recorded(files: RunFiles): Promise<Settings | null>;
}

export interface Row {
  readonly id: string;
  readonly title: string;
  /** For people, below the table. */
  readonly note?: string;
}

export interface MeasureColumn extends Row {
  /** "%", or "". */
  readonly unit: string;
  readonly better: "lower" | "higher";
  /** Decimals that people are shown. */
  readonly digits: number;
}

/** A cell of the table, with one seed. */
export interface CellPlace {
  readonly row: string;
  readonly column: string;
  readonly preset: TablePreset;
  readonly seed: number;
}

/** Where a cell's number comes from. */
export interface CellSpec {
  readonly job: TableJob;
  /** Which of its values. */
  readonly measure: string;
}

export interface Published {
  readonly mean: number;
  readonly sd: number | null;
}

/** "The row `better` does better in the column than the row `worse`." */
export interface Claim {
  readonly claim: string;
  readonly column: string;
  readonly better: string;
  readonly worse: string;
}

export interface PresetPlan {
  /** For people. */
  readonly what: string;
  /** Unless the command says another number. */
  readonly seeds: number;
  /** Of one seed of the whole table on two cores with the embedded adapter, roughly; measured ones beat it. Null: nobody has measured it. */
  readonly minutes: number | null;
}

export interface Experiment {
  /** As the command names it: "7.1". */
  readonly id: string;
  readonly title: string;
  /** What the numbers are. */
  readonly measures: string;
  readonly rows: readonly Row[];
  readonly columns: readonly MeasureColumn[];
  readonly presets: Readonly<Partial<Record<TablePreset, PresetPlan>>>;
  /** By row, then column. */
  readonly thesis: Readonly<Record<string, Readonly<Record<string, Published>>>>;
  readonly claims: readonly Claim[];
  /** Null: the cell stays empty. */
  cell(place: CellPlace): CellSpec | null;
}
