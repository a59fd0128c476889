/** A figure alone, as an SVG file. */
import { describeFigure } from "./describe.ts";
import { drawChart } from "./draw/chart.ts";
import type { Drawing } from "./draw/drawing.ts";
import { drawImages } from "./draw/images.ts";
import { forTheme, type Theme } from "./draw/palette.ts";
import { rectangle } from "./draw/drawing.ts";
import { drawTable } from "./draw/table.ts";
import { outlineTexts, textAt, wrapText } from "./draw/text.ts";
import { escapeHtml, px } from "./html.ts";
import type { Figure } from "./types.ts";

export interface SvgOptions {
  /** Default: light. */
  readonly theme?: Theme;
  /** Letters as paths, for programs that have no fonts; such a file shows the same everywhere. */
  readonly outlines?: boolean;
  /** Without the title above the figure, for papers that have one below. */
  readonly plain?: boolean;
}

const MARGIN = 14;
const TITLE = 15;

/** The text of an .svg file: UTF-8, without anything from outside. */
export function figureSvg(figure: Figure, options: SvgOptions = {}): string {
  return framed([{ figure, drawing: drawingOf(figure) }], { columns: 1, ...options });
}

export interface FiguresSvgOptions extends SvgOptions {
  readonly columns: number;
  /** Above all of them, and below it in smaller letters. */
  readonly title?: string;
  readonly lead?: string;
}

/** Several figures, row by row, as one file. */
export const figuresSvg = (figures: readonly Figure[], options: FiguresSvgOptions): string =>
  framed(
    figures.map((figure) => ({ figure, drawing: drawingOf(figure) })),
    options,
  );

function drawingOf(figure: Figure): Drawing {
  if (figure.kind === "images") return drawImages(figure);
  return figure.kind === "table" ? drawTable(figure) : drawChart(figure);
}

interface Part {
  readonly figure: Figure;
  readonly drawing: Drawing;
}

function framed(
  parts: readonly Part[],
  { columns, theme = "light", outlines = false, plain = false, title, lead }: FiguresSvgOptions,
): string {
  const column = Math.max(120, ...parts.map(({ drawing }) => drawing.width));
  const width = Math.min(columns, Math.max(1, parts.length)) * (column + MARGIN) + MARGIN;
  const inner = width - 2 * MARGIN;
  const body: string[] = [];
  let y = MARGIN;
  const write = (text: string | undefined, size: number, bold: boolean): void => {
    for (const line of text ? wrapText(text, size, inner / (bold ? 1.06 : 1)) : []) {
      body.push(textAt(MARGIN, y + size, line, { size, bold, ink: bold ? "ink" : "soft" }));
      y += size * 1.4;
    }
  };
  write(title, 17, true);
  write(lead, 12, false);
  if (title || lead) y += 10;
  for (let at = 0; at < parts.length; at += columns) {
    const row = parts.slice(at, at + columns).map((part) => alone(part, column, plain));
    for (const [k, { body: own }] of row.entries())
      body.push(`<g transform="translate(${px(MARGIN + k * (column + MARGIN))} ${px(y)})">${own}</g>`);
    y += Math.max(...row.map(({ height }) => height)) + MARGIN;
  }
  const height = Math.ceil(y);
  const words = parts.map(({ figure }) => `${figure.title}. ${wordsOf(figure)}`).join(" ");
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${height}" viewBox="0 0 ${Math.ceil(width)} ${height}" role="img" font-family="DejaVu Sans, system-ui, sans-serif">` +
    `<title>${escapeHtml(title ?? parts[0]?.figure.title ?? "")}</title><desc>${escapeHtml(words)}</desc>` +
    `${rectangle("paper", 0, 0, Math.ceil(width), height)}${body.join("\n")}</svg>\n`;
  return forTheme(outlines ? outlineTexts(svg) : svg, theme);
}

function wordsOf(figure: Figure): string {
  if (figure.kind === "table") return figure.description ?? figure.caption ?? "";
  if (figure.kind !== "images") return describeFigure(figure);
  return figure.description ?? figure.images.map((image) => image.description ?? image.caption ?? "a picture").join("; ");
}

/** With its title above it. */
function alone({ figure, drawing }: Part, width: number, plain: boolean): { readonly body: string; readonly height: number } {
  const lines = plain || figure.title === "" ? [] : wrapText(figure.title, TITLE, width / 1.06);
  const texts = lines.map((line, i) => textAt(0, TITLE + i * 20, line, { size: TITLE, bold: true, ink: "ink" }));
  const top = lines.length === 0 ? 0 : lines.length * 20 + 6;
  return { body: `${texts.join("")}<g transform="translate(0 ${px(top)})">${drawing.body}</g>`, height: top + drawing.height };
}
