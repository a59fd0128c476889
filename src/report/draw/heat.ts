/** Tables of numbers as colours: heat maps and confusion matrices. */
import { isNumber, numberText, tame } from "../numbers.ts";
import { px } from "../html.ts";
import type { ConfusionFigure, HeatFigure } from "../types.ts";
import { extent } from "./axis.ts";
import { colourOf } from "./colours.ts";
import { type Drawing, stacked, drawingWidth } from "./drawing.ts";
import { DIVERGING, SEQUENTIAL } from "./palette.ts";
import { centredAt, fitText, measureText, middle, TEXT_SIZE, textAt } from "./text.ts";

const SMALL_TEXT = 11;

interface Cell {
  /** Of the colours, 0 to 1. Null: no value. */
  readonly share: number | null;
  readonly text: string;
}

interface Matrix {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly cells: readonly (readonly Cell[])[];
  readonly rowLabel?: string;
  readonly columnLabel?: string;
  readonly colours: readonly string[];
  /** What the ends of the colours are. */
  readonly ends: readonly [string, string];
  /** The colour of cells without a value. Default: the paper. */
  readonly empty?: string;
  readonly wide?: boolean;
}

export function drawHeat(figure: HeatFigure): Drawing {
  const { rows, columns, values, colours = "sequential", format } = figure;
  const known = values.flat().filter(isNumber);
  const [least, most] = known.length === 0 ? [0, 1] : extent(known);
  const reach = Math.max(Math.abs(figure.low ?? least), Math.abs(figure.high ?? most));
  const [low, high] = colours === "diverging" ? [-reach, reach] : [figure.low ?? least, figure.high ?? most];
  const span = tame(high) - tame(low);
  const shareOf = (value: number): number => (span > 0 ? (tame(value) - tame(low)) / span : 0.5);
  const cells = rows.map((_, i) =>
    columns.map((_, k): Cell => {
      const value = values[i]?.[k];
      return isNumber(value) ? { share: shareOf(value), text: numberText(value, format) } : { share: null, text: "" };
    }),
  );
  const ends = [numberText(low, format), numberText(high, format)] as const;
  return drawMatrix({ ...figure, rows, columns, cells, colours: colours === "diverging" ? DIVERGING : SEQUENTIAL, ends });
}

export function drawConfusion({ classes, counts, wide }: ConfusionFigure): Drawing {
  const cells = classes.map((_, i) => {
    const total = classes.reduce((sum, _, k) => sum + (counts[i]?.[k] ?? 0), 0);
    return classes.map((_, k): Cell => {
      const count = counts[i]?.[k] ?? 0;
      return count > 0 ? { share: count / total, text: numberText(count) } : { share: null, text: "" };
    });
  });
  const labels = { rowLabel: "truth", columnLabel: "answer" };
  return drawMatrix({
    rows: classes,
    columns: classes,
    cells,
    ...labels,
    colours: SEQUENTIAL,
    ends: ["0 %", "100 % of the row"],
    empty: SEQUENTIAL[0],
    wide,
  });
}

function drawMatrix({ rows, columns, cells, rowLabel, columnLabel, colours, ends, empty, wide }: Matrix): Drawing {
  const width = drawingWidth({ wide });
  const edge = rowLabel === undefined ? 0 : 18;
  const left = edge + Math.min(0.35 * width, 8 + Math.max(0, ...rows.map((name) => measureText(name, TEXT_SIZE))));
  const side = Math.min(64, (width - left - 2) / Math.max(1, columns.length));
  const height = Math.min(30, Math.max(side, rows.length > 60 ? 4 : 13));
  const head = drawHead(columns, left, side, columnLabel === undefined ? 0 : 18);
  const middleOf = (i: number): number => middle(head.height + (i + 0.5) * height);
  // Names of low rows leave some out.
  const step = Math.ceil(11 / height);
  const named = rows.map((name, i) =>
    i % step === 0 ? textAt(left - 6, middleOf(i), fitText(name, TEXT_SIZE, left - 6 - edge), { anchor: "end", ink: "ink" }) : "",
  );
  const high = height * rows.length;
  const columnTitle = columnLabel === undefined ? "" : centredAt(left + (side * columns.length) / 2, 12, columnLabel, width);
  const rowText = fitText(rowLabel ?? "", TEXT_SIZE, Math.max(20, high));
  const rowTitle = rowLabel === undefined ? "" : textAt(12, head.height + high / 2, rowText, { anchor: "middle", turn: -90 });
  const drawn = cells.flatMap((row, i) =>
    row.map((cell, k) => drawCell(cell, left + k * side, head.height + i * height, side, height, colours)),
  );
  const area = `x="${px(left)}" y="${px(head.height)}" width="${px(side * columns.length)}" height="${px(high)}"`;
  const ground = empty === undefined ? "" : `<rect ${area} fill="${empty}"/>`;
  const body = named.join("") + head.body + columnTitle + rowTitle + ground + drawn.join("");
  return stacked(width, { body, height: head.height + Math.max(20, high) }, scaleBar(colours, ends, left));
}

/** The names of columns, upright where they are too long to lie. */
function drawHead(
  columns: readonly string[],
  left: number,
  side: number,
  above: number,
): { readonly body: string; readonly height: number } {
  const longest = Math.max(0, ...columns.map((name) => measureText(name, TEXT_SIZE)));
  const upright = longest > side - 4;
  const height = above + (upright ? Math.min(110, longest + 8) : 18);
  const step = Math.ceil((upright ? 12 : 1) / side);
  const names = columns.map((name, i) => {
    if (i % step !== 0) return "";
    const x = left + (i + 0.5) * side;
    const text = fitText(name, TEXT_SIZE, 102);
    return upright
      ? textAt(x + 4, height - 6, text, { turn: -90, ink: "ink" })
      : textAt(x, height - 6, name, { anchor: "middle", ink: "ink" });
  });
  return { body: names.join(""), height };
}

function drawCell({ share, text }: Cell, x: number, y: number, width: number, height: number, colours: readonly string[]): string {
  if (share === null) return "";
  const { fill, ink } = colourOf(share, colours);
  const gap = Math.min(1, 0.1 * Math.min(width, height));
  const box = `<rect x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width - gap))}" height="${px(Math.max(0, height - gap))}" fill="${fill}"/>`;
  const fits = height >= 13 && measureText(text, SMALL_TEXT) <= width - 4;
  return (
    box +
    (fits && text !== ""
      ? textAt(x + width / 2, middle(y + height / 2, SMALL_TEXT), text, { size: SMALL_TEXT, anchor: "middle", fill: ink })
      : "")
  );
}

/** The colours from their first to their last, and what these are. */
function scaleBar(colours: readonly string[], [low, high]: readonly [string, string], left: number) {
  const first = fitText(low, SMALL_TEXT, 60);
  const start = left + measureText(first, SMALL_TEXT) + 6;
  const parts = Array.from({ length: 24 }, (_, i) => {
    const { fill } = colourOf(i / 23, colours);
    return `<rect x="${px(start + 4 * i)}" y="4" width="4.5" height="10" fill="${fill}"/>`;
  });
  const last = textAt(start + 103, 13, fitText(high, SMALL_TEXT, 110), { size: SMALL_TEXT });
  return { body: textAt(left, 13, first, { size: SMALL_TEXT }) + parts.join("") + last, height: 18 };
}
