/** Lines over a common x, with bands and levels. */
import { area, line } from "d3-shape";
import { px } from "../html.ts";
import { isNumber } from "../numbers.ts";
import type { PlotLine, CurvePoint, CurvesFigure, FigureAxis } from "../types.ts";
import { dashed, type Drawing, legend, type LegendEntry, lineSign, remarks, rule, stacked } from "./drawing.ts";
import { type PlotFrame, plotFrame } from "./frame.ts";
import { inked, seriesDash, seriesInk } from "./palette.ts";

/** Points of a line that are marked one by one. */
const MARKED = 40;
const LEVEL_DASH = "5 4";

export function drawCurves(figure: CurvesFigure): Drawing {
  const { curves, levels = [], x: xAxis, y: yAxis } = figure;
  const points = curves.flatMap((curve) => curve.points);
  const xs = points.map(([x]) => x);
  const ys = [...points.flatMap(([, y, low, high]) => [y, low, high]), ...levels.map(({ y }) => y)];
  const frame = plotFrame({ wide: figure.wide, x: xAxis, y: yAxis, xs, ys });
  const drawn = curves.map((curve, i) => drawCurve(curve, i, frame));
  const dashes = levels.map(({ y }) => {
    const at = frame.y.at(y);
    return at === null ? "" : rule(frame.left, at, frame.right, at, "soft", LEVEL_DASH);
  });
  const entries: LegendEntry[] = [
    ...curves.map(({ name }, i) => ({ name, sign: lineSign(i) })),
    ...levels.map(({ name }) => ({ name, sign: rule(0, 6, 16, 6, "soft", LEVEL_DASH) })),
  ];
  const body = frame.body + drawn.map(({ band }) => band).join("") + dashes.join("") + drawn.map(({ path }) => path).join("");
  const shown = entries.length === 1 && entries[0].name === "" ? [] : entries;
  return stacked(
    frame.width,
    { body, height: frame.height },
    legend(shown, 0, frame.width),
    remarks(remarksOn(curves, xAxis, yAxis), 0, frame.width),
  );
}

/** A point on the paper; null: it is on neither axis. */
type Placed = { readonly x: number; readonly y: number; readonly low: number | null; readonly high: number | null } | null;

function drawCurve({ points }: PlotLine, index: number, { x, y }: PlotFrame): { readonly band: string; readonly path: string } {
  const placed = points.map((point): Placed => {
    const [left, top] = [x.at(point[0]), y.at(point[1])];
    return left === null || top === null ? null : { x: left, y: top, low: y.at(point[2]), high: y.at(point[3]) };
  });
  const kept = thinned(placed);
  const ink = inked(seriesInk(index));
  const path = line<Placed>(
    (point) => point?.x ?? 0,
    (point) => point?.y ?? 0,
  )
    .defined((point) => point !== null)
    .digits(2)(kept);
  const banded = kept.some((point) => point !== null && point.low !== null && point.high !== null);
  const band = area<Placed>()
    .defined((point) => point !== null && point.low !== null && point.high !== null)
    .x((point) => point?.x ?? 0)
    .y0((point) => point?.low ?? 0)
    .y1((point) => point?.high ?? 0)
    .digits(2)(kept);
  const alone = (i: number): boolean => !kept[i - 1] && !kept[i + 1];
  const dots = kept.flatMap((point, i) => (point !== null && (kept.length <= MARKED || alone(i)) ? [dot(ink, point.x, point.y)] : []));
  const stroke = `fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"${dashed(seriesDash(index))}`;
  return {
    band: banded && band ? `<path ${ink} fill="currentColor" fill-opacity="0.18" d="${band}"/>` : "",
    path: (path ? `<path ${ink} ${stroke} d="${path}"/>` : "") + dots.join(""),
  };
}

const dot = (ink: string, x: number, y: number): string => `<circle ${ink} fill="currentColor" cx="${px(x)}" cy="${px(y)}" r="2.5"/>`;

/** Of the neighbours in one column of pixels the first, the last, the highest and the lowest: the line looks the same. */
function thinned(points: readonly Placed[]): readonly Placed[] {
  if (points.length <= 1000) return points;
  const kept: Placed[] = [];
  for (let at = 0; at < points.length; ) {
    const first = points[at];
    let end = at + 1;
    while (end < points.length && first !== null && points[end] !== null && Math.round(points[end]!.x) === Math.round(first.x)) end++;
    const column = points.slice(at, end);
    if (first === null || column.length <= 4) kept.push(...column);
    else {
      const order = [...column.keys()].sort((a, b) => column[a]!.y - column[b]!.y);
      kept.push(...[...new Set([0, order[0], order[order.length - 1], column.length - 1])].sort((a, b) => a - b).map((i) => column[i]));
    }
    at = end;
  }
  return kept;
}

/** What is not to be seen, and why. */
function remarksOn(curves: readonly PlotLine[], x: FigureAxis | undefined, y: FigureAxis | undefined): string[] {
  const points = curves.flatMap((curve) => curve.points);
  if (points.length === 0) return ["There are no values yet."];
  const finite = points.filter(([x, y]) => isNumber(x) && isNumber(y));
  const left = (axis: FigureAxis | undefined, i: 0 | 1): number =>
    axis?.scale === "log" ? finite.filter((point: CurvePoint) => point[i] <= 0).length : 0;
  const below = left(x, 0) + left(y, 1);
  const lost = points.length - finite.length;
  return [
    ...(lost > 0 ? [lost === 1 ? "1 value is not finite and leaves a gap." : `${lost} values are not finite and leave gaps.`] : []),
    ...(below > 0 ? [`${below} ${below === 1 ? "value" : "values"} at or below 0 cannot be on a logarithmic axis.`] : []),
  ];
}
