/**
 * `--from DIR`: a finished run that the study's own command made becomes the run behind the cells of its config. It is copied, not moved, and what it
 * says is believed in two points that it does not record: that it saw the data of this table, and that its adapter is of this machine's kind.
 */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import { makeDirectory, withFileErrors } from "../../data/node/index.ts";
import { canonicalJson, type Cell, finishedJob, jobKey, runFolder, type Workshop, writeMade } from "../../experiments/index.ts";
import { directoryFiles } from "../../training/node.ts";

/** A run, and a cell that it fills. */
interface FinishedRun {
  readonly run: string;
  readonly cell: Cell;
}

/** Finds a cell for each run. One that is not finished, or of no cell: UserError. */
export async function finishedRuns(runs: readonly string[], cells: readonly Cell[]): Promise<FinishedRun[]> {
  const found: FinishedRun[] = [];
  for (const run of runs) found.push({ run, cell: await cellOf(run, cells) });
  return found;
}

/** Copies each run to where the cells of its config look for it. */
export async function takeOver(runs: readonly FinishedRun[], shop: Workshop): Promise<void> {
  for (const { run, cell } of runs) {
    const { job } = cell.spec;
    if (await finishedJob(job, shop)) {
      shop.note(`${run}: its cells are there already`);
      continue;
    }
    const results = await job.results(directoryFiles(run));
    const kind = results?.adapter == null ? null : await kindOf(results.adapter, run, shop);
    await copyRun(run, cell, kind, shop);
  }
}

/** A cell that the run fills. */
async function cellOf(run: string, cells: readonly Cell[]): Promise<Cell> {
  if (!fs.existsSync(run)) throw new UserError(`--from ${run}: no such directory`);
  const files = directoryFiles(run);
  const reasons: string[] = [];
  for (const cell of cells) {
    const { job } = cell.spec;
    try {
      const config = await job.recorded(files);
      if (config === null || canonicalJson(config) !== canonicalJson(job.config)) continue;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      reasons.push(error.message);
      continue;
    }
    if (!(await job.results(files))) throw new UserError(`--from ${run}: is not finished; --resume of the study's own command ends it`);
    return cell;
  }
  throw new UserError(
    `--from ${run}: is the run of no cell of this preset and these seeds${reasons.length === cells.length ? ` (${reasons[0]})` : ""}`,
  );
}

/** The kind of the adapter of this description. */
async function kindOf(adapter: string, run: string, shop: Workshop): Promise<string> {
  const { description, kind } = await shop.device();
  if (description !== adapter)
    throw new UserError(`--from ${run}: was made on ${adapter}; this is ${description} (--adapter takes another kind)`);
  return kind;
}

async function copyRun(run: string, cell: Cell, kind: string | null, shop: Workshop): Promise<void> {
  const folder = runFolder(await jobKey(cell.spec.job));
  const release = await shop.folder.lock(folder);
  if (!release) throw new UserError(`--from ${run}: another process is at this run`);
  try {
    const files = shop.folder.files(folder);
    const target = path.dirname(files.locate("run.json"));
    const partial = `${target}.part`;
    withFileErrors(target, "write", () => {
      fs.rmSync(partial, { recursive: true, force: true });
      makeDirectory(path.dirname(target));
      fs.cpSync(run, partial, { recursive: true });
      fs.rmSync(target, { recursive: true, force: true });
      fs.renameSync(partial, target);
    });
    await writeMade(files, { kind, version: shop.version, commit: null, from: path.basename(path.resolve(run)) });
    shop.note(`${run}: copied to ${target}`);
  } finally {
    release();
  }
}
