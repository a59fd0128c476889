/** Points in the plane, a shape and a colour for each group. */
import { symbol, symbolCircle, symbolCross, symbolDiamond, symbolSquare, symbolTriangle, symbolWye } from "d3-shape";
import { escapeHtml, px } from "../html.ts";
import { isNumber } from "../numbers.ts";
import type { ScatterFigure } from "../types.ts";
import { type Drawing, legend, remarks, rule, stacked } from "./drawing.ts";
import { plotFrame } from "./frame.ts";
import { inked, seriesInk } from "./palette.ts";

const SHAPES = [symbolCircle, symbolSquare, symbolTriangle, symbolDiamond, symbolCross, symbolWye];

const shapePath = (index: number, size: number): string => symbol(SHAPES[index % SHAPES.length], size).digits(2)() ?? "";

export function drawScatter(figure: ScatterFigure): Drawing {
  const { groups, x, y, diagonal = false, wide } = figure;
  const points = groups.flatMap((group) => group.points);
  const both = diagonal ? points.flat() : [];
  const xs = [...points.map(([x]) => x), ...both];
  const ys = [...points.map(([, y]) => y), ...both];
  const frame = plotFrame({ wide, x, y, xs, ys, roundX: true });
  const many = points.length > 300;
  const marks = groups.map(({ points, names }, index) => {
    const path = shapePath(index, many ? 18 : 40);
    const placed = points.map(([left, top], i) => {
      const [cx, cy] = [frame.x.at(left), frame.y.at(top)];
      if (cx === null || cy === null) return "";
      const at = `transform="translate(${px(cx)} ${px(cy)})" d="${path}"`;
      return names?.[i] === undefined ? `<path ${at}/>` : `<path ${at}><title>${escapeHtml(names[i])}</title></path>`;
    });
    return `<g ${inked(seriesInk(index))} fill="currentColor" fill-opacity="${many ? 0.5 : 0.8}">${placed.join("")}</g>`;
  });
  const entries = groups.map(({ name }, i) => ({
    name,
    sign: `<path ${inked(seriesInk(i))} fill="currentColor" transform="translate(8 6)" d="${shapePath(i, 60)}"/>`,
  }));
  const shown = entries.length === 1 && entries[0].name === "" ? [] : entries;
  const hidden = points.filter(([left, top]) => frame.x.at(left) === null || frame.y.at(top) === null).length;
  const sentences =
    points.length === 0 ? ["There are no points."] : hidden > 0 ? [`${hidden} of ${points.length} points are not on these axes.`] : [];
  return stacked(
    frame.width,
    { body: frame.body + (diagonal ? diagonalLine(frame, points.flat()) : "") + marks.join(""), height: frame.height },
    legend(shown, 0, frame.width),
    remarks(sentences, 0, frame.width),
  );
}

/** y = x between the least and the largest value of both. */
function diagonalLine({ x, y }: ReturnType<typeof plotFrame>, values: readonly number[]): string {
  const on = values.filter((value) => isNumber(value) && x.at(value) !== null && y.at(value) !== null).sort((a, b) => a - b);
  if (on.length === 0) return "";
  const [low, high] = [on[0], on[on.length - 1]];
  return rule(x.at(low)!, y.at(low)!, x.at(high)!, y.at(high)!, "soft", "5 4");
}
