/** The paper of curves and scatter: two axes with their round numbers, and a grid. */
import type { FigureAxis } from "../types.ts";
import { type AxisPlace, placeOn } from "./axis.ts";
import { rule, drawingWidth } from "./drawing.ts";
import { centredAt, fitText, measureText, middle, TEXT_SIZE, textAt } from "./text.ts";

export interface PlotFrame {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly x: AxisPlace;
  readonly y: AxisPlace;
  readonly width: number;
  /** With the numbers and the label below. */
  readonly height: number;
  readonly body: string;
}

export interface PlotFrameOptions {
  readonly wide?: boolean;
  readonly x?: FigureAxis;
  readonly y?: FigureAxis;
  /** All values that have to be on the axes. */
  readonly xs: readonly (number | null | undefined)[];
  readonly ys: readonly (number | null | undefined)[];
  /** The x axis ends at round numbers. Default: at the data. */
  readonly roundX?: boolean;
}

export function plotFrame({ wide, x: xAxis, y: yAxis, xs, ys, roundX = false }: PlotFrameOptions): PlotFrame {
  const width = drawingWidth({ wide });
  const top = yAxis?.label ? 26 : 10;
  const bottom = top + (wide ? 260 : 200);
  const right = width - 14;
  const y = placeOn(yAxis, ys, { from: bottom, to: top, count: 5 });
  const left = Math.min(0.4 * width, 12 + Math.max(16, ...y.ticks.map(({ text }) => measureText(text, TEXT_SIZE))));
  const x = spaced(xAxis, xs, { left, right, round: roundX });
  const rows = y.ticks.map(
    ({ at, text }) => rule(left, at, right, at) + textAt(left - 8, middle(at), fitText(text, TEXT_SIZE, left - 8), { anchor: "end" }),
  );
  const columns = x.ticks.map(
    ({ at, text }) => rule(at, bottom, at, bottom + 4, "soft") + centredAt(at, bottom + 18, shortTick(text), width),
  );
  const labels =
    (yAxis?.label ? textAt(0, 13, fitText(yAxis.label, TEXT_SIZE, width)) : "") +
    (xAxis?.label ? centredAt((left + right) / 2, bottom + 35, xAxis.label, width) : "");
  const base = rule(left, bottom, right, bottom, "soft");
  const height = bottom + (xAxis?.label ? 40 : 22);
  return { left, top, right, bottom, x, y, width, height, body: rows.join("") + base + columns.join("") + labels };
}

/** A horizontal axis, with fewer numbers where they would touch one another. */
export function spaced(
  axis: FigureAxis | undefined,
  values: PlotFrameOptions["xs"],
  { left, right, round, zero }: { readonly left: number; readonly right: number; readonly round: boolean; readonly zero?: boolean },
): AxisPlace {
  let place: AxisPlace;
  let count = Math.max(2, Math.round((right - left) / 55));
  do {
    place = placeOn(axis, values, { from: left, to: right, count, round, zero });
    count = Math.floor(count / 2);
  } while (count >= 1 && touching(place));
  return touching(place) ? { ...place, ticks: place.ticks.slice(0, 1) } : place;
}

/** d3's own formats write some numbers with hundreds of digits. */
export const shortTick = (text: string): string => fitText(text, TEXT_SIZE, 90);

function touching({ ticks }: AxisPlace): boolean {
  let end = Number.NEGATIVE_INFINITY;
  for (const { at, text } of [...ticks].sort((a, b) => a.at - b.at)) {
    const half = measureText(shortTick(text), TEXT_SIZE) / 2;
    if (at - half < end + 6) return true;
    end = at + half;
  }
  return false;
}
