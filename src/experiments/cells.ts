/** A cell's record: its number, what it is the number of, and, apart, how it was made. Small, so that it can be committed. */
import type { RunFiles } from "../training/host.ts";
import { prettyJson, RESULT_FILE } from "../training/run-files.ts";
import { type CellIdentity, canonicalJson } from "./identity.ts";
import type { CellPlace } from "./types.ts";

const FORMAT = "intarsia-cell";

/** Everything that may differ between two runs of one cell. */
export interface CellMade {
  /** The adapter's kind and description; null: the run used none. */
  readonly kind: string | null;
  readonly adapter: string | null;
  readonly seconds: number;
  readonly peakBytes?: number;
  readonly version: string;
  readonly commit: string | null;
  /** The run's folder, from the table's. */
  readonly run: string;
  /** The name of the folder that the run was taken over from. */
  readonly from?: string;
}

export interface CellRecord extends CellIdentity {
  readonly value: number;
  readonly made: CellMade;
}

/** `cells/<row>/<column>/<seed>`, from the table's folder. */
export const cellFolder = ({ row, column, seed }: Pick<CellPlace, "row" | "column" | "seed">): string => `cells/${row}/${column}/${seed}`;

export function writeCell(files: RunFiles, { value, measure, job, made }: CellRecord): Promise<void> {
  return files.write(RESULT_FILE, prettyJson({ format: FORMAT, version: 1, value, measure, job, made }));
}

export type CellState =
  | { readonly state: "none" | "damaged" }
  /** other: of another config, other data, or another seed. */
  | { readonly state: "other" | "done"; readonly record: CellRecord };

/** What a cell's folder holds, beside what it should. */
export async function readCell(files: RunFiles, wanted: CellIdentity): Promise<CellState> {
  const bytes = await files.read(RESULT_FILE);
  if (!bytes) return { state: "none" };
  const record = parseCell(new TextDecoder().decode(bytes));
  if (!record) return { state: "damaged" };
  return { state: canonicalJson({ job: record.job, measure: record.measure }) === canonicalJson(wanted) ? "done" : "other", record };
}

/** Null: it is no record. */
export function parseCell(text: string): CellRecord | null {
  try {
    const json = JSON.parse(text) as { readonly format?: unknown; readonly version?: unknown } & Partial<CellRecord>;
    const { format, version, value, measure, job, made } = json;
    if (format !== FORMAT || version !== 1 || typeof measure !== "string" || !job || !made) return null;
    if (typeof value !== "number" || !Number.isFinite(value) || typeof made.seconds !== "number") return null;
    return { value, measure, job, made };
  } catch {
    return null;
  }
}
