/** Explanations as pictures: one map with its colour bar and caption, or all of them on one sheet. */
import type { Rectangle } from "../../data/index.ts";
import type { Picture } from "../../data/pictures/picture.ts";
import { jet, type Heat, METHODS, type Method, overlay, stretched } from "../../explain/index.ts";
import { type Canvas, type Colour, createCanvas, fill, shortened, lineHeight, paste, wrapped, write } from "../drawing/canvas.ts";

export interface DrawnPicture {
  readonly picture: Picture;
  /** What the network saw. */
  readonly view: Rectangle;
  /** What is drawn. */
  readonly part: Rectangle;
}

export interface DrawnMap {
  readonly method: Method;
  readonly heat: Heat;
  readonly title: string;
  /** Below the picture of one map; and lines below a tile. */
  readonly caption: string;
  readonly brief: readonly string[];
  readonly note: string | null;
}

/** Longest side of the picture beside the colour bar. */
const LARGE = 480;

/** The part alone, no larger than it will be drawn, so that a photograph is resampled once and not for each map. */
export function shrunk(picture: Picture, view: Rectangle, part: Rectangle): DrawnPicture {
  const [width, height] = fitInto(part, Math.min(LARGE, Math.max(part.width, part.height)));
  const [x, y] = [width / part.width, height / part.height];
  const moved = { left: (view.left - part.left) * x, top: (view.top - part.top) * y, width: view.width * x, height: view.height * y };
  return { picture: overlay(picture, null, { view: part, part, width, height }), view: moved, part: { left: 0, top: 0, width, height } };
}

const PAPER: Colour = [255, 255, 255];
const INK: Colour = [23, 27, 34];
const GREY: Colour = [102, 110, 122];
const WARNING: Colour = [176, 62, 24];
const MARGIN = 20;
const BAR = { gap: 14, width: 14, labels: 58 };

/** Width and height of a part drawn with a longest side. */
function fitInto({ width, height }: Rectangle, longest: number): readonly [number, number] {
  const scale = longest / Math.max(width, height);
  return [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
}

/** What the eye gets: maps of pixels are a few strong points on nothing, so they are stretched, and the picture steps back. */
function painted({ picture, view, part }: DrawnPicture, map: DrawnMap | null, width: number, height: number): Picture {
  if (!map || map.note) return overlay(picture, null, { view, part, width, height });
  const layer = METHODS[map.method].kind === "layer";
  const heat = layer ? map.heat : stretched(map.heat);
  return overlay(picture, heat, { view, part, width, height, strength: layer ? [0.36, 0.58] : [0.55, 0.85] });
}

/** One map: title, subtitle, overlay, colour bar with the map's own numbers, caption. */
export function drawMap(drawn: DrawnPicture, map: DrawnMap, subtitle: string): Canvas {
  const [width, height] = fitInto(drawn.part, LARGE);
  const inner = Math.max(width + BAR.gap + BAR.width + BAR.labels, 420);
  const caption = wrapped("small", map.note ?? map.caption, inner);
  const [title, line] = [lineHeight("bold"), lineHeight("small")];
  const top = MARGIN + title + 4 + line + 12;
  const canvas = createCanvas(inner + 2 * MARGIN, top + height + 12 + caption.length * (line + 2) + MARGIN - 4, PAPER);
  write(canvas, shortened("bold", map.title, inner), MARGIN, MARGIN, { font: "bold", colour: INK });
  write(canvas, shortened("small", subtitle, inner), MARGIN, MARGIN + title + 4, { font: "small", colour: GREY });
  paste(canvas, painted(drawn, map, width, height), MARGIN, top);
  if (!map.note) drawBar(canvas, map, { left: MARGIN + width + BAR.gap, top, height });
  const colour = map.note ? WARNING : GREY;
  caption.forEach((text, i) => write(canvas, text, MARGIN, top + height + 12 + i * (line + 2), { font: "small", colour }));
  return canvas;
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly height: number;
}

/** Jet from bottom to top, labelled with the values at its ends, middle and quarters. */
function drawBar(canvas: Canvas, { method, heat }: DrawnMap, { left, top, height }: Place): void {
  const shown = METHODS[method].kind === "layer" ? heat : stretched(heat);
  for (let y = 0; y < height; y++) fill(canvas, { left, top: top + y, width: BAR.width, height: 1 }, jet(1 - y / Math.max(1, height - 1)));
  for (const t of [0, 0.25, 0.5, 0.75, 1]) {
    const y = top + Math.round((1 - t) * (height - 1));
    fill(canvas, { left: left + BAR.width, top: y, width: 4, height: 1 }, INK);
    const text = short(shown.least + t * (shown.largest - shown.least));
    const line = lineHeight("small");
    const at = Math.min(Math.max(y - Math.round(line / 2), top), top + height - line);
    write(canvas, text, left + BAR.width + 8, at, { font: "small", colour: GREY });
  }
}

/** Three digits, without a tail of zeros. */
function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 0.001 && size < 10_000 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}

