/** The table as a file: the same cells give the same bytes, but for what stands under `made`. */
import { UserError } from "../data/errors.ts";
import { type CellRecord, cellFolder, readCell } from "./cells.ts";
import { cellIdentity } from "./identity.ts";
import type { TableFolder } from "./jobs.ts";
import { type BySeed, type Ordering, orderingOf } from "./orderings.ts";
import { cellsOf } from "./runner.ts";
import { deviationOf, meanOf } from "./statistics.ts";
import type { Experiment, Published, TablePreset } from "./types.ts";

export interface CellSummary {
  readonly row: string;
  readonly column: string;
  readonly values: readonly { readonly seed: number; readonly value: number }[];
  /** Null: no values. */
  readonly mean: number | null;
  /** Null: fewer than two values. */
  readonly sd: number | null;
  readonly n: number;
  readonly thesis: Published | null;
}

/** Of whatever may differ between two runs. */
export interface TableMade {
  readonly version: string;
  readonly commit: string | null;
  readonly when: string;
  /** Of all cells' runs. */
  readonly seconds: number;
  readonly adapters: readonly string[];
  readonly cells: readonly (Pick<CellSummary, "row" | "column"> & { readonly seed: number } & CellRecord["made"])[];
}

export interface TableFile {
  readonly id: string;
  readonly title: string;
  readonly preset: TablePreset;
  readonly measures: string;
  /** Content hash by name. */
  readonly data: Readonly<Record<string, string>>;
  readonly rows: readonly { readonly id: string; readonly title: string; readonly note?: string }[];
  readonly columns: Experiment["columns"];
  readonly cells: readonly CellSummary[];
  readonly orderings: readonly Ordering[];
  readonly made: TableMade;
}

export interface Maker {
  readonly version: string;
  readonly commit: string | null;
  readonly when: string;
}

/** All cells of the table that are filled, with seeds 1 to `seeds`. Cells of two kinds of adapters: UserError. */
export async function tableOf(
  table: Experiment,
  { preset, seeds }: { readonly preset: TablePreset; readonly seeds: number },
  folder: TableFolder,
  maker: Maker,
): Promise<TableFile> {
  const filled = new Map<string, CellRecord>();
  const data: Record<string, string> = {};
  for (const { place, spec } of cellsOf(table, { preset, seeds })) {
    const wanted = await cellIdentity(spec);
    const found = await readCell(folder.files(cellFolder(place)), wanted);
    if (found.state !== "done") continue;
    filled.set(cellFolder(place), found.record);
    Object.assign(data, found.record.job.data);
  }
  checkKinds([...filled.values()]);
  const at = (row: string, column: string): [number, CellRecord][] =>
    Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed): [number, CellRecord][] => {
      const record = filled.get(cellFolder({ row, column, seed }));
      return record ? [[seed, record]] : [];
    });
  const bySeed = (row: string, column: string): BySeed => new Map(at(row, column).map(([seed, { value }]) => [seed, value]));
  const places = table.rows.flatMap((row) => table.columns.map((column) => ({ row: row.id, column: column.id })));
  const cells = places.map(({ row, column }): CellSummary => {
    const values = at(row, column).map(([seed, { value }]) => ({ seed, value }));
    const numbers = values.map(({ value }) => value);
    const mean = numbers.length === 0 ? null : meanOf(numbers);
    return { row, column, values, mean, sd: deviationOf(numbers), n: numbers.length, thesis: table.thesis[row]?.[column] ?? null };
  });
  const orderings = table.claims.map((claim) => {
    const column = table.columns.find(({ id }) => id === claim.column);
    if (!column) throw new Error(`table ${table.id}: a claim about an unknown column ${claim.column}`);
    return orderingOf(claim, column, bySeed(claim.better, claim.column), bySeed(claim.worse, claim.column));
  });
  const runs = new Map([...filled.values()].map(({ made }) => [made.run, made]));
  const made: TableMade = {
    ...maker,
    seconds: [...runs.values()].reduce((sum, one) => sum + one.seconds, 0),
    adapters: [...new Set([...runs.values()].flatMap(({ adapter }) => (adapter === null ? [] : [adapter])))].sort(),
    cells: places.flatMap(({ row, column }) => at(row, column).map(([seed, record]) => ({ row, column, seed, ...record.made }))),
  };
  const { id, title, measures, rows, columns } = table;
  return { id, title, preset, measures, data, rows, columns, cells, orderings, made };
}

/** The kind of adapter that made the cells; null: none was needed. Two kinds: UserError. */
export function checkKinds(records: readonly CellRecord[]): string | null {
  const kinds = [...new Set(records.flatMap(({ made }) => (made.kind === null ? [] : [made.kind])))].sort();
  if (kinds.length > 1)
    throw new UserError(`cells made on adapters of different kinds (${kinds.join(", ")}) make no table; remove those of one kind`);
  return kinds[0] ?? null;
}
