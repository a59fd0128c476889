/** Doing a job once: by whichever process has its lock, from where the last one was stopped. */
import { UserError } from "../data/errors.ts";
import { canonicalJson, jobKey } from "./identity.ts";
import { throwIfInterrupted } from "../training/errors.ts";
import { CHECKPOINT_FILE } from "../training/checkpoint.ts";
import type { Host, RunFiles } from "../training/host.ts";
import { prettyJson, readJson } from "../training/run-files.ts";
import type { Device } from "../runtime/device.ts";
import type { TableJob, JobResults } from "./types.ts";

/** The folder of one table, shared by processes. */
export interface TableFolder {
  /** The files of a folder in it; "": its own. */
  files(folder: string): RunFiles;
  /** Takes a folder for this process; what it gives lets it go. Null: a living process has it. */
  lock(folder: string): Promise<(() => void) | null>;
}

/** How the work is done here. */
export interface Workshop {
  readonly folder: TableFolder;
  /** The table's device, of one kind. */
  readonly device: () => Promise<Device>;
  /** A host for a run. */
  hostOf(files: RunFiles): Host;
  readonly signal: AbortSignal;
  readonly version: string;
  readonly commit: string | null;
  /** A line for people. */
  note(line: string): void;
}

/** Who made a run; beside its files. */
export interface RunMade {
  readonly kind: string | null;
  readonly version: string;
  readonly commit: string | null;
  /** The name of the folder that it was taken over from. */
  readonly from?: string;
}

/** A run that cannot end, such as one whose loss is not finite: its own fault, and not the device's or the folder's. */
export class RunFailed extends Error {
  override readonly name = "RunFailed";
}

export interface DoneJob {
  readonly key: string;
  readonly results: JobResults;
  readonly made: RunMade;
}

const MADE_FILE = "made.json";

export const runFolder = (key: string): string => `runs/${key}`;

/** A finished job's results, without doing anything; null: it is not finished, or its results are damaged. */
export async function finishedJob(job: TableJob, { folder, note }: Pick<Workshop, "folder" | "note">): Promise<DoneJob | null> {
  const key = await jobKey(job);
  const files = folder.files(runFolder(key));
  try {
    const results = await job.results(files);
    if (!results) return null;
    const made = ((await readJson(files, MADE_FILE)) ?? { kind: null, version: "", commit: null }) as RunMade;
    return { key, results, made };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    note(`${error.message}: made again`);
    return null;
  }
}

/**
 * Does the job, and first those that it needs, unless they are done. "busy": another process is at one of them.
 * `starts` is told of each that really has to run. What a run refuses is thrown as `RunFailed`.
 */
export async function doJob(job: TableJob, shop: Workshop, starts: (job: TableJob) => void = () => undefined): Promise<DoneJob | "busy"> {
  const done = await finishedJob(job, shop);
  if (done) return done;
  const needs: Record<string, RunFiles> = {};
  for (const [name, needed] of Object.entries(job.needs ?? {})) {
    const result = await doJob(needed, shop, starts);
    if (result === "busy") return "busy";
    needs[name] = shop.folder.files(runFolder(result.key));
  }
  const folder = runFolder(await jobKey(job));
  const release = await shop.folder.lock(folder);
  if (!release) return "busy";
  try {
    // Another process may have finished it in the meantime.
    const other = await finishedJob(job, shop);
    if (other) return other;
    throwIfInterrupted(shop.signal);
    starts(job);
    await run(job, folder, needs, shop);
  } finally {
    release();
  }
  const result = await finishedJob(job, shop);
  if (!result) throw new Error(`${folder}: the run ended without results`);
  return result;
}

async function run(job: TableJob, folder: string, needs: Readonly<Record<string, RunFiles>>, shop: Workshop): Promise<void> {
  const files = shop.folder.files(folder);
  const resume = (await files.read(CHECKPOINT_FILE)) !== null && (await isSame(job, files));
  let kind: string | null = null;
  let without = false;
  const device = async (): Promise<Device> => {
    const opened = await shop.device().catch((error: unknown) => {
      without = true;
      throw error;
    });
    kind = opened.kind;
    await writeMade(files, { kind, version: shop.version, commit: shop.commit });
    return opened;
  };
  try {
    await job.run({ host: shop.hostOf(files), device, version: shop.version, resume, needs });
  } catch (error) {
    if (error instanceof UserError && !without) throw new RunFailed(`${folder}: ${error.message}`, { cause: error });
    throw error;
  }
  if (kind === null) await writeMade(files, { kind, version: shop.version, commit: shop.commit });
}

/** Whether the folder's run is this job's; a damaged one is not. */
async function isSame(job: TableJob, files: RunFiles): Promise<boolean> {
  const recorded = await job.recorded(files).catch((error: unknown) => {
    if (error instanceof UserError) return null;
    throw error;
  });
  return recorded !== null && canonicalJson(recorded) === canonicalJson(job.config);
}

export const writeMade = (files: RunFiles, made: RunMade): Promise<void> => files.write(MADE_FILE, prettyJson(made));
