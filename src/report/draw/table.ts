/** A table as a drawing, for picture files. */
import { px } from "../html.ts";
import { groupsOf, type ShownCell, type ShownTable, shownTable } from "../table.ts";
import type { TableFigure } from "../types.ts";
import { colourOf } from "./colours.ts";
import { type Drawing, rectangle, rule } from "./drawing.ts";
import { SEQUENTIAL } from "./palette.ts";
import { fitText, measureText, middle, TEXT_SIZE, textAt } from "./text.ts";

const ROW = 22;
const PAD = 8;
/** Of a column. */
const WIDEST = 420;
const NOTE = 10.5;

const cellWidth = ({ text, note, strong }: ShownCell): number =>
  measureText(text, TEXT_SIZE) * (strong ? 1.06 : 1) + (note === "" ? 0 : 5 + measureText(note, NOTE));

export function drawTable(figure: TableFigure): Drawing {
  const shown = shownTable(figure);
  const { columns, rows } = shown;
  const count = Math.max(columns.length, ...rows.map((row) => row.length), 1);
  const widths = Array.from({ length: count }, (_, i) => {
    const cells = rows.map((row) => (row[i] ? cellWidth(row[i]) : 0));
    return (
      Math.min(
        WIDEST,
        Math.max(columns[i] ? measureText(columns[i].name, TEXT_SIZE) : 0, columns[i]?.shade === "bars" ? 80 : 0, ...cells),
      ) +
      2 * PAD
    );
  });
  widenGroups(columns, widths);
  const lefts = widths.map((_, i) => widths.slice(0, i).reduce((sum, width) => sum + width, 0));
  const width = Math.ceil(widths.reduce((sum, width) => sum + width, 0));
  const grouped = columns.some(({ group }) => group !== undefined);
  const head = (columns.length > 0 ? ROW : 0) + (grouped ? ROW : 0);
  const parts = [...groupNames(columns, lefts, widths)];
  for (const [i, { name, align }] of columns.entries()) parts.push(placed(name, align, lefts[i], widths[i], head - ROW / 2, "soft"));
  for (const [r, row] of rows.entries()) {
    const y = head + r * ROW;
    parts.push(rule(0, y, width, y, r === 0 && head > 0 ? "soft" : "rule"));
    for (const [i, cell] of row.entries()) parts.push(drawTableCell(cell, columns[i], lefts[i], widths[i], y));
  }
  return { width, height: Math.max(ROW, head + rows.length * ROW) + 2, body: parts.join("") };
}

/** A group's name has room over its columns. */
function widenGroups(columns: ShownTable["columns"], widths: number[]): void {
  for (const { from, to, name } of groupsOf(columns)) {
    if (name === undefined) continue;
    const missing = measureText(name, TEXT_SIZE) + 2 * PAD - widths.slice(from, to).reduce((sum, width) => sum + width, 0);
    if (missing > 0) widths[to - 1] += Math.min(missing, WIDEST);
  }
}

function groupNames(columns: ShownTable["columns"], lefts: readonly number[], widths: readonly number[]): string[] {
  return groupsOf(columns).map(({ from, to, name }) => {
    if (name === undefined) return "";
    const [left, right] = [lefts[from], lefts[to - 1] + widths[to - 1]];
    return (
      textAt((left + right) / 2, middle(ROW / 2), fitText(name, TEXT_SIZE, right - left - 4), { anchor: "middle" }) +
      rule(left + 4, ROW, right - 4, ROW)
    );
  });
}

function placed(text: string, align: "left" | "right", left: number, width: number, y: number, ink: "soft" | "ink"): string {
  const fitted = fitText(text, TEXT_SIZE, width - 2 * PAD + 2);
  return align === "right"
    ? textAt(left + width - PAD, middle(y), fitted, { anchor: "end", ink })
    : textAt(left + PAD, middle(y), fitted, { ink });
}

function drawTableCell(cell: ShownCell, column: ShownTable["columns"][number] | undefined, left: number, width: number, y: number): string {
  const { text, note, strong, share, from } = cell;
  const heat = share !== null && column?.shade === "heat" ? colourOf(share, SEQUENTIAL) : null;
  const bar =
    share !== null && column?.shade === "bars"
      ? rectangle(
          "c0",
          left + 2 + Math.min(from, share) * (width - 4),
          y + 3,
          Math.abs(share - from) * (width - 4),
          ROW - 6,
          ' fill-opacity="0.28"',
        )
      : "";
  const behind = heat
    ? `<rect x="${px(left + 1)}" y="${px(y + 1)}" width="${px(width - 2)}" height="${ROW - 2}" fill="${heat.fill}"/>`
    : bar;
  const fill = heat?.ink;
  const noteWidth = note === "" ? 0 : measureText(note, NOTE) + 5;
  const fitted = fitText(text, TEXT_SIZE, Math.max(0, width - 2 * PAD - noteWidth + 2));
  const base = middle(y + ROW / 2);
  const start = column?.align === "right" ? left + width - PAD - noteWidth : left + PAD;
  const written = textAt(start, base, fitted, { anchor: column?.align === "right" ? "end" : "start", bold: strong, ink: "ink", fill });
  if (note === "") return behind + written;
  const noteAt = column?.align === "right" ? start + 5 : start + measureText(fitted, TEXT_SIZE) * (strong ? 1.06 : 1) + 5;
  return behind + written + textAt(noteAt, base, fitText(note, NOTE, Math.max(0, left + width - noteAt)), { size: NOTE, fill });
}
