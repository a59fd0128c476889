/**
 * From any picture of one handwritten digit to what MNIST holds: 28x28 grey bytes, ink 255 on background 0, the ink's box scaled to fit
 * 20x20 with its aspect kept, its centre of mass in the middle (LeCun et al. 1998, section III-A; the page of the data set says the same).
 */

import { type GreyPicture, type Picture, toGrey } from "./picture.ts";
import type { Rectangle } from "./rectangle.ts";
import { resample } from "./resample.ts";

/** What became of a picture. */
export interface Digit {
  /** u8 [28, 28], 255 = ink. All zero when the picture is blank. */
  readonly pixels: Uint8Array;
  /** True if no ink was found. */
  readonly blank: boolean;
  /** What was done, in order, for people to read. */
  readonly steps: readonly string[];
}

const SIZE = 28;
const BOX = 20;
/** The box stands in a larger grid, so that the window around any centre of mass inside the box still lies on the grid. */
const MARGIN = 14;
const SIDE = BOX + 2 * MARGIN;
/** Pixels whose ink is at least this part of the strongest belong to the box: the place of a blurred edge does not move with the blur. */
const BOX_LEVEL = 0.3;
/** A picture whose strongest ink is below this is blank: paper grain and compression noise stay under it. */
const BLANK_LEVEL = 24;
/** Ink weaker than this part of the strongest is background, if the picture is not already MNIST's own. */
const FLOOR_LEVEL = 0.06;
/** A digit whose strongest ink is below this is stretched to 255: every digit of MNIST has a pixel of 254 or 255. */
const FULL_LEVEL = 250;

/** The median grey of the outermost pixels: the background. */
function borderMedian({ width, height, pixels }: GreyPicture): number {
  const histogram = new Uint32Array(256);
  let total = 0;
  const count = (x: number, y: number): void => {
    histogram[pixels[y * width + x]] += 1;
    total += 1;
  };
  for (let x = 0; x < width; x += 1) for (const y of height > 1 ? [0, height - 1] : [0]) count(x, y);
  for (let y = 1; y < height - 1; y += 1) for (const x of width > 1 ? [0, width - 1] : [0]) count(x, y);
  let seen = 0;
  return histogram.findIndex((n) => {
    seen += n;
    return 2 * seen >= total;
  });
}

/** Sums of squares of what is darker and what is brighter than the background. */
function contrast(pixels: Uint8Array, background: number): { darker: number; brighter: number } {
  let darker = 0;
  let brighter = 0;
  for (const value of pixels) {
    const difference = value - background;
    if (difference < 0) darker += difference * difference;
    else brighter += difference * difference;
  }
  return { darker, brighter };
}

/** Ink as a number 0..255: the distance from the background, on the side (darker or brighter) that holds more of the picture's contrast. */
function toInk(grey: GreyPicture, steps: string[]): GreyPicture {
  const background = borderMedian(grey);
  const { darker, brighter } = contrast(grey.pixels, background);
  if (darker > brighter) {
    steps.push(`dark ink on a light background (the border's median grey is ${background}): inverted`);
    return { ...grey, pixels: grey.pixels.map((v) => Math.max(0, background - v)) };
  }
  if (background === 0) return grey;
  steps.push(`background grey ${background} (the border's median) subtracted`);
  return { ...grey, pixels: grey.pixels.map((v) => Math.max(0, v - background)) };
}

const strongest = (pixels: ArrayLike<number>): number => {
  let most = 0;
  for (let i = 0; i < pixels.length; i += 1) most = Math.max(most, pixels[i]);
  return most;
};

