/** Class names in tables: a column of numbers and a column of names, separated by commas, semicolons or tabs. */

import { quote, UserError } from "../errors.ts";
import { parseCsv } from "./csv.ts";

/** The titles under which tables have a class' number and its name. */
const INDEX = /^(index|idx|id|(class|label)_?(id|idx|index|number)|number|no|)$/;
const NAME = /^(name|label|class|(class|label)_?names?|title|text|description)$/;

const isNumber = (cell: string | undefined): boolean => /^\s*\d{1,9}\s*$/.test(cell ?? "");

interface Columns {
  readonly index: number;
  readonly name: number;
  /** Columns of each row. */
  readonly width: number;
  readonly titled: boolean;
}

/** Which columns hold the numbers and the names; null: not a table. */
function columnsOf(rows: readonly (readonly string[])[], where: string): Columns | null {
  const [first, ...rest] = rows;
  const titles = first.map((title) =>
    title
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_"),
  );
  const [index, name] = [INDEX, NAME].map((pattern) => titles.findIndex((title) => pattern.test(title)));
  if (index >= 0 && name >= 0 && rest.length > 0) return { index, name, width: titles.length, titled: true };
  const numbered = (list: typeof rows, column: number): boolean => list.every((row) => row.length > 1 && isNumber(row[column]));
  if (numbered(rows, 0)) return { index: 0, name: 1, width: 2, titled: false };
  if (rows.every(({ length }) => length === 2) && numbered(rows, 1)) return { index: 1, name: 0, width: 2, titled: false };
  if (rest.length === 0 || first.length < 2 || !numbered(rest, 0)) return null;
  if (first.length === 2) return { index: 0, name: 1, width: 2, titled: true };
  throw new UserError(`${where}: its first line is ${quote(first.join())}; the columns should be called index and name`);
}

/** Pairs of number and name, one for each line, or the quoted names of a table of one column. Another kind of text: null. */
export function tableOfLabels(text: string, where: string): [number, string][] | null {
  for (const separator of [",", ";", "\t"]) {
    const rows = parseCsv(text, separator, where);
    const columns = columnsOf(rows, where);
    if (columns) return pairsOf(rows, columns, separator, where);
  }
  const quoted = text.split(/\r\n|\r|\n/).every((line) => line.trim() === "" || line.trim().startsWith('"'));
  const rows = quoted ? parseCsv(text, ",", where) : [];
  return quoted && rows.every(({ length }) => length === 1) ? rows.map(([name], i) => [i, name.trim()]) : null;
}

function pairsOf(rows: readonly (readonly string[])[], { index, name, width, titled }: Columns, separator: string, where: string) {
  const body = titled ? rows.slice(1) : rows;
  if (!titled && body.length > 1 && body[0].length > width && body.every(({ length }) => length === body[0].length))
    throw new UserError(`${where}: ${body[0].length} columns; a first line should call two of them index and name, or quote the names`);
  return body.map((row, i): [number, string] => {
    const at = `${where}: row ${i + 1 + Number(titled)}`;
    // If the names are the last column, additional cells belong to a name with separators that was not quoted.
    const fits = name === width - 1 ? row.length >= width : row.length === width;
    if (!fits)
      throw new UserError(`${at} has ${row.length} columns, expected ${width}; names that hold a ${quote(separator)} are to be quoted`);
    if (!isNumber(row[index])) throw new UserError(`${at}: the number of a class is ${quote(row[index] ?? "")}`);
    return [Number(row[index]), (name === width - 1 ? row.slice(name).join(separator) : row[name]).trim()];
  });
}
