/** Figures in words, for those who do not see them, and their numbers as a table. */
import { isNumber, numberText } from "./numbers.ts";
import type { BarsFigure, ChartFigure, ConfusionFigure, CurvesFigure, HeatFigure, ScatterFigure, TableCell, TableFigure } from "./types.ts";

/** Rows and columns of a table of numbers: more would make pages of megabytes. */
const [ROWS, COLUMNS] = [250, 100];
/** Parts of a figure that are told one by one. */
const TOLD = 12;

export function describeFigure(figure: ChartFigure): string {
  if (figure.description !== undefined) return figure.description;
  switch (figure.kind) {
    case "curves":
      return describeCurves(figure);
    case "bars":
      return listed(
        figure.bars.map(({ name, series, value, text, low, high, mark }) => {
          const interval = isNumber(low) && isNumber(high) ? ` (${figureNumber(low, figure)} to ${figureNumber(high, figure)})` : "";
          const compared = isNumber(mark) ? `, ${figure.markName ?? "to compare with"} ${figureNumber(mark, figure)}` : "";
          return `${name}${series ? `, ${series}` : ""}: ${text ?? (isNumber(value) ? figureNumber(value, figure) : "none")}${interval}${compared}`;
        }),
      );
    case "scatter":
      return listed(figure.groups.map(({ name, points }) => `${name || "points"}: ${points.length} points`));
    case "heat":
      return describeHeat(figure);
    case "confusion":
      return describeConfusion(figure);
    default:
      return figure satisfies never;
  }
}

/** The first ones, and how many more there are. */
function listed(parts: readonly string[]): string {
  if (parts.length === 0) return "Nothing yet.";
  const rest = parts.length - TOLD;
  return `${parts.slice(0, TOLD).join("; ")}${rest > 0 ? `; and ${rest} more` : ""}.`;
}

const figureNumber = (value: number, { value: axis }: BarsFigure): string => numberText(value, axis?.format);

function describeCurves({ curves, levels = [], x, y }: CurvesFigure): string {
  const told = curves.map(({ name, points }) => {
    const finite = points.filter(([x, y]) => isNumber(x) && isNumber(y));
    if (finite.length === 0) return `${name}: no values`;
    const [first, last] = [finite[0], finite[finite.length - 1]];
    const at = (point: (typeof finite)[number]): string => `${numberText(point[1], y?.format)} at ${numberText(point[0], x?.format)}`;
    return `${name || "the line"} ${finite.length === 1 ? `is ${at(first)}` : `goes from ${at(first)} to ${at(last)}`}`;
  });
  const axes = x?.label ? `Over ${x.label}: ` : "";
  return axes + listed([...told, ...levels.map((level) => `${level.name} is ${numberText(level.y, y?.format)}`)]);
}

function describeHeat({ rows, columns, values, format }: HeatFigure): string {
  let [least, most]: (readonly [number, string] | null)[] = [null, null];
  for (const [i, row] of rows.entries())
    for (const [k, column] of columns.entries()) {
      const value = values[i]?.[k];
      if (!isNumber(value)) continue;
      const where = `${row}, ${column}`;
      if (least === null || value < least[0]) least = [value, where];
      if (most === null || value > most[0]) most = [value, where];
    }
  const ends =
    least && most ? ` Least ${numberText(least[0], format)} (${least[1]}), largest ${numberText(most[0], format)} (${most[1]}).` : "";
  return `${rows.length} rows and ${columns.length} columns.${ends}`;
}

const rowTotal = (row: readonly number[] | undefined): number => (row ?? []).reduce((sum, count) => sum + count, 0);

function describeConfusion({ classes, counts }: ConfusionFigure): string {
  const total = counts.reduce((sum, row) => sum + rowTotal(row), 0);
  const right = classes.reduce((sum, _, i) => sum + (counts[i]?.[i] ?? 0), 0);
  const known = classes.map((name, i) => `${name}: ${counts[i]?.[i] ?? 0} of ${rowTotal(counts[i])}`);
  return `${right} of ${total} are right. ${listed(known)}`;
}

