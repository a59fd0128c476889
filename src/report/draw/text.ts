/** Letters without a browser: how wide a text is, and texts as outlines for machines without fonts. */
import { ADVANCES, EM, OUTLINES } from "./font.gen.ts";
import { inked, type Ink } from "./palette.ts";
import { escapeHtml, px, unescapeHtml } from "../html.ts";

/** What letters that the table lacks are taken for: as wide as they are high. */
const WIDE = EM;

/** In the units of `size`. DejaVu Sans, which is wider than the fonts of most systems. */
export function measureText(text: string, size: number): number {
  let width = 0;
  for (const letter of text.normalize("NFC")) width += ADVANCES[letter] ?? WIDE;
  return (width / EM) * size;
}

/** The text, cut with an ellipsis where it is wider than `width`. */
export function fitText(text: string, size: number, width: number): string {
  if (measureText(text, size) <= width) return text;
  const letters = [...text];
  while (letters.length > 0 && measureText(`${letters.join("")}…`, size) > width) letters.pop();
  return `${letters.join("")}…`;
}

/** On lines of at most `width`; a word that is longer is cut. */
export function wrapText(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines[lines.length - 1];
    if (last !== undefined && measureText(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(fitText(word, size, width));
  }
  return lines;
}

export interface TextOptions {
  readonly size?: number;
  readonly ink?: Ink;
  /** Where x is in the text. */
  readonly anchor?: "start" | "middle" | "end";
  readonly bold?: boolean;
  /** A colour that does not change with the page's. */
  readonly fill?: string;
  /** Degrees around (x, y). */
  readonly turn?: number;
}

export const TEXT_SIZE = 12;

/** A line of text; y is its base line. */
export function textAt(x: number, y: number, text: string, options: TextOptions = {}): string {
  const { size = TEXT_SIZE, ink = "soft", anchor = "start", bold = false, fill = "currentColor", turn = 0 } = options;
  const weight = bold ? ' font-weight="700"' : "";
  const turned = turn === 0 ? "" : ` transform="rotate(${px(turn)} ${px(x)} ${px(y)})"`;
  return `<text ${inked(ink)} x="${px(x)}" y="${px(y)}" font-size="${px(size)}" text-anchor="${anchor}" fill="${fill}"${weight}${turned}>${escapeHtml(text)}</text>`;
}

/** A text around x, cut and moved as far as it has to be to stay between 0 and `width`. */
export function centredAt(x: number, y: number, text: string, width: number, options: Omit<TextOptions, "anchor" | "turn"> = {}): string {
  const { size = TEXT_SIZE } = options;
  const fitted = fitText(text, size, width);
  const half = Math.min(width, measureText(fitted, size)) / 2;
  return textAt(Math.max(half, Math.min(width - half, x)), y, fitted, { ...options, anchor: "middle" });
}

/** The base line of a text whose middle is at y. */
export const middle = (y: number, size = TEXT_SIZE): number => y + 0.36 * size;

const TEXT =
  /<text (class="\w+" color="#\w+") x="([^"]+)" y="([^"]+)" font-size="([^"]+)" text-anchor="(\w+)" fill="([^"]+)"( font-weight="700")?( transform="[^"]+")?>([^<]*)<\/text>/g;

/**
 * A drawing whose texts (`textAt`) are paths, so that it looks the same on a machine without fonts. A text with a letter that DejaVu Sans lacks
 * here (Chinese, for instance) stays a text.
 */
export function outlineTexts(svg: string): string {
  return svg.replaceAll(TEXT, (whole, ink, x, y, size, anchor, fill, bold, turn, escaped) => {
    const letters = [...unescapeHtml(escaped).normalize("NFC")];
    if (letters.some((letter) => !(letter in OUTLINES))) return whole;
    const scale = Number(size) / EM;
    const width = letters.reduce((sum, letter) => sum + ADVANCES[letter], 0);
    let pen = anchor === "end" ? -width : anchor === "middle" ? -width / 2 : 0;
    const paths = letters.map((letter) => {
      const path = OUTLINES[letter] === "" ? "" : `<path transform="translate(${px(pen)} 0)" d="${OUTLINES[letter]}"/>`;
      pen += ADVANCES[letter];
      return path;
    });
    const weight = bold ? ' stroke="currentColor" stroke-width="24"' : "";
    const placed = `<g ${ink} fill="${fill}"${weight} transform="translate(${x} ${y}) scale(${scale})">${paths.join("")}</g>`;
    return turn ? `<g${turn}>${placed}</g>` : placed;
  });
}
