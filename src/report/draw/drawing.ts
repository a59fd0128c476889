/** What all drawings share: their size, the legend below them, remarks. */
import { px } from "../html.ts";
import { inked, type Ink, seriesDash, seriesInk } from "./palette.ts";
import { fitText, measureText, middle, TEXT_SIZE, textAt, wrapText } from "./text.ts";

/** SVG elements on an area from (0, 0) to (width, height), in CSS pixels. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly body: string;
}

/** Of a drawing that stands beside another, and of one that has the page's width. */
export const drawingWidth = ({ wide = false }: { readonly wide?: boolean }): number => (wide ? 840 : 400);

export interface LegendEntry {
  readonly name: string;
  /** 16 x 12 of it, from (0, 0). */
  readonly sign: string;
}

const SIGN = 16;

/** Entries in rows below y = 0, and how high they are: 0 where there is none. */
export function legend(entries: readonly LegendEntry[], left: number, right: number): { readonly body: string; readonly height: number } {
  if (entries.length === 0) return { body: "", height: 0 };
  let [x, y] = [left, 0];
  const placed = entries.map(({ name, sign }) => {
    const text = fitText(name, TEXT_SIZE, right - left - SIGN - 6);
    const width = SIGN + 6 + measureText(text, TEXT_SIZE);
    if (x > left && x + width > right) [x, y] = [left, y + 18];
    const at = x;
    x += width + 16;
    return `<g transform="translate(${px(at)} ${px(y + 3)})">${sign}</g>${textAt(at + SIGN + 6, middle(y + 9), text, { ink: "ink" })}`;
  });
  return { body: placed.join(""), height: y + 18 };
}

/** Sentences below y = 0, wrapped. */
export function remarks(sentences: readonly string[], left: number, right: number): { readonly body: string; readonly height: number } {
  const lines = sentences.flatMap((sentence) => wrapText(sentence, 11, right - left));
  return { body: lines.map((line, i) => textAt(left, 11 + 15 * i, line, { size: 11 })).join(""), height: 15 * lines.length };
}

export const moved = (y: number, body: string): string => (body === "" ? "" : `<g transform="translate(0 ${px(y)})">${body}</g>`);

export const rule = (x1: number, y1: number, x2: number, y2: number, ink: Ink = "rule", dash = ""): string =>
  `<line ${inked(ink)} stroke="currentColor" x1="${px(x1)}" y1="${px(y1)}" x2="${px(x2)}" y2="${px(y2)}"${dashed(dash)}/>`;

export const dashed = (dash: string): string => (dash === "" ? "" : ` stroke-dasharray="${dash}"`);

/** A series' line, for the legend. */
export const lineSign = (index: number): string =>
  `<line ${inked(seriesInk(index))} stroke="currentColor" stroke-width="2" x1="0" y1="6" x2="16" y2="6"${dashed(seriesDash(index))}/>`;

export const rectangle = (ink: Ink, x: number, y: number, width: number, height: number, more = ""): string =>
  `<rect ${inked(ink)} fill="currentColor" x="${px(x)}" y="${px(y)}" width="${px(Math.max(0, width))}" height="${px(Math.max(0, height))}"${more}/>`;

/** Everything below one another. */
export function stacked(
  width: number,
  first: { readonly body: string; readonly height: number },
  ...more: readonly { readonly body: string; readonly height: number }[]
): Drawing {
  let [body, height] = [first.body, first.height];
  for (const part of more.filter((part) => part.height > 0)) {
    body += moved(height + 6, part.body);
    height += 6 + part.height;
  }
  return { width, height: Math.ceil(height + 4), body };
}