/** The numbers of a chart. `caption` says what was left out. */
export function figureNumbers(figure: ChartFigure): TableFigure {
  const whole = wholeNumbers(figure);
  const { columns = [] } = whole;
  const step = Math.ceil(whole.rows.length / ROWS);
  const rows = whole.rows.filter((_, i) => i % step === 0 || i === whole.rows.length - 1);
  const left = [
    ...(step > 1 ? [`${rows.length} of ${whole.rows.length} rows, evenly chosen.`] : []),
    ...(columns.length > COLUMNS ? [`The first ${COLUMNS} of ${columns.length} columns.`] : []),
  ];
  if (left.length === 0) return whole;
  return { ...whole, columns: columns.slice(0, COLUMNS), rows: rows.map((row) => row.slice(0, COLUMNS)), caption: left.join(" ") };
}

function wholeNumbers(figure: ChartFigure): TableFigure {
  const made = (columns: readonly string[], rows: TableFigure["rows"]): TableFigure => ({
    ...{ kind: "table", title: "", rows },
    columns: columns.map((name) => ({ name })),
  });
  switch (figure.kind) {
    case "curves":
      return curveNumbers(figure, made);
    case "bars": {
      const { bars, value: axis, markName = "to compare with" } = figure;
      const some = (key: "series" | "low" | "mark"): boolean => bars.some((bar) => bar[key] !== undefined);
      const columns = [
        "",
        ...(some("series") ? ["series"] : []),
        axis?.label ?? "value",
        ...(some("low") ? ["interval"] : []),
        ...(some("mark") ? [markName] : []),
      ];
      const number = (value: number | null | undefined): TableCell =>
        isNumber(value) ? { value, text: numberText(value, axis?.format) } : null;
      return made(
        columns,
        bars.map(({ name, series, value, text, low, high, mark }) => [
          name,
          ...(some("series") ? [series ?? ""] : []),
          text === undefined ? number(value) : { value, text },
          ...(some("low")
            ? [isNumber(low) && isNumber(high) ? `${numberText(low, axis?.format)} to ${numberText(high, axis?.format)}` : ""]
            : []),
          ...(some("mark") ? [number(mark)] : []),
        ]),
      );
    }
    case "scatter":
      return scatterNumbers(figure, made);
    case "heat": {
      const { rows, columns, values, format } = figure;
      const cell = (value: number | null | undefined): TableCell => (isNumber(value) ? { value, text: numberText(value, format) } : null);
      return made(
        ["", ...columns],
        rows.map((name, i) => [name, ...columns.map((_, k) => cell(values[i]?.[k]))]),
      );
    }
    case "confusion":
      return made(
        ["truth", ...figure.classes, "right"],
        figure.classes.map((name, i) => {
          const [own, total] = [figure.counts[i]?.[i] ?? 0, rowTotal(figure.counts[i])];
          return [
            name,
            ...figure.classes.map((_, k) => figure.counts[i]?.[k] ?? 0),
            total > 0 ? `${((100 * own) / total).toFixed(1)} %` : "",
          ];
        }),
      );
    default:
      return figure satisfies never;
  }
}

type Made = (columns: readonly string[], rows: TableFigure["rows"]) => TableFigure;

/** A row for each x, a column for each line. */
function curveNumbers({ curves, x, y, title }: CurvesFigure, made: Made): TableFigure {
  const rows = new Map<number, TableCell[]>();
  for (const [i, { points }] of curves.entries())
    for (const [at, value, low, high] of points) {
      const row = rows.get(at) ?? [{ value: at, text: numberText(at, x?.format) }, ...curves.map(() => null)];
      const note = isNumber(low) && isNumber(high) ? `${numberText(low, y?.format)} to ${numberText(high, y?.format)}` : undefined;
      row[i + 1] = { value, text: isNumber(value) ? numberText(value, y?.format) : "not finite", note };
      rows.set(at, row);
    }
  const sorted = [...rows].sort(([a], [b]) => a - b).map(([, row]) => row);
  return made([x?.label ?? "x", ...curves.map(({ name }) => name || y?.label || title)], sorted);
}

function scatterNumbers({ groups, x, y }: ScatterFigure, made: Made): TableFigure {
  const named = groups.some(({ names }) => names !== undefined);
  const rows = groups.flatMap(({ name, points, names }) =>
    points.map(([left, top], i): TableCell[] => [
      name,
      ...(named ? [names?.[i] ?? ""] : []),
      numberText(left, x?.format),
      numberText(top, y?.format),
    ]),
  );
  return made(["", ...(named ? ["point"] : []), x?.label ?? "x", y?.label ?? "y"], rows);
}
