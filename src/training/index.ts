/** Training: the loop with its guard, checkpoints and log, the files of a run, and the `Host` that it needs. Runs in browsers. */
export { CHECKPOINT_FILE, loadCheckpoint, readVariables, writeVariables } from "./checkpoint.ts";
export { Interrupted, isAbort, throwIfInterrupted } from "./errors.ts";
export { GOOD_STEPS, type GuardedStep, guardStep, runningSums, SUMS, totals } from "./guard.ts";
export { type Host, memoryFiles, memoryHost, type Progress, type RunFiles } from "./host.ts";
export { type Batch, type Loader, loader, type LoaderOptions } from "./loader/loader.ts";
export { balanced, type BalancedOptions, type Order, type OrderOptions, sequential, shuffled } from "./loader/orders.ts";
export { train, type TrainOptions } from "./loop.ts";
export { METRICS_FILE, readMetrics } from "./metrics-log.ts";
export { fit, type Trained } from "./fit/fit.ts";
export type { AfterRound, FitOptions } from "./fit/options.ts";
export type { Evaluator, Output } from "./fit/evaluator.ts";
export { loadTrained, type LoadTrainedOptions, type Model } from "./fit/model.ts";
export type { Question } from "./fit/samples.ts";
export type { Keep } from "./fit/keep.ts";
export {
  accuracy,
  type Answer,
  type BatchNodes,
  type OutputNames,
  inTurn,
  type Losses,
  type NetworkSpec,
  type ParameterGroup,
  type Pass,
  stepGraph,
  type StepGraph,
  type StepPart,
  type Study,
  supervised,
  type SupervisedSpec,
  type TrainingTask,
} from "./tasks/index.ts";
export { createProgramCache, type ProgramCache, type ProgramCacheOptions } from "./programs.ts";
export { type TrainingReport, trainingReportHtml } from "./report/report.ts";
export {
  loadModel,
  MODEL_FILE,
  prettyJson,
  readJson,
  readRun,
  REPORT_FILE,
  RESULT_FILE,
  RUN_FILE,
  RUN_FILES,
  type RunKind,
  saveModel,
  TIME_FILE,
  writeRun,
} from "./run-files.ts";
export { timed } from "./meter.ts";
export type { EpochPlan, Metrics, Step, StepProgram, TrainingSpec, Variables } from "./types.ts";