/** The smallest box around all pixels of at least `level`. */
function inkBox({ width, height, pixels }: GreyPicture, level: number): Rectangle {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0, at = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1, at += 1) {
      if (pixels[at] < level) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** Centre of mass of the cells MARGIN..MARGIN+BOX-1 of a grid of SIDE x SIDE, in cells: a cell's own centre is its index. */
function centreOfMass(values: Float64Array): { x: number; y: number } {
  let [mass, x, y] = [0, 0, 0];
  for (let row = MARGIN; row < MARGIN + BOX; row += 1) {
    for (let column = MARGIN; column < MARGIN + BOX; column += 1) {
      const value = values[row * SIDE + column];
      mass += value;
      x += value * column;
      y += value * row;
    }
  }
  return { x: x / mass, y: y / mass };
}

/** Scales the ink's box to fit 20x20 and cuts the 28x28 whose pixel (14, 14) is the centre of mass. f64 [28, 28] */
function frame(ink: GreyPicture, steps: string[]): Float64Array {
  const box = inkBox(ink, BOX_LEVEL * strongest(ink.pixels));
  const step = Math.max(box.width, box.height) / BOX;
  const wide = resample(ink, { start: box.left - MARGIN * step, step, count: SIDE }, { start: box.top - MARGIN * step, step, count: SIDE });
  const centre = centreOfMass(wide);
  const left = Math.round(centre.x) - SIZE / 2;
  const top = Math.round(centre.y) - SIZE / 2;
  steps.push(
    `ink of ${box.width}x${box.height} at (${box.left}, ${box.top}) scaled by ${(1 / step).toPrecision(3)} to fit ${BOX}x${BOX}, ` +
      `centre of mass moved to the middle of ${SIZE}x${SIZE}`,
  );
  const out = new Float64Array(SIZE * SIZE);
  for (let y = 0; y < SIZE; y += 1) out.set(wide.subarray((top + y) * SIDE + left, (top + y) * SIDE + left + SIZE), y * SIZE);
  return out;
}

/** Rounds to bytes; ink that is not black enough (pencil, thin strokes averaged away) is stretched so that its strongest is 255. */
function toBytes(values: ArrayLike<number>, steps: string[]): Uint8Array {
  const most = strongest(values);
  const gain = most < FULL_LEVEL ? 255 / most : 1;
  if (gain !== 1) steps.push(`ink of at most ${Math.round(most)} stretched to 255`);
  return Uint8Array.from(values, (v) => Math.min(255, Math.round(v * gain)));
}

/** Grey over white paper; over black if white paper would swallow light ink on a transparent ground. */
function readGrey(picture: Picture, steps: string[]): GreyPicture {
  const { data } = picture;
  let [coloured, transparent] = [false, false];
  for (let at = 0; at < data.length; at += 4) {
    coloured ||= data[at] !== data[at + 1] || data[at] !== data[at + 2];
    transparent ||= data[at + 3] !== 255;
  }
  if (coloured) steps.push("colour turned to grey (Rec. 601 luma)");
  const grey = toGrey(picture);
  if (!transparent) return grey;
  const onBlack = toGrey(picture, 0);
  const paper = isBlank(grey) && !isBlank(onBlack) ? "black" : "white";
  steps.push(`transparent pixels laid over ${paper}`);
  return paper === "white" ? grey : onBlack;
}

const isBlank = ({ pixels }: GreyPicture): boolean => {
  const background = pixels[0];
  return pixels.every((value) => Math.abs(value - background) < BLANK_LEVEL);
};

/**
 * One picture of one digit, of any size, grey or colour, dark on light or light on dark -> 28x28 as in MNIST.
 *
 * 1. Colour to grey by Rec. 601 luma; transparent pixels are white paper.
 * 2. The median of the border is the background. If more of the contrast is darker than it, the picture is inverted. What is left of
 *    the background is subtracted, so that it is 0.
 * 3. A picture of 28x28 keeps its framing (and if it was white on black, every byte of it). Any other is framed as MNIST's were: the box
 *    of the ink scaled to fit 20x20 by area averaging, the centre of mass moved to pixel (14, 14).
 * 4. Ink is stretched so that its strongest is 255.
 *
 * A picture without ink gives zeros and `blank: true`. A picture without pixels, or with too few bytes, is the caller's mistake: RangeError.
 */
export function toDigit(picture: Picture): Digit {
  const { width, height, data } = picture;
  if (!(width >= 1 && height >= 1 && data.length === 4 * width * height)) {
    throw new RangeError(`toDigit: ${width}x${height} pixels need ${4 * width * height} bytes of RGBA, got ${data.length}`);
  }
  const steps: string[] = [];
  const ink = toInk(readGrey(picture, steps), steps);
  const most = strongest(ink.pixels);
  const framed = width === SIZE && height === SIZE;
  if (framed && steps.length === 0) {
    return { pixels: ink.pixels, blank: most < BLANK_LEVEL, steps: ["28x28, white on black: used unchanged"] };
  }
  if (most < BLANK_LEVEL) return { pixels: new Uint8Array(SIZE * SIZE), blank: true, steps: [...steps, "no ink found: blank"] };
  if (framed) {
    steps.push("28x28: framing kept");
    return { pixels: toBytes(ink.pixels, steps), blank: false, steps };
  }
  const floor = FLOOR_LEVEL * most;
  const clean = { ...ink, pixels: ink.pixels.map((v) => (v < floor ? 0 : v)) };
  return { pixels: toBytes(frame(clean, steps), steps), blank: false, steps };
}
