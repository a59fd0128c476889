/** Any figure that is one drawing. */
import type { ChartFigure } from "../types.ts";
import { drawBars } from "./bars.ts";
import { drawCurves } from "./curves.ts";
import type { Drawing } from "./drawing.ts";
import { drawConfusion, drawHeat } from "./heat.ts";
import { drawScatter } from "./scatter.ts";

export function drawChart(figure: ChartFigure): Drawing {
  switch (figure.kind) {
    case "curves":
      return drawCurves(figure);
    case "bars":
      return drawBars(figure);
    case "scatter":
      return drawScatter(figure);
    case "heat":
      return drawHeat(figure);
    case "confusion":
      return drawConfusion(figure);
    default:
      return figure satisfies never;
  }
}
