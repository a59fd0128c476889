/** A line chart as inline SVG. Colours come from the page's style: series-0, series-1, ... */

import { escapeHtml, px } from "./html.ts";

export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface ChartOptions {
  readonly title: string;
  readonly xLabel: string;
  readonly series: readonly Series[];
  /** How a value of the y axis is written. */
  readonly format: (y: number) => string;
  /** A level to compare with, drawn dashed. */
  readonly level?: { readonly name: string; readonly y: number };
}

const WIDTH = 460;
const HEIGHT = 260;
const BOX = { left: 52, top: 16, right: 12, bottom: 36 };

/** About `count` round numbers that cover 0 .. high: steps of 1, 2 or 5 times a power of ten. */
export function ticks(high: number, count: number): number[] {
  if (!(high > 0)) return [0, 1];
  const rough = high / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough * 0.999) ?? 10);
  return Array.from({ length: Math.ceil(high / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}

/** Round numbers from at most `low` to at least `high`, 0 among them. low <= 0 <= high. */
function spanTicks(low: number, high: number): number[] {
  if (low === 0) return ticks(high, 5);
  const [, step] = ticks(high - low, 5);
  const first = Math.floor(low / step + 1e-9);
  return Array.from({ length: Math.ceil(high / step - 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(6)));
}

export function lineChart({ title, xLabel, series, format, level }: ChartOptions): string {
  const points = series.flatMap((line) => line.points);
  const values = [...points.map(([, y]) => y), level?.y ?? 0];
  const yTicks = spanTicks(Math.min(0, ...values), Math.max(0, ...values));
  const xHigh = Math.max(1, ...points.map(([x]) => x));
  const xTicks = ticks(xHigh, 8).filter((x) => x <= xHigh && Number.isInteger(x));
  const [yLow, yHigh] = [yTicks[0], yTicks[yTicks.length - 1]];
  const x = (value: number): string => px(BOX.left + (value / xHigh) * (WIDTH - BOX.left - BOX.right));
  const y = (value: number): string => px(HEIGHT - BOX.bottom - ((value - yLow) / (yHigh - yLow)) * (HEIGHT - BOX.top - BOX.bottom));
  const grid = yTicks.map(
    (value) =>
      `<line class="grid" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${y(value)}" y2="${y(value)}"/>` +
      `<text class="tick" x="${BOX.left - 8}" y="${y(value)}" dy="0.32em" text-anchor="end">${escapeHtml(format(value))}</text>`,
  );
  const bottom = xTicks.map(
    (value) => `<text class="tick" x="${x(value)}" y="${HEIGHT - BOX.bottom + 18}" text-anchor="middle">${value}</text>`,
  );
  const lines = series.map(({ points: line }, i) => {
    const path = line.map(([px, py]) => `${x(px)},${y(py)}`).join(" ");
    const dots =
      line.length <= 40 ? line.map(([px, py]) => `<circle class="series-${i}" cx="${x(px)}" cy="${y(py)}" r="2.5"/>`).join("") : "";
    return `<polyline class="series-${i}" points="${path}"/>${dots}`;
  });
  const dashed = level ? `<line class="level" x1="${BOX.left}" x2="${WIDTH - BOX.right}" y1="${y(level.y)}" y2="${y(level.y)}"/>` : "";
  return `<figure class="chart">
<figcaption><strong>${escapeHtml(title)}</strong> ${legend(series, level?.name)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escapeHtml(title)}">
${grid.join("")}${bottom.join("")}
<text class="tick" x="${WIDTH - BOX.right}" y="${HEIGHT - 2}" text-anchor="end">${escapeHtml(xLabel)}</text>
${dashed}${lines.join("")}
</svg>
</figure>`;
}

function legend(series: readonly Series[], level: string | undefined): string {
  const entries = series.map(({ name }, i) => `<span class="key series-${i}">${escapeHtml(name)}</span>`);
  return [...entries, ...(level ? [`<span class="key level">${escapeHtml(level)}</span>`] : [])].join(" ");
}
