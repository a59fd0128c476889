/** The table as Markdown and as CSV: nothing in them depends on when or where it was made. */
import type { TableFile } from "./table.ts";
import { cellAt, columnWords, notesOf, seedWords, spreadWords, thesisWords, verdictWords } from "./words.ts";

/** A file of its own. */
export const tableMarkdown = (table: TableFile): string =>
  `# ${table.title}\n\n${table.measures} Preset ${table.preset}, ${seedWords(table)}.\n\n${tablePart(table)}`;

/** Table, verdicts and notes, to stand in a document. */
export function tablePart(table: TableFile): string {
  const { rows, columns, orderings } = table;
  const head = ["", ...columns.map(columnWords)];
  const lines = rows.map(({ id, title }) => [
    title,
    ...columns.map((column) => {
      const cell = cellAt(table, id, column.id);
      return [spreadWords(cell, column) || "–", thesisWords(cell.thesis, column)].filter(Boolean).join("<br>");
    }),
  ]);
  const text = [head, head.map((_, i) => (i === 0 ? "---" : "--:")), ...lines].map((cells) => `| ${cells.map(escapeCell).join(" | ")} |`);
  const verdicts = orderings.map((ordering) => `- ${ordering.claim}: ${bold(verdictWords(ordering, table))}`);
  const notes = notesOf(table);
  return [text.join("\n"), verdicts.join("\n"), notes.join("  \n")].filter(Boolean).join("\n\n").concat("\n");
}

/** The verdict itself, bold. */
const bold = (words: string): string => words.replace(/^\w+/, "**$&**");

const escapeCell = (text: string): string => text.replaceAll("|", "\\|");

/** A line for each cell: mean, deviation, count, the thesis' numbers, and the values by seed. */
export function tableCsv({ cells }: TableFile): string {
  const seeds = [...new Set(cells.flatMap(({ values }) => values.map(({ seed }) => seed)))].sort((a, b) => a - b);
  const head = ["row", "column", "mean", "sd", "n", "thesis mean", "thesis sd", ...seeds.map((seed) => `seed ${seed}`)];
  const lines = cells.map(({ row, column, mean, sd, n, thesis, values }) => [
    ...[row, column, mean, sd, n, thesis?.mean ?? null, thesis?.sd ?? null],
    ...seeds.map((seed) => values.find((one) => one.seed === seed)?.value ?? null),
  ]);
  return [head, ...lines].map((line) => `${line.map(csvField).join(",")}\n`).join("");
}

function csvField(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
