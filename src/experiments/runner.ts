/** Filling the cells of a table, seed by seed: what is done stays, what was begun goes on, what another process is at is waited for. */
import { UserError } from "../data/errors.ts";
import { throwIfInterrupted } from "../training/errors.ts";
import { type CellRecord, cellFolder, readCell, writeCell } from "./cells.ts";
import { cellIdentity, jobKey } from "./identity.ts";
import { type DoneJob, doJob, RunFailed, runFolder, type Workshop } from "./jobs.ts";
import type { CellSpec, Experiment, TableJob, CellPlace, TablePreset } from "./types.ts";

/** A cell that can be filled. */
export interface Cell {
  readonly place: CellPlace;
  readonly spec: CellSpec;
}

/** Which part of a table; by default all of it. */
export interface Selection {
  readonly preset: TablePreset;
  /** 1 .. seeds. */
  readonly seeds: number;
  readonly rows?: readonly string[];
  readonly columns?: readonly string[];
}

/** The cells of a selection, seed by seed. An unknown row or column, or a preset that the table has not: UserError. */
export function cellsOf(table: Experiment, { preset, seeds, rows, columns }: Selection): Cell[] {
  if (!table.presets[preset])
    throw new UserError(`table ${table.id}: has no preset ${preset}; it has ${Object.keys(table.presets).join(", ")}`);
  const chosenRows = chosen(table.id, "row", table.rows, rows);
  const chosenColumns = chosen(table.id, "column", table.columns, columns);
  return Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    chosenRows.flatMap((row) =>
      chosenColumns.flatMap((column) => {
        const place = { row, column, preset, seed };
        const spec = table.cell(place);
        return spec ? [{ place, spec }] : [];
      }),
    ),
  );
}

function chosen(id: string, what: string, all: readonly { readonly id: string }[], wanted: readonly string[] | undefined): string[] {
  const ids = all.map((one) => one.id);
  const unknown = wanted?.find((name) => !ids.includes(name));
  if (unknown !== undefined) throw new UserError(`table ${id}: no ${what} ${unknown}; its ${what}s are ${ids.join(", ")}`);
  return ids.filter((name) => wanted === undefined || wanted.includes(name));
}

/** What the runner tells while it works. */
export interface RunnerEvents {
  /** A run begins, or goes on: the cell's own, or one that it needs. */
  begins?(cell: Cell, job: TableJob): void;
  /** Of a cell that was computed, or taken from its finished run. `left`: cells that are still empty. */
  filled?(cell: Cell, record: CellRecord, left: readonly Cell[]): void | Promise<void>;
  /** Only cells are left that other processes are at. */
  waits?(left: readonly Cell[]): void;
}

/** Milliseconds between two looks at what other processes do. */
const PATIENCE = 1000;

/**
 * Fills the cells. Aborting the signal saves and throws `Interrupted`. A run that fails leaves its cells empty and the others to be filled; then, at the
 * end: UserError.
 */
export async function fillCells(cells: readonly Cell[], shop: Workshop, events: RunnerEvents = {}): Promise<void> {
  const failures = new Map<string, string>();
  let left = await emptyCells(cells, shop);
  while (left.length > 0) {
    const busy: Cell[] = [];
    for (const [i, cell] of left.entries()) {
      throwIfInterrupted(shop.signal);
      const { state } = await look(cell, shop);
      if (state === "done") continue;
      const key = await jobKey(cell.spec.job);
      if (failures.has(key)) continue;
      const result = await doJob(cell.spec.job, shop, (job) => events.begins?.(cell, job)).catch((error: unknown) => {
        if (!(error instanceof RunFailed)) throw error;
        failures.set(key, error.message);
        shop.note(`failed: ${error.message}`);
        return null;
      });
      if (result === null) continue;
      if (result === "busy") busy.push(cell);
      else {
        const written = await record(cell, result, shop);
        await events.filled?.(cell, written, [...left.slice(i + 1), ...busy]);
      }
    }
    if (busy.length > 0 && busy.length === left.length) {
      events.waits?.(busy);
      await pause(PATIENCE, shop.signal);
    }
    left = busy;
  }
  const [first] = failures.values();
  if (first !== undefined)
    throw new UserError(`${failures.size === 1 ? "a run" : `${failures.size} runs`} failed, and the cells stay empty: ${first}`);
}

/** Those that hold no number of their config, data and seed. What holds something else is named. */
export async function emptyCells(cells: readonly Cell[], shop: Pick<Workshop, "folder" | "note">): Promise<Cell[]> {
  const empty: Cell[] = [];
  for (const cell of cells) {
    const { state } = await look(cell, shop);
    if (state === "damaged") shop.note(`${shop.folder.files(cellFolder(cell.place)).locate("result.json")}: damaged; filled again`);
    if (state === "other") shop.note(`${cellFolder(cell.place)}: a number of another config or other data; filled again`);
    if (state !== "done") empty.push(cell);
  }
  return empty;
}

const look = async ({ place, spec }: Cell, { folder }: Pick<Workshop, "folder">) =>
  readCell(folder.files(cellFolder(place)), await cellIdentity(spec));

async function record({ place, spec }: Cell, { key, results, made }: DoneJob, { folder }: Workshop): Promise<CellRecord> {
  const value = results.values[spec.measure];
  if (!Number.isFinite(value)) throw new UserError(`${runFolder(key)}: has no number "${spec.measure}"`);
  const { adapter, seconds, peakBytes } = results;
  const written: CellRecord = {
    ...(await cellIdentity(spec)),
    value,
    made: { ...made, adapter, seconds, ...(peakBytes === undefined ? {} : { peakBytes }), run: runFolder(key) },
  };
  await writeCell(folder.files(cellFolder(place)), written);
  return written;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener("abort", end);
  });
}
