/** A table's folder on disk: `table.*`, `cells/`, and what is not for keeping: `runs/` and, in it, the locks. */
import * as fs from "node:fs";
import * as path from "node:path";
import { UserError } from "../../data/errors.ts";
import { withFileErrors, writeFileAtomic } from "../../data/node/index.ts";
import { tableCsv, tableHtmlPage, tableMarkdown } from "../../experiments/index.ts";
import type { TableFile, TableFolder, TablePreset } from "../../experiments/index.ts";
import { prettyJson } from "../../training/run-files.ts";
import { directoryFiles } from "../../training/node.ts";
import { checkWritable } from "../shared/output.ts";
import { duration } from "../shared/progress.ts";
import { takeLock } from "./lock.ts";

export const TABLE_FILE = "table.json";

export const openTableFolder = (directory: string): TableFolder => ({
  files: (folder) => directoryFiles(path.join(directory, folder)),
  lock: (folder) => takeLock(path.join(directory, "runs", "locks"), folder.replaceAll("/", "_")),
});

/** Refuses a folder that holds something else, or another table. */
export function checkFolder(directory: string, { id, preset }: { readonly id: string; readonly preset: TablePreset }): void {
  checkWritable(path.join(directory, TABLE_FILE));
  if (!fs.existsSync(directory)) return;
  const names = withFileErrors(directory, "read", () => fs.readdirSync(directory)).filter((name) => !name.startsWith(".intarsia."));
  if (names.length === 0) return;
  const there = headOf(path.join(directory, TABLE_FILE));
  if (there === null && !names.includes("cells") && !names.includes(TABLE_FILE))
    throw new UserError(`${directory}: not empty, and no table of intarsia; choose another --out`);
  if (there !== null && (there.id !== id || there.preset !== preset))
    throw new UserError(`${directory}: holds table ${there.id}, preset ${there.preset}; choose another --out`);
}

/** Null: no table, or a damaged one, which its cells make again. */
function headOf(file: string): { readonly id: string; readonly preset: string } | null {
  if (!fs.existsSync(file)) return null;
  try {
    const json = JSON.parse(fs.readFileSync(file, "utf8")) as { readonly id?: unknown; readonly preset?: unknown } | null;
    return typeof json?.id === "string" && typeof json.preset === "string" ? { id: json.id, preset: json.preset } : null;
  } catch {
    return null;
  }
}

/** The table in its four forms, each whole or not at all. */
export function writeTable(directory: string, table: TableFile): void {
  const write = (name: string, text: string): void => writeFileAtomic(path.join(directory, name), text);
  write("table.md", tableMarkdown(table));
  write("table.csv", tableCsv(table));
  write("table.html", tableHtmlPage(table, { duration }));
  write(TABLE_FILE, prettyJson(table));
}
