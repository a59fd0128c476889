/** Training: the loop with its guard, checkpoints and log, and what it needs of the world. Runs in browsers. */
export { Interrupted, isAbort, throwIfInterrupted } from "./errors.ts";
export { GOOD_STEPS, type GuardedStep, guardStep, runningSums, SUMS, totals } from "./guard.ts";
export { type Host, memoryFiles, type Progress, type RunFiles } from "./host.ts";
export { type Batch, type Loader, loader, type LoaderOptions } from "./loader/loader.ts";
export { balanced, type BalancedOptions, type Order, type OrderOptions, sequential, shuffled } from "./loader/orders.ts";
export { train } from "./loop.ts";
export { appendMetrics, METRICS_FILE, readMetrics } from "./metrics.ts";
export { CHECKPOINT_FILE, readCheckpoint, readVariables, writeVariables } from "./save.ts";
export type { EpochPlan, Metrics, Step, StepProgram, TrainingSpec, Variables } from "./types.ts";
