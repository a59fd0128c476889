/** Tables of paths and labels as data sets. */

import { quote, UserError } from "../errors.ts";
import { type CsvRow, parseCsvRows } from "../text/csv.ts";
import { naturalOrder } from "../text/natural.ts";
import { classColumn, type Column, fromColumns } from "./columns.ts";
import { pictureColumn, type PictureOptions, type PictureSource } from "./pictures.ts";
import type { DataSet } from "./types.ts";

/** Where a field comes from: columns by their titles in the first line. */
export type TableField =
  /** A column of paths to pictures. */
  | ({ readonly picture: string } & PictureOptions)
  /** A column of class names (numbers are names, too); `names` lists them in the order of their numbers. Default: those that occur, in natural order. */
  | { readonly classes: string; readonly names?: readonly string[] }
  /** A column of numbers [], or several as [columns]. */
  | { readonly numbers: string | readonly string[]; readonly dtype?: "f32" | "i32" };

export type TableFields = Readonly<Record<string, TableField>>;

interface Table {
  readonly where: string;
  readonly titles: readonly string[];
  readonly rows: readonly CsvRow[];
}

/** Opens the picture of a path in a table; `where` says in which table and line it stands. Not there: UserError that begins with `where`. */
export type OpenPicture = (path: string, where: string) => PictureSource;

/**
 * A data set of a table whose first line holds titles, and whose cells are separated by commas, semicolons or tabs. A column, cell or picture that is
 * not there, and a cell that is no number or no class: UserError that names table and line.
 */
export async function fromTable(text: string, fields: TableFields, open: OpenPicture, where: string): Promise<DataSet> {
  const table = parseTable(text, where);
  const columns = Object.entries(fields).map(async ([name, field]) => [name, await columnOf(table, field, open)] as const);
  return fromColumns(Object.fromEntries(await Promise.all(columns)), (i) => lineOf(table, i));
}

const lineOf = ({ where, rows }: Table, i: number): string => `${where}: line ${rows[i].line}`;

function parseTable(text: string, where: string): Table {
  const first = /^\s*(.*)/.exec(text)?.[1] ?? "";
  const separator = [",", ";", "\t"].reduce((best, mark) => (first.split(mark).length > first.split(best).length ? mark : best));
  const [head, ...rows] = parseCsvRows(text, separator, where);
  if (!head || rows.length === 0) throw new UserError(`${where}: holds no rows; the first line gives the titles of the columns`);
  const titles = head.cells.map((title) => title.trim());
  const table = { where, titles, rows };
  const odd = rows.findIndex(({ cells }) => cells.length !== titles.length);
  if (odd >= 0) {
    const count = rows[odd].cells.length;
    throw new UserError(
      `${lineOf(table, odd)} has ${count} cells, the first line ${titles.length}; cells that hold ${quote(separator)} are to be quoted`,
    );
  }
  return table;
}

/** The cells of a column, in which none is empty. */
function cellsOf(table: Table, title: string): string[] {
  const column = table.titles.indexOf(title);
  if (column < 0 || table.titles.indexOf(title, column + 1) >= 0) {
    const what = column < 0 ? "no column" : "two columns";
    throw new UserError(`${table.where}: ${what} ${quote(title)}; its first line is ${quote(table.titles.join(", "))}`);
  }
  return table.rows.map(({ cells }, i) => {
    const cell = cells[column].trim();
    if (cell === "") throw new UserError(`${lineOf(table, i)}: nothing stands in the column ${quote(title)}`);
    return cell;
  });
}

function columnOf(table: Table, field: TableField, open: OpenPicture): Column | Promise<Column> {
  if ("picture" in field) {
    const sources = cellsOf(table, field.picture).map((path, i) => open(path, lineOf(table, i)));
    return pictureColumn(sources, field);
  }
  return "classes" in field ? classesOf(table, field) : numbersOf(table, field);
}

function classesOf(table: Table, { classes: title, names }: { readonly classes: string; readonly names?: readonly string[] }): Column {
  const cells = cellsOf(table, title);
  const classes = names ?? [...new Set(cells)].sort(naturalOrder);
  const numbers = new Map(classes.map((name, i) => [name, i]));
  const labels = cells.map((cell, i) => {
    const number = numbers.get(cell);
    if (number === undefined)
      throw new UserError(`${lineOf(table, i)}: ${quote(cell)} in the column ${quote(title)} is none of the ${classes.length} classes`);
    return number;
  });
  return classColumn(labels, classes);
}

function numbersOf(
  table: Table,
  { numbers, dtype = "f32" }: { readonly numbers: string | readonly string[]; readonly dtype?: "f32" | "i32" },
): Column {
  const titles = typeof numbers === "string" ? [numbers] : numbers;
  const width = titles.length;
  const ArrayType = dtype === "f32" ? Float32Array : Int32Array;
  const values = new ArrayType(table.rows.length * width);
  titles.forEach((title, column) => {
    cellsOf(table, title).forEach((cell, i) => {
      const value = Number(cell);
      if (!(dtype === "f32" ? Number.isFinite(value) : (value | 0) === value)) {
        const what = dtype === "f32" ? "a number" : "a whole number of 32 bits";
        throw new UserError(`${lineOf(table, i)}: ${quote(cell)} in the column ${quote(title)} is not ${what}`);
      }
      values[i * width + column] = value;
    });
  });
  const shape = typeof numbers === "string" ? [] : [width];
  return { field: { shape, dtype }, size: table.rows.length, get: (i) => values.subarray(i * width, (i + 1) * width) };
}
