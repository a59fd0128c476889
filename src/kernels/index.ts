/** Graph -> GPU: compile, run, read. */
export { ProgramError } from "./errors.ts";
export type { Update } from "./group.ts";
export { firstNonFinite, type NonFinite } from "./locate.ts";
export { pipelineCount } from "./pipelines.ts";
export type { MemoryReport, ProgramSpec, Recomputation } from "./prepare.ts";
export type { KernelTime } from "./profile.ts";
export { compile, type CompileOptions, type Feed, planProgram, type Program, type Values } from "./program.ts";
export { createStore, type Store, type StoreEntry, type StoreOptions } from "./store.ts";
