/** The report as one SVG: a figure per axis, time per item over the size of the work, which is on a logarithmic axis. */
import { type CurvesFigure, figuresSvg } from "../../src/report/index.ts";
import { RISE_GOAL, type ScaleAxis, type ScaleReport } from "./report.ts";

/** Units of time in which the largest cost has digits before the point. */
function unitOf(largest: number): readonly [factor: number, unit: string] {
  if (largest < 1e-3) return [1e6, "ns"];
  return largest < 0.1 ? [1e3, "µs"] : [1, "ms"];
}

/** The text of an .svg file. */
export const scaleChart = ({ adapter, description, axes }: ScaleReport): string =>
  figuresSvg(axes.map(axisFigure), {
    columns: 2,
    title: `Time per item as the work grows, ${adapter}`,
    lead: `${description}; the band is ${100 * RISE_GOAL} % above the least so far`,
  });

/** Costs as a line, and the least so far as another one with its band. */
function axisFigure({ what, size, item, points, rise }: ScaleAxis): CurvesFigure {
  const [factor, unit] = unitOf(Math.max(...points.map(({ ms, items }) => ms / items)));
  const costs = points.map(({ ms, items }) => (factor * ms) / items);
  const least = costs.map((_, i) => Math.min(...costs.slice(0, i + 1)));
  return {
    kind: "curves",
    title: what,
    x: { label: size, scale: "log" },
    y: { label: `${unit} per ${item}; rises by ${(100 * rise).toFixed(0)} % at most`, low: 0 },
    curves: [
      { name: "measured", points: points.map((point, i) => [point.size, costs[i]] as const) },
      { name: "least so far", points: points.map((point, i) => [point.size, least[i], least[i], least[i] * (1 + RISE_GOAL)] as const) },
    ],
  };
}
