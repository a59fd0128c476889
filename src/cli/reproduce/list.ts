/** `intarsia reproduce` alone: the tables there are, what they cost here, and what is done. */
import { cellsOf, type Experiment, TABLE_PRESETS } from "../../experiments/index.ts";
import { duration } from "../shared/progress.ts";
import { textTable } from "../shared/text-table.ts";
import { knownCells, secondsOf, unknownCells } from "./cost.ts";
import { openTableFolder } from "./folder.ts";

/** Where a table goes unless --out says. */
export const defaultFolder = (id: string, preset: string): string => `results/${id}/${preset}`;

export async function listTables(tables: readonly Experiment[]): Promise<string> {
  const rows: string[][] = [["table", "preset", "seeds", "what it is", "done", "still takes, about"]];
  for (const table of tables)
    for (const preset of TABLE_PRESETS) {
      const plan = table.presets[preset];
      if (!plan) continue;
      const cells = cellsOf(table, { preset, seeds: plan.seeds });
      const known = await knownCells(cells, openTableFolder(defaultFolder(table.id, preset)));
      const left = unknownCells(cells, known);
      const seconds = secondsOf(left, known, table);
      const cost = left.length === 0 ? "" : seconds === null ? "not measured" : duration(seconds);
      rows.push([table.id, preset, String(plan.seeds), plan.what, `${known.size} of ${cells.length}`, cost]);
    }
  const titles = tables.map(({ id, title }) => `  ${id}  ${title}`).join("\n");
  return `${titles}\n\n${textTable(rows, [2, 4])}\n\nintarsia reproduce TABLE --preset PRESET --seeds N fills one; results are kept in ${defaultFolder("TABLE", "PRESET")}.`;
}
