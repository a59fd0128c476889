/** What the loop needs of a program and of the variables (those of src/kernels have it, and so has a test's fake), and what a study tells the loop. */

import type { DType, Role, Shape } from "../graph/index.ts";
import type { Feeds } from "../kernels/index.ts";

export interface StepProgram {
  readonly name: string;
  /** The kernels' variants, which decide the last bits of every result. */
  readonly variants: Readonly<Record<string, string>>;
  /** Submits one step. */
  run(feeds: Feeds): Promise<unknown>;
  /** An output of the last run. */
  read(output: string): Promise<Float32Array | Int32Array>;
  /** The first node that a run on these feeds computes and that is not finite, by its label. The variables do not change. */
  firstNonFinite(feeds: Feeds): Promise<{ readonly label: string } | null>;
}

export interface Variables {
  entries(): readonly { readonly path: string; readonly shape: Shape; readonly dtype: DType; readonly role: Role }[];
  read(path: string): Promise<Float32Array | Int32Array>;
  write(path: string, data: Float32Array | Int32Array): unknown;
}

/** One step of an epoch, ready to run. */
export interface Step {
  readonly program: StepProgram;
  /** Everything but `step` and the learning rates, which the loop feeds. */
  readonly feeds: Feeds;
  /** The inputs of the program, where it reads only some of the learning rates. Default: it reads all. */
  readonly reads?: ReadonlySet<string>;
  /** What the rate counts, such as images. */
  readonly items: number;
}

/** The steps of one epoch. Each call with the same epoch must give the same steps. */
export interface EpochPlan {
  readonly count: number;
  step(index: number): Step | Promise<Step>;
}

/** A metrics record: one line of metrics.jsonl. */
export type Metrics = Readonly<Record<string, number>>;

export interface TrainingSpec {
  /** Everything that decides the result, as JSON: a checkpoint of another one is refused. */
  readonly identity: Readonly<Record<string, string | number>>;
  /** Those of all step programs; they are there before the training begins. */
  readonly variables: Variables;
  readonly epochs: number;
  /** What people call an epoch. Default: "epoch". */
  readonly unit?: string;
  plan(epoch: number): EpochPlan;
  /** All learning rates at step 0 .. steps - 1 of the whole run, by input. */
  rates(step: number, steps: number): Readonly<Record<string, number>>;
  /** An epoch's metrics, from its running sums (see guard.ts); `loss` among them is what the progress shows. */
  summarize(sums: readonly number[]): Metrics;
  /** After each epoch, for instance validation; its numbers join the epoch's metrics. */
  afterEpoch?(epoch: number, metrics: Metrics): Promise<Metrics>;
  /** What in the feeds of a step whose loss is not finite may be the reason, for the message. */
  doubt?(step: Step): string | undefined;
  /** Asked before every epoch with the log so far: true ends the training early. */
  isOver?(records: readonly Metrics[]): boolean;
  /** The page of the run so far, written to `REPORT_FILE` after each epoch (at most one in two seconds) and at the end. Default: curves of all metrics. */
  report?(records: readonly Metrics[], ended: boolean): string | Promise<string>;
  /** Steps between two readbacks. Default: 8. */
  readonly readEvery?: number;
  /** Seconds between two checkpoints inside an epoch. Default: 60. */
  readonly saveEvery?: number;
}
