/** How long the runs behind cells take, from those that were made. */
import {
  type Cell,
  canonicalJson,
  cellFolder,
  type CellRecord,
  type Experiment,
  parseCell,
  type TableFolder,
} from "../../experiments/index.ts";
import { RESULT_FILE } from "../../training/run-files.ts";

/** Cells whose number is there, of whatever data, by their folder. */
export type Known = ReadonlyMap<string, { readonly cell: Cell; readonly record: CellRecord }>;

/** What is known of cells without reading any data. */
export async function knownCells(cells: readonly Cell[], folder: TableFolder): Promise<Known> {
  const known = new Map<string, { cell: Cell; record: CellRecord }>();
  for (const cell of cells) {
    const bytes = await folder.files(cellFolder(cell.place)).read(RESULT_FILE);
    const record = bytes && parseCell(new TextDecoder().decode(bytes));
    if (!record) continue;
    const { study, config } = cell.spec.job;
    if (canonicalJson([study, config]) === canonicalJson([record.job.study, record.job.config]) && record.measure === cell.spec.measure)
      known.set(cellFolder(cell.place), { cell, record });
  }
  return known;
}

/** Those whose number is not there. */
export const unknownCells = (cells: readonly Cell[], known: Known): Cell[] => cells.filter(({ place }) => !known.has(cellFolder(place)));

/**
 * Seconds that the runs of `left` take, each counted once: as those of the same row and column did, or of the same row, or any of the study; else as
 * the table says. Null: unknown.
 */
export function secondsOf(left: readonly Cell[], known: Known, table: Experiment): number | null {
  const made = [...known.values()].map(({ cell, record }) => ({ ...cell, seconds: record.made.seconds }));
  const runs = new Map(left.map((cell) => [canonicalJson([cell.spec.job.study, cell.spec.job.config]), cell]));
  let total = 0;
  for (const { place, spec } of runs.values()) {
    const same = made.filter((one) => one.spec.job.study === spec.job.study);
    const alike = [
      same.filter((one) => one.place.row === place.row && one.place.column === place.column),
      same.filter((one) => one.place.row === place.row),
      same,
    ].find((some) => some.length > 0);
    const seconds = alike ? alike.reduce((sum, one) => sum + one.seconds, 0) / alike.length : declared(table, place);
    if (seconds === null) return null;
    total += seconds;
  }
  return total;
}

/** One cell's share of what the table says of its preset. */
function declared(table: Experiment, { preset }: Cell["place"]): number | null {
  const minutes = table.presets[preset]?.minutes ?? null;
  if (minutes === null) return null;
  const jobs = new Set<string>();
  for (const row of table.rows)
    for (const column of table.columns) {
      const spec = table.cell({ row: row.id, column: column.id, preset, seed: 1 });
      if (spec) jobs.add(canonicalJson([spec.job.study, spec.job.config]));
    }
  return (60 * minutes) / jobs.size;
}
