/** Tables: what their cells say, and as HTML. */
import { SEQUENTIAL } from "./draw/palette.ts";
import { extent } from "./draw/axis.ts";
import { colourOf } from "./draw/colours.ts";
import { escapeHtml, px } from "./html.ts";
import { isNumber, numberText, tame } from "./numbers.ts";
import type { TableCell, TableColumn, TableFigure } from "./types.ts";

/** A cell as it is shown. */
export interface ShownCell {
  readonly text: string;
  readonly note: string;
  readonly hint: string;
  readonly strong: boolean;
  readonly value: number | null;
  /** Between the least and the largest value, 0 to 1. Null: not shaded. */
  readonly share: number | null;
  /** Where a bar begins: the share of 0. */
  readonly from: number;
}

export interface ShownTable {
  /** Empty: the table has no head. */
  readonly columns: readonly (TableColumn & { readonly align: "left" | "right" })[];
  readonly rows: readonly (readonly ShownCell[])[];
}

const valueOf = (cell: TableCell): number | null => {
  const value = typeof cell === "object" && cell !== null ? cell.value : cell;
  return isNumber(value) ? value : null;
};

/** The cells of a figure in words and shares. A row that is too short is filled up with empty cells. */
export function shownTable({ columns = [], rows }: TableFigure): ShownTable {
  const count = rows.reduce((most, row) => Math.max(most, row.length), columns.length);
  const given = Array.from({ length: count }, (_, i): TableColumn => columns[i] ?? { name: "" });
  const aligned = given.map((column, i) => ({ ...column, align: column.align ?? (isNumeric(rows, i) ? "right" : "left") }) as const);
  const ends = shadeEnds(given, rows);
  const shown = rows.map((row) => aligned.map((column, i) => shownCell(row[i] ?? null, column, ends[i])));
  return { columns: columns.length === 0 ? [] : aligned, rows: shown };
}

const isNumeric = (rows: TableFigure["rows"], i: number): boolean =>
  rows.some((row) => valueOf(row[i] ?? null) !== null) && rows.every((row) => (row[i] ?? null) === null || typeof row[i] !== "string");

/** What a column's shades reach from and to; bars from 0. */
function shadeEnds(columns: readonly TableColumn[], rows: TableFigure["rows"]): readonly (readonly [number, number])[] {
  return columns.map(({ shade, shadeWith }, i) => {
    const together = shadeWith === undefined ? [i] : columns.flatMap((column, k) => (column.shadeWith === shadeWith ? [k] : []));
    const [low, high] = extent(rows.flatMap((row) => together.map((k) => valueOf(row[k] ?? null)).filter(isNumber)));
    return shade === "bars" ? [Math.min(0, low), Math.max(0, high)] : [low, high];
  });
}

function shownCell(cell: TableCell, { shade, format }: TableColumn, [low, high]: readonly [number, number]): ShownCell {
  const value = valueOf(cell);
  const own = typeof cell === "object" && cell !== null ? cell : { text: typeof cell === "string" ? cell : undefined };
  const text = own.text ?? (typeof cell === "number" || value !== null ? numberText(value ?? Number(cell), format) : "");
  const { note = "", hint = "", strong = false } = own as { note?: string; hint?: string; strong?: boolean };
  const span = tame(high) - tame(low);
  const shareOf = (number: number): number => (span > 0 ? (tame(number) - tame(low)) / span : 0.5);
  const share = shade === undefined || value === null ? null : shareOf(value);
  return { text, note, hint, strong, value, share, from: shade === "bars" ? shareOf(0) : 0 };
}

/** The table alone, in a box that scrolls where it is too wide. */
export function tableHtml(figure: TableFigure): string {
  const { columns, rows } = shownTable(figure);
  const head =
    columns.length === 0
      ? ""
      : `<thead>${groupRow(columns)}<tr>${columns.map(({ name, align }) => `<th scope="col" class="${align}">${escapeHtml(name)}</th>`).join("")}</tr></thead>`;
  const body = rows.map((row) => `<tr>${row.map((cell, i) => cellHtml(cell, i, columns[i])).join("")}</tr>`);
  return `<div class="scroll"><table${columns.length === 0 ? ' class="facts"' : ""}>${head}<tbody>${body.join("\n")}</tbody></table></div>`;
}

/** Neighbours with the same group, from and up to. */
export function groupsOf(
  columns: ShownTable["columns"],
): { readonly from: number; readonly to: number; readonly name: string | undefined }[] {
  const groups: { readonly from: number; readonly to: number; readonly name: string | undefined }[] = [];
  for (let from = 0; from < columns.length; ) {
    const name = columns[from].group;
    let to = from + 1;
    while (name !== undefined && to < columns.length && columns[to].group === name) to++;
    groups.push({ from, to, name });
    from = to;
  }
  return groups;
}

function groupRow(columns: ShownTable["columns"]): string {
  if (columns.every(({ group }) => group === undefined)) return "";
  const cells = groupsOf(columns).map(({ from, to, name }) =>
    name === undefined ? "<td></td>" : `<th scope="colgroup" colspan="${to - from}" class="group">${escapeHtml(name)}</th>`,
  );
  return `<tr>${cells.join("")}</tr>`;
}

function cellHtml(
  { text, note, hint, strong, share, from }: ShownCell,
  i: number,
  column: ShownTable["columns"][number] | undefined,
): string {
  const written = `${strong ? `<b>${escapeHtml(text)}</b>` : escapeHtml(text)}${note === "" ? "" : ` <span class="note">${escapeHtml(note)}</span>`}`;
  if (i === 0) return `<th scope="row" class="${column?.align ?? "left"}">${written}</th>`;
  const title = hint === "" ? "" : ` title="${escapeHtml(hint)}"`;
  if (share === null) return `<td${column?.align === "right" ? ' class="right"' : ""}${title}>${written}</td>`;
  if (column?.shade === "bars") {
    const place = `left:${px(100 * Math.min(from, share))}%;width:${px(100 * Math.abs(share - from))}%`;
    return `<td class="right bar"${title}><span class="meter" style="${place}"></span><span class="over">${written}</span></td>`;
  }
  const { fill, ink } = colourOf(share, SEQUENTIAL);
  return `<td class="right heat"${title} style="background:${fill};color:${ink}">${written}</td>`;
}