/** Longest edge of a tile's picture, in pixels. */
export const TILE = 176;
const COLUMNS = 4;
const GAP = 16;

/** Where the pictures of a sheet's tiles lie, and how large the sheet is. `briefs`: lines of small text below each tile's name. */
export function sheetLayout(part: Rectangle, count: number, briefs: number) {
  const [width, height] = fitInto(part, TILE);
  const columns = Math.min(COLUMNS, count);
  const rows = Math.ceil(count / columns);
  const [heading, name, line] = [lineHeight("bold"), lineHeight("regular"), lineHeight("small")];
  const tileHeight = height + 6 + name + briefs * line;
  const top = MARGIN + heading + 4 + line + 14;
  const inner = Math.max(columns * TILE + (columns - 1) * GAP, 420);
  const offset = Math.round((TILE - width) / 2);
  const tiles = Array.from({ length: count }, (_, i): Rectangle => {
    const left = MARGIN + (i % columns) * (TILE + GAP) + offset;
    return { left, top: top + Math.floor(i / columns) * (tileHeight + GAP), width, height };
  });
  return {
    tiles,
    inner,
    heading,
    name,
    line,
    offset,
    sheet: [inner + 2 * MARGIN, top + rows * (tileHeight + GAP) - GAP + MARGIN] as const,
  };
}

/** The picture and all its maps, as tiles with their names. */
export function drawSheet(
  drawn: DrawnPicture,
  maps: readonly DrawnMap[],
  { title, subtitle }: { readonly title: string; readonly subtitle: string },
): Canvas {
  const briefs = Math.max(...maps.map(({ brief }) => brief.length));
  const { tiles, inner, heading, name, line, offset, sheet } = sheetLayout(drawn.part, maps.length + 1, briefs);
  const canvas = createCanvas(sheet[0], sheet[1], PAPER);
  write(canvas, shortened("bold", title, inner), MARGIN, MARGIN, { font: "bold", colour: INK });
  write(canvas, shortened("small", subtitle, inner), MARGIN, MARGIN + heading + 4, { font: "small", colour: GREY });
  [null, ...maps].forEach((map, i) => {
    const { left, top, width, height } = tiles[i];
    paste(canvas, painted(drawn, map, width, height), left, top);
    if (map?.note) veil(canvas, map.note, tiles[i]);
    const below = top + height + 4;
    write(canvas, shortened("regular", map?.title ?? "Input", TILE), left - offset, below, { font: "regular", colour: INK });
    map?.brief.forEach((text, k) =>
      write(canvas, shortened("small", text, TILE), left - offset, below + name + k * line, { font: "small", colour: GREY }),
    );
  });
  return coarse(canvas);
}

/** In place: colours rounded to multiples of three. The eye sees no difference, and the PNG file is a third smaller. */
function coarse(canvas: Canvas): Canvas {
  for (let i = 0; i < canvas.data.length; i++) canvas.data[i] = 3 * Math.round(canvas.data[i] / 3);
  return canvas;
}

/** A sentence instead of an empty map. */
function veil(canvas: Canvas, text: string, { left, top, width, height }: Rectangle): void {
  for (let y = top; y < top + height; y++)
    for (let x = left; x < left + width; x++)
      for (let c = 0; c < 3; c++) canvas.data[4 * (y * canvas.width + x) + c] = 205 + canvas.data[4 * (y * canvas.width + x) + c] / 6;
  const line = lineHeight("small");
  const lines = wrapped("small", text, width - 16).slice(0, Math.floor((height - 16) / line));
  lines.forEach((words, i) => write(canvas, words, left + 8, top + 8 + i * line, { font: "small", colour: WARNING }));
}
