/** Rows of cells as aligned text. */

/** `right`: which columns are aligned on the right. */
export function textTable(rows: readonly (readonly string[])[], right: readonly number[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const cell = (text: string, i: number): string => (right.includes(i) ? text.padStart(widths[i]) : text.padEnd(widths[i]));
  return rows.map((row) => row.map(cell).join("  ").trimEnd()).join("\n");
}
