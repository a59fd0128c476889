/** Graph -> GPU: compile, run, read. */
export { ProgramError } from "./common/errors.ts";
export { explainProgram, type ExplainOptions } from "./compile/explain.ts";
export type { NonFinite } from "./run/non-finite.ts";
export { pipelineCount } from "./run/pipelines.ts";
export type { ProgramSpec, Recomputation } from "./compile/prepare.ts";
export type { MemoryReport } from "./memory/report.ts";
export {
  compile,
  type CompileOptions,
  type Feed,
  type Feeds,
  type OutputValues,
  planProgram,
  type Program,
  type Values,
} from "./run/program.ts";
export { type KernelTime, shareOfCeiling } from "./compile/times.ts";
export { type BufferReport, type ChoiceReport, describeProgram, type KernelReport, type PlanReport } from "./compile/report.ts";
export { createStore, type Store, type StoreEntry, type StoreOptions } from "./run/store.ts";
export { type Measured, type TuneOptions, tuneProgram } from "./run/tune.ts";
export { emptyTable, type Variants, type VariantTable, variantsFor, variantTable, withVariants } from "./common/variants.ts";
