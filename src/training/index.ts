/** Training: the loop with its guard, checkpoints and log, and what it needs of the world. Runs in browsers. */
export { Interrupted, isAbort, throwIfInterrupted } from "./errors.ts";
export { GOOD_STEPS, type GuardedStep, guardStep, runningSums, SUMS, totals } from "./guard.ts";
export { type Host, memoryFiles, type Progress, type RunFiles } from "./host.ts";
export { train } from "./loop.ts";
export { appendMetrics, METRICS_FILE, readMetrics } from "./metrics-log.ts";
export { CHECKPOINT_FILE, loadCheckpoint, readVariables, writeVariables } from "./checkpoint.ts";
export type { EpochPlan, Metrics, Step, StepProgram, TrainingSpec, Variables } from "./types.ts";
