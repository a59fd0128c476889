/** Tables as text (RFC 4180): a cell in quotation marks may hold separators, line ends and doubled quotation marks. */

import { UserError } from "../errors.ts";

export interface CsvRow {
  readonly cells: readonly string[];
  /** The line of the text on which the row begins, from 1. */
  readonly line: number;
}

/** The rows of a table; empty lines are left out. A quotation mark that is not closed: UserError. */
export function parseCsv(text: string, separator: string, where: string): string[][] {
  return parseCsvRows(text, separator, where).map(({ cells }) => [...cells]);
}

/** The same, with the line of each row. */
export function parseCsvRows(text: string, separator: string, where: string): CsvRow[] {
  const rows: CsvRow[] = [];
  let row: string[] = [];
  let [line, counted] = [1, 0];
  const endRow = (end: number): void => {
    if (row.length > 1 || row[0].trim() !== "") rows.push({ cells: row, line });
    row = [];
    line += text.slice(counted, end).match(/\r\n|\r|\n/g)?.length ?? 0;
    counted = end;
  };
  for (let at = 0; at <= text.length; ) {
    const { cell, end } = cellAt(text, at, separator, where);
    row.push(cell);
    at = end + 1;
    if (text[end] === separator) continue;
    if (text[end] === "\r" && text[at] === "\n") at += 1;
    endRow(at);
  }
  return rows;
}

/** A cell, and the position of its separator, its line end or the end of the text. */
function cellAt(text: string, start: number, separator: string, where: string): { readonly cell: string; readonly end: number } {
  const isEnd = (at: number): boolean => at >= text.length || text[at] === separator || text[at] === "\n" || text[at] === "\r";
  let at = start;
  while (text[at] === " ") at += 1;
  if (text[at] !== '"') {
    while (!isEnd(at)) at += 1;
    return { cell: text.slice(start, at), end: at };
  }
  let cell = "";
  for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
    if (at >= text.length) throw new UserError(`${where}: a quotation mark at character ${start + 1} that is not closed`);
    cell += text[at];
    if (text[at] === '"') at += 1;
  }
  for (at += 1; !isEnd(at); at += 1) cell += text[at];
  return { cell: cell.trim(), end: at };
}
