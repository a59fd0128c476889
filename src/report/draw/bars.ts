/** Bars: a row for each name, in it a bar for each series with its interval as a whisker, and the number behind. */
import { px } from "../html.ts";
import { isNumber, numberText } from "../numbers.ts";
import type { BarsFigure, FigureBar } from "../types.ts";
import type { AxisPlace } from "./axis.ts";
import { type Drawing, legend, type LegendEntry, rectangle, rule, stacked, drawingWidth } from "./drawing.ts";
import { shortTick, spaced } from "./frame.ts";
import { inked, seriesInk } from "./palette.ts";
import { centredAt, fitText, measureText, middle, TEXT_SIZE, textAt } from "./text.ts";

const BAR = 18;
const GAP = 8;

export function drawBars(figure: BarsFigure): Drawing {
  const { bars, value: axis, markName = "to compare with" } = figure;
  const width = drawingWidth(figure);
  const names = [...new Set(bars.map(({ name }) => name))];
  const series = [...new Set(bars.map((bar) => bar.series ?? ""))];
  const textOf = ({ value, text }: FigureBar): string => text ?? (isNumber(value) ? numberText(value, axis?.format) : "none");
  const left = Math.min(0.4 * width, 8 + Math.max(0, ...names.map((name) => measureText(name, TEXT_SIZE))));
  const right = width - Math.min(0.4 * width, 12 + Math.max(0, ...bars.map((bar) => measureText(textOf(bar), TEXT_SIZE))));
  const values = bars.flatMap(({ value, low, high, mark }) => [value, low, high, mark]);
  const place = spaced({ ...axis, scale: "linear" }, values, { left, right, round: false, zero: true });
  let y = 6;
  const rows = names.map((name) => {
    const own = bars.filter((bar) => bar.name === name);
    const top = y;
    y += BAR * Math.max(1, own.length) + GAP;
    const label = textAt(left - 8, middle((top + y - GAP) / 2), fitText(name, TEXT_SIZE, left - 8), { ink: "ink", anchor: "end" });
    const drawn = own.map((bar, i) => {
      const text = textAt(right + 10, middle(top + (i + 0.5) * BAR), fitText(textOf(bar), TEXT_SIZE, width - right - 10), { ink: "ink" });
      return drawBar(bar, series.indexOf(bar.series ?? ""), place, top + i * BAR) + text;
    });
    return label + drawn.join("");
  });
  const grid = place.ticks.map(({ at, text }) => rule(at, 2, at, y) + centredAt(at, y + 14, shortTick(text), width));
  const label = axis?.label ? centredAt((left + right) / 2, y + 30, axis.label, width) : "";
  const zero = place.at(0);
  const base = zero === null ? "" : rule(zero, 2, zero, y, "soft");
  const entries: LegendEntry[] = series.length > 1 ? series.map((name, i) => ({ name, sign: rectangle(seriesInk(i), 0, 0, 16, 12) })) : [];
  if (bars.some(({ mark }) => isNumber(mark))) entries.push({ name: markName, sign: diamond(8, 6) });
  const height = y + 18 + (axis?.label ? 16 : 0);
  return stacked(width, { body: grid.join("") + rows.join("") + base + label, height }, legend(entries, 0, width));
}

function drawBar({ value, low, high, mark }: FigureBar, series: number, place: AxisPlace, y: number): string {
  const [from, to] = [place.at(0), place.at(value)];
  const bar = from === null || to === null ? "" : rectangle(seriesInk(series), Math.min(from, to), y + 2, Math.abs(to - from), BAR - 4);
  return bar + whisker(place.at(low), place.at(high), y + BAR / 2) + (isNumber(mark) ? diamond(place.at(mark) ?? 0, y + BAR / 2) : "");
}

/** On a pale edge, so that it is seen on its bar. */
function whisker(low: number | null, high: number | null, y: number): string {
  if (low === null || high === null) return "";
  const path = `M${px(low)} ${px(y)}H${px(high)}M${px(low)} ${px(y - 4)}V${px(y + 4)}M${px(high)} ${px(y - 4)}V${px(y + 4)}`;
  const stroke = (ink: "paper" | "ink", width: number): string =>
    `<path ${inked(ink)} fill="none" stroke="currentColor" stroke-width="${width}" d="${path}"/>`;
  return stroke("paper", 4) + stroke("ink", 1.5);
}

const diamond = (x: number, y: number): string =>
  `<path ${inked("paper")} fill="currentColor" d="M${px(x - 6.5)} ${px(y)}L${px(x)} ${px(y - 6.5)}L${px(x + 6.5)} ${px(y)}L${px(x)} ${px(y + 6.5)}Z"/>` +
  `<path ${inked("ink")} fill="currentColor" d="M${px(x - 4.5)} ${px(y)}L${px(x)} ${px(y - 4.5)}L${px(x + 4.5)} ${px(y)}L${px(x)} ${px(y + 4.5)}Z"/>`;
