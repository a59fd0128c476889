/** What `intarsia reproduce` prints. */
import * as path from "node:path";
import { type Cell, cellFolder, type Experiment, type RunnerEvents, type TableFile, type TablePreset } from "../../experiments/index.ts";
import { cellAt, numberWords, spreadWords, thesisWords, verdictWords } from "../../experiments/words.ts";
import { duration } from "../shared/progress.ts";
import { textTable } from "../shared/text-table.ts";
import { type Known, secondsOf, unknownCells } from "./cost.ts";

interface Work {
  readonly table: Experiment;
  readonly cells: readonly Cell[];
  readonly known: Known;
}

export function announceTable(
  table: Experiment,
  { preset, seeds, cells, known }: Omit<Work, "table"> & { readonly preset: TablePreset; readonly seeds: number },
): string {
  const left = unknownCells(cells, known);
  const seedsText = seeds === 1 ? "seed 1" : `seeds 1 to ${seeds}`;
  const head = `${table.title}, preset ${preset}, ${seedsText}: ${cells.length} ${cells.length === 1 ? "cell" : "cells"}`;
  return left.length === 0 ? `${head}, all filled` : `${head}, ${left.length} to fill${remaining(left, known, table, "; about ", "")}`;
}

/** "; about 12 min left": nothing where it is unknown. */
function remaining(left: readonly Cell[], known: Known, table: Experiment, before: string, after: string): string {
  const seconds = left.length === 0 ? null : secondsOf(left, known, table);
  return seconds === null ? "" : `${before}${duration(seconds)}${after}`;
}

/** A line for each cell as it is filled, and the table anew. */
export function cellEvents({
  table,
  cells,
  known,
  note,
  write,
}: Work & { readonly note: (line: string) => void; readonly write: () => Promise<unknown> }): RunnerEvents {
  const now = new Map(known);
  return {
    begins: (cell, job) => note(`${cellWords(table, cell)}${job === cell.spec.job ? "" : ` (first ${job.study})`} ...`),
    async filled(cell, record, left) {
      now.set(cellFolder(cell.place), { cell, record });
      const column = table.columns.find(({ id }) => id === cell.place.column);
      const value = column ? `${numberWords(record.value, column)}${column.unit === "%" ? " %" : ""}` : String(record.value);
      const place = `[${cells.length - left.length} of ${cells.length}]`;
      note(
        `${place} ${cellWords(table, cell)}: ${value}, in ${duration(record.made.seconds)}${remaining(left, now, table, "; about ", " left")}`,
      );
      await write();
    },
    waits: (left) => note(`${left.length} ${left.length === 1 ? "cell is" : "cells are"} being filled by another process: waiting`),
  };
}

function cellWords({ rows, columns }: Experiment, { place: { row, column, seed } }: Cell): string {
  const title = (all: Experiment["rows"], wanted: string): string => all.find(({ id }) => id === wanted)?.title ?? wanted;
  return `${title(rows, row)}, ${title(columns, column)}, seed ${seed}`;
}

/** The table, its verdicts, and where it is. */
export function tableWords(table: TableFile, out: string): string {
  const { rows, columns, orderings } = table;
  const lines = rows.flatMap(({ id, title }) => {
    const cells = columns.map((column) => ({ cell: cellAt(table, id, column.id), column }));
    const own = [title, ...cells.map(({ cell, column }) => spreadWords(cell, column) || "-")];
    const theirs = ["", ...cells.map(({ cell, column }) => thesisWords(cell.thesis, column))];
    return theirs.some(Boolean) ? [own, theirs] : [own];
  });
  const head = ["", ...columns.map(({ title }) => title)];
  const verdicts = orderings.map((ordering) => `${ordering.claim}: ${verdictWords(ordering, table)}`);
  const parts = [
    textTable([head, ...lines], head.map((_, i) => i).slice(1)),
    verdicts.join("\n"),
    `Table: ${path.join(out, "table.html")}`,
  ];
  return `\n${parts.filter(Boolean).join("\n\n")}`;
}
