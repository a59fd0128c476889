/** The table's numbers and verdicts as people read them, the same in every form. */
import { LEAST_SEEDS, type Ordering } from "./orderings.ts";
import type { CellSummary, TableFile } from "./table.ts";
import type { MeasureColumn, Published } from "./types.ts";

/** "9.0", or "" where there is nothing. */
export const numberWords = (value: number | null, { digits }: Pick<MeasureColumn, "digits">): string =>
  value === null ? "" : value.toFixed(digits);

/** "9.0 ± 1.1"; without a deviation, the mean alone; "" where there is nothing. */
export function spreadWords({ mean, sd }: { readonly mean: number | null; readonly sd: number | null }, column: MeasureColumn): string {
  if (mean === null) return "";
  return sd === null ? numberWords(mean, column) : `${numberWords(mean, column)} ± ${numberWords(sd, column)}`;
}

export const thesisWords = (thesis: Published | null, column: MeasureColumn): string =>
  thesis === null ? "" : `thesis ${spreadWords(thesis, column)}`;

/** A cell of the table. */
export function cellAt({ cells }: TableFile, row: string, column: string): CellSummary {
  const cell = cells.find((one) => one.row === row && one.column === column);
  if (!cell) throw new Error(`no cell ${row}, ${column}`);
  return cell;
}

/** "single digit (σ = 2), %". */
export const columnWords = ({ title, unit }: MeasureColumn): string => (unit === "" ? title : `${title}, ${unit}`);

/** How many seeds the filled cells have: "1 seed", "3 seeds", "1 to 3 seeds". */
export function seedWords({ cells }: TableFile): string {
  const counts = cells.map(({ n }) => n).filter((n) => n > 0);
  if (counts.length === 0) return "no cell is filled";
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return `${least === most ? most : `${least} to ${most}`} ${most === 1 ? "seed" : "seeds"}`;
}

/** "confirmed (by 4.2, p = 0.013, 5 seeds)". */
export function verdictWords({ verdict, p, difference, seeds, column: id }: Ordering, { columns }: TableFile): string {
  const column = columns.find((one) => one.id === id);
  if (difference === null || !column) return `${verdict}: no seed has both numbers`;
  const by = `${difference < 0 ? "the other way by " : "by "}${numberWords(Math.abs(difference), column)}`;
  const count = `${seeds} ${seeds === 1 ? "seed" : "seeds"}`;
  return p === null
    ? `${verdict} (${by}; ${count}, fewer than ${LEAST_SEEDS})`
    : `${verdict} (${by}, p ${p < 0.001 ? "< 0.001" : `= ${p.toFixed(3)}`}, ${count})`;
}

/** What a reader has to know below the table. */
export function notesOf({ rows, columns, orderings }: TableFile): string[] {
  const own = [...rows, ...columns].flatMap(({ title, note }) => (note === undefined ? [] : [`${title}: ${note}`]));
  const test = "Verdicts: paired t-test over seeds, two-sided, 5 %, each claim by itself.";
  return orderings.length > 0 ? [...own, test] : own;
}
