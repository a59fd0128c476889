/** A figure as a part of a page: its title, the drawing, what it says in words, and its numbers in a table that can be opened. */
import { describeFigure, figureNumbers } from "./describe.ts";
import { drawChart } from "./draw/chart.ts";
import type { Drawing } from "./draw/drawing.ts";
import { imagesHtml } from "./draw/images.ts";
import { escapeHtml } from "./html.ts";
import { tableHtml } from "./table.ts";
import type { Figure } from "./types.ts";

/** A `<figure>` for a page with the style of `page`. */
export function figureHtml(figure: Figure): string {
  const { title, caption } = figure;
  const wide = figure.wide ?? (figure.kind === "images" || figure.kind === "table");
  const numbers = figure.kind === "images" || figure.kind === "table" ? null : figureNumbers(figure);
  return `<figure class="card figure ${figure.kind}${wide ? " wide" : ""}">
${title === "" ? "" : `<figcaption>${escapeHtml(title)}</figcaption>`}
${content(figure)}
${caption === undefined ? "" : `<p class="soft caption">${escapeHtml(caption)}</p>`}${
  numbers === null
    ? ""
    : `<details><summary>Numbers</summary>${numbers.caption ? `<p class="soft">${escapeHtml(numbers.caption)}</p>` : ""}${tableHtml(numbers)}</details>`
}
</figure>`;
}

function content(figure: Figure): string {
  if (figure.kind === "table") return tableHtml(figure);
  if (figure.kind === "images") return imagesHtml(figure);
  return plotHtml(drawChart(figure), `${figure.title}. ${describeFigure(figure)}`);
}

/** As wide as there is room, within limits: letters stay readable, and what does not fit scrolls. */
function plotHtml({ width, height, body }: Drawing, label: string): string {
  const limits = `max-width:${Math.round(1.35 * width)}px;min-width:${Math.round(Math.min(0.72 * width, 620))}px`;
  return `<div class="scroll"><svg class="plot" viewBox="0 0 ${width} ${height}" style="${limits}" role="img" aria-label="${escapeHtml(label)}">${body}</svg></div>`;
}
