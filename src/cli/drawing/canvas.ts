/** A picture to draw on: rectangles, other pictures, and text in the letters of font.gen.ts. */
import type { Picture } from "../../data/pictures/picture.ts";
import type { Rectangle } from "../../data/pictures/rectangle.ts";
import { FONTS, type Glyph } from "./font.gen.ts";

export type FontName = keyof typeof FONTS;
export type Colour = readonly [red: number, green: number, blue: number];

export interface Canvas extends Picture {
  readonly data: Uint8ClampedArray;
}

export function createCanvas(width: number, height: number, colour: Colour): Canvas {
  const canvas = { width, height, data: new Uint8ClampedArray(4 * width * height) };
  fill(canvas, { left: 0, top: 0, width, height }, colour);
  return canvas;
}

/** `area`: whole pixels. */
export function fill(canvas: Canvas, { left, top, width, height }: Rectangle, colour: Colour): void {
  for (let y = Math.max(0, top); y < Math.min(canvas.height, top + height); y++)
    for (let x = Math.max(0, left); x < Math.min(canvas.width, left + width); x++) blend(canvas, x, y, colour, 1);
}

function blend({ width, data }: Canvas, x: number, y: number, colour: Colour, share: number): void {
  const at = 4 * (y * width + x);
  for (let c = 0; c < 3; c++) data[at + c] = data[at + c] * (1 - share) + colour[c] * share;
  data[at + 3] = 255;
}

/** Copies an opaque picture; what does not fit is cut off. */
export function paste(canvas: Canvas, picture: Picture, left: number, top: number): void {
  const width = Math.min(picture.width, canvas.width - left);
  for (let y = 0; y < Math.min(picture.height, canvas.height - top); y++) {
    const row = picture.data.subarray(4 * y * picture.width, 4 * (y * picture.width + width));
    canvas.data.set(row, 4 * ((top + y) * canvas.width + left));
  }
}

/** Letters by name of font, made once. */
const alphabets = new Map<FontName, { readonly glyphs: ReadonlyMap<string, Glyph>; readonly levels: Uint8Array }>();

function alphabet(font: FontName) {
  const known = alphabets.get(font);
  if (known) return known;
  const { glyphs, data } = FONTS[font];
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const levels = Uint8Array.from({ length: 2 * bytes.length }, (_, i) => (i % 2 === 0 ? bytes[i >> 1] >> 4 : bytes[i >> 1] & 15));
  const made = { glyphs: new Map(glyphs.map((glyph): [string, Glyph] => [glyph[0], glyph])), levels };
  alphabets.set(font, made);
  return made;
}

/** A letter that the font lacks is drawn as a question mark. */
function glyphsOf(font: FontName, text: string): Glyph[] {
  const { glyphs } = alphabet(font);
  return [...text.normalize("NFC")].map((letter) => (glyphs.get(letter) ?? glyphs.get("?")) as Glyph);
}

export const lineHeight = (font: FontName): number => FONTS[font].ascent + FONTS[font].descent;

/** In pixels. */
export const textWidth = (font: FontName, text: string): number =>
  Math.ceil(glyphsOf(font, text).reduce((width, [, advance]) => width + advance, 0));

/** The upper left corner of the line is at (left, top). */
export function write(
  canvas: Canvas,
  text: string,
  left: number,
  top: number,
  { font, colour }: { readonly font: FontName; readonly colour: Colour },
): void {
  const { levels } = alphabet(font);
  let pen = left;
  for (const [, advance, x, y, width, height, first] of glyphsOf(font, text)) {
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const [px, py] = [Math.round(pen) + x + column, top + y + row];
        const level = levels[2 * first + row * width + column];
        if (level > 0 && px >= 0 && py >= 0 && px < canvas.width && py < canvas.height) blend(canvas, px, py, colour, level / 15);
      }
    pen += advance;
  }
}

/** The text, cut with an ellipsis if it is wider than `width` pixels. */
export function shortened(font: FontName, text: string, width: number): string {
  if (textWidth(font, text) <= width) return text;
  const letters = [...text];
  while (letters.length > 0 && textWidth(font, `${letters.join("")}…`) > width) letters.pop();
  return `${letters.join("")}…`;
}

/** Words on lines of at most `width` pixels. */
export function wrapped(font: FontName, text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== undefined && textWidth(font, `${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(shortened(font, word, width));
  }
  return lines;
}
