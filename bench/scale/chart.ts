/** The report as one SVG: a small chart per axis, time per item over size, both scales logarithmic in size, linear in time from zero. */
import { short } from "../format.ts";
import { RISE_GOAL, type ScaleAxis, type ScaleReport } from "./report.ts";

const [WIDTH, HEIGHT, GAP] = [360, 230, 24];
const EDGE = { left: 56, right: 16, top: 44, bottom: 44 };

const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Microseconds where an item takes less than a millisecond's tenth. */
function unitOf(largest: number): readonly [factor: number, unit: string] {
  if (largest < 1e-3) return [1e6, "ns"];
  return largest < 0.1 ? [1e3, "µs"] : [1, "ms"];
}

export function scaleChart({ adapter, description, axes }: ScaleReport): string {
  const rows = Math.ceil(axes.length / 2);
  const [width, height] = [2 * WIDTH + 3 * GAP, rows * (HEIGHT + GAP) + 64];
  const panels = axes.map((axis, i) => {
    const [x, y] = [GAP + (i % 2) * (WIDTH + GAP), 56 + Math.floor(i / 2) * (HEIGHT + GAP)];
    return `<g transform="translate(${x} ${y})">${panel(axis)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2933">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="${GAP}" y="28" font-size="16" font-weight="600">Time per item as the work grows, ${escape(adapter)}</text>`,
    `<text x="${GAP}" y="46" fill="#52606d">${escape(description)}; the band is ${100 * RISE_GOAL} % above the least so far</text>`,
    ...panels,
    "</svg>",
  ].join("\n");
}

function panel({ what, size, item, points, rise }: ScaleAxis): string {
  const [factor, unit] = unitOf(Math.max(...points.map(({ ms, items }) => ms / items)));
  const costs = points.map(({ ms, items }) => (factor * ms) / items);
  const top = 1.1 * Math.max(...costs);
  const ends = [Math.log2(points[0].size), Math.log2(points[points.length - 1].size)];
  const [right, bottom] = [WIDTH - EDGE.right, HEIGHT - EDGE.bottom];
  const x = (value: number): number => EDGE.left + ((Math.log2(value) - ends[0]) / Math.max(ends[1] - ends[0], 1e-9)) * (right - EDGE.left);
  const y = (cost: number): number => bottom - (cost / top) * (bottom - EDGE.top);
  const at = (i: number, cost: number): string => `${x(points[i].size).toFixed(1)},${y(cost).toFixed(1)}`;
  const least = costs.map((_, i) => Math.min(...costs.slice(0, i + 1)));
  const band = [...least.map((cost, i) => at(i, cost)), ...least.map((cost, i) => at(i, cost * (1 + RISE_GOAL))).reverse()];
  const within = rise <= RISE_GOAL;
  return [
    `<text y="14" font-weight="600">${escape(what)}</text>`,
    `<text y="31" fill="${within ? "#2f7d4f" : "#b42318"}">${unit} per ${escape(item)}; rises by ${(100 * rise).toFixed(0)} % at most</text>`,
    ...[0, 0.5, 1].map((share) => grid((share * top) / 1.1, y, right)),
    `<polygon points="${band.join(" ")}" fill="#2f7d4f" opacity="0.15"/>`,
    `<polyline points="${costs.map((cost, i) => at(i, cost)).join(" ")}" fill="none" stroke="#1d5fbf" stroke-width="2"/>`,
    ...costs.map((cost, i) => `<circle cx="${x(points[i].size).toFixed(1)}" cy="${y(cost).toFixed(1)}" r="3.5" fill="#1d5fbf"/>`),
    ...points.map(
      ({ size: value }) => `<text x="${x(value).toFixed(1)}" y="${bottom + 16}" text-anchor="middle" fill="#52606d">${value}</text>`,
    ),
    `<text x="${(EDGE.left + right) / 2}" y="${bottom + 34}" text-anchor="middle">${escape(size)}</text>`,
  ].join("\n");
}

const grid = (value: number, y: (cost: number) => number, right: number): string =>
  `<line x1="${EDGE.left}" x2="${right}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}" stroke="#d9e2ec"/>` +
  `<text x="${EDGE.left - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end" fill="#52606d">${value === 0 ? "0" : short(value)}</text>`;
