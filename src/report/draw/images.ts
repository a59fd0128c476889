/** Pictures with what is drawn over them: one by one in pages, in a grid in picture files. */
import { escapeHtml, px } from "../html.ts";
import type { FigureImage, ImagesFigure } from "../types.ts";
import { type Drawing, stacked } from "./drawing.ts";
import { inked } from "./palette.ts";
import { fitText, TEXT_SIZE, textAt, wrapText } from "./text.ts";

const GAP = 12;
/** Pixels that are this large or larger are shown as squares. */
const SQUARES = 1.5;

/** Width of each in CSS pixels. */
function sizeOf({ size, images }: ImagesFigure): number {
  return size ?? Math.max(64, Math.min(200, ...images.map(({ width }) => width)));
}

/** SVG elements of an image that is `width` wide. */
function drawImage(image: FigureImage, width: number): { readonly body: string; readonly height: number } {
  const scale = width / Math.max(1, image.width);
  const height = Math.max(1, image.height * scale);
  const area = `x="0" y="0" width="${px(width)}" height="${px(height)}" preserveAspectRatio="none"`;
  const pixels = scale >= SQUARES ? ' style="image-rendering:pixelated"' : "";
  const layers = (image.overlays ?? []).map(
    ({ source, opacity = 0.6 }) => `<image href="${escapeHtml(source)}" ${area} opacity="${px(opacity)}"/>`,
  );
  const boxes = (image.boxes ?? []).map(({ left, top, width: wide, height: high, name }) => {
    const at = `x="${px(left * scale)}" y="${px(top * scale)}" width="${px(wide * scale)}" height="${px(high * scale)}" fill="none" stroke="currentColor"`;
    const label = name === undefined ? "" : boxName(name, left * scale, top * scale, width);
    return `<rect ${inked("paper")} ${at} stroke-width="4"/><rect ${inked("c1")} ${at} stroke-width="2"/>${label}`;
  });
  const edge = image.verdict === undefined ? "" : verdictEdge(image.verdict, width, height);
  return { body: `<image href="${escapeHtml(image.source)}" ${area}${pixels}/>${layers.join("")}${boxes.join("")}${edge}`, height };
}

function boxName(name: string, x: number, y: number, width: number): string {
  const [left, base] = [Math.max(2, Math.min(x + 3, width - 20)), Math.max(12, y + 12)];
  return textAt(left, base, fitText(name, 11, Math.max(0, width - left)), { size: 11, fill: "#ffffff", bold: true });
}

function verdictEdge(verdict: "right" | "wrong", width: number, height: number): string {
  const ink = verdict === "right" ? "good" : "bad";
  const sign = verdict === "right" ? "M4 9L7.5 12.5L14 5" : "M4.5 4.5L13.5 13.5M13.5 4.5L4.5 13.5";
  const edge = `x="1.5" y="1.5" width="${px(Math.max(0, width - 3))}" height="${px(Math.max(0, height - 3))}"`;
  const side = `<rect ${inked(ink)} ${edge} fill="none" stroke="currentColor" stroke-width="3"/>`;
  if (Math.min(width, height) < 18) return side;
  const corner = `<rect ${inked(ink)} width="18" height="18" fill="currentColor"/>`;
  return `${side}${corner}<path ${inked("paper")} d="${sign}" fill="none" stroke="currentColor" stroke-width="2"/>`;
}

/** In a page: as many in a row as there is room for. */
export function imagesHtml(figure: ImagesFigure): string {
  const size = sizeOf(figure);
  const cells = figure.images.map((image) => {
    const { body, height } = drawImage(image, size);
    const label = [image.description ?? image.caption ?? "a picture", ...(image.verdict ? [image.verdict] : [])].join(", ");
    const svg = `<svg viewBox="0 0 ${px(size)} ${px(height)}" role="img" aria-label="${escapeHtml(label)}">${body}</svg>`;
    const caption = image.caption === undefined ? "" : `<figcaption>${escapeHtml(image.caption)}</figcaption>`;
    return `<figure style="width:min(${px(size)}px, 100%)">${svg}${caption}</figure>`;
  });
  return cells.length === 0 ? '<p class="soft">There are no pictures yet.</p>' : `<div class="pictures">${cells.join("\n")}</div>`;
}

/** As one drawing. */
export function drawImages(figure: ImagesFigure): Drawing {
  const size = sizeOf(figure);
  const columns = Math.max(1, figure.columns ?? Math.ceil(Math.sqrt(figure.images.length)));
  let y = 0;
  const rows: string[] = [];
  for (let at = 0; at < figure.images.length; at += columns) {
    const row = figure.images
      .slice(at, at + columns)
      .map((image) => ({ image: drawImage(image, size), lines: wrapText(image.caption ?? "", TEXT_SIZE, size).slice(0, 3) }));
    const high = Math.max(...row.map(({ image }) => image.height));
    const captions = Math.max(...row.map(({ lines }) => (lines.join("") === "" ? 0 : 15 * lines.length + 4)));
    for (const [k, { image, lines }] of row.entries()) {
      const texts = lines.map((line, i) => textAt(0, high + 14 + 15 * i, line, { ink: "ink" }));
      rows.push(`<g transform="translate(${px(k * (size + GAP))} ${px(y)})">${image.body}${texts.join("")}</g>`);
    }
    y += high + captions + GAP;
  }
  const width = Math.max(1, Math.min(columns, figure.images.length)) * (size + GAP) - GAP;
  return stacked(Math.ceil(width), { body: rows.join(""), height: Math.max(0, y - GAP) });
}
