/** Graph -> GPU: compile, run, read. */
export { ProgramError } from "./errors.ts";
export { explainProgram, type ExplainOptions } from "./explain.ts";
export type { Update } from "./group.ts";
export type { NonFinite } from "./locate.ts";
export { pipelineCount } from "./pipelines.ts";
export type { MemoryReport, ProgramSpec, Recomputation } from "./prepare.ts";
export { type KernelTime, shareOfCeiling } from "./profile.ts";
export { compile, type CompileOptions, type Feed, planProgram, type Program, type Values } from "./program.ts";
export { type BufferReport, type ChoiceReport, describeProgram, type KernelReport, type PlanReport } from "./report.ts";
export { createStore, type Store, type StoreEntry, type StoreOptions } from "./store.ts";
export { type Measured, type TuneOptions, tuneProgram } from "./tune.ts";
export { emptyTable, type Variants, type VariantTable, variantsFor, variantTable, withVariants } from "./variants.ts";
