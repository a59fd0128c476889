/** From a picture of any size to a network's input, and back to where on the picture a map belongs. */
import { UserError } from "../data/errors.ts";
import type { Picture } from "../data/pictures/picture.ts";
import type { Rectangle } from "../data/pictures/rectangle.ts";
import { squareInput } from "../data/pictures/square.ts";

/** How a picture is brought to the network's shape: the largest middle part of it, all of it distorted, or all of it with bars. */
export type Fit = "crop" | "stretch" | "pad";
export const FITS: readonly Fit[] = ["crop", "stretch", "pad"];

export interface Preparation {
  /** Of the network's input: [height, width] in pixels. */
  readonly size: readonly [number, number];
  /** One or three; their number is the number of channels. x = (colour / 255 - mean) / std, grey by Rec. 601. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly fit: Fit;
  /** Colour of bars, 0 to 255. Default: the mean. */
  readonly bars?: number;
  /** "area" (default): averages to shrink. "points": TensorFlow's bilinear samples of the square filled up with zeros. */
  readonly sampling?: "area" | "points";
}

export interface PreparedPicture {
  /** f32 [C, H, W] */
  readonly input: Float32Array;
  /** Which part of the picture the input is; with "pad" it reaches beyond the picture. */
  readonly view: Rectangle;
}

/** `part`: look only at this part of the picture (a face, say). Default: all of it. */
export function preparePicture(picture: Picture, preparation: Preparation, part?: Rectangle): PreparedPicture {
  const whole = part ?? { left: 0, top: 0, width: picture.width, height: picture.height };
  checkPart(picture, whole);
  if (preparation.sampling === "points") return pointSampled(picture, whole, preparation);
  const view = inputView(whole, preparation);
  return { input: sampled(picture, whole, view, preparation), view };
}

/** As face-api prepares a face: see `squareInput`. The part is rounded to whole pixels. */
function pointSampled(picture: Picture, part: Rectangle, { size, mean, std }: Preparation): PreparedPicture {
  const left = Math.min(Math.round(part.left), picture.width - 1);
  const top = Math.min(Math.round(part.top), picture.height - 1);
  const width = Math.max(1, Math.round(part.left + part.width) - left);
  const height = Math.max(1, Math.round(part.top + part.height) - top);
  const box = { left, top, width, height };
  return { input: squareInput(picture, { size: size[0], mean, std, box }), view: inputView(box, { size, fit: "pad" }) };
}

function checkPart({ width, height }: Picture, part: Rectangle): void {
  const inside = part.left >= 0 && part.top >= 0 && part.left + part.width <= width && part.top + part.height <= height;
  if (!(part.width >= 1 && part.height >= 1 && inside))
    throw new UserError(
      `the part ${part.width} x ${part.height} at (${part.left}, ${part.top}) is not inside the picture of ${width} x ${height}`,
    );
}

/** The rectangle with the network's aspect inside ("crop") or around ("pad") a part of the picture. */
export function inputView({ left, top, width, height }: Rectangle, { size, fit }: Pick<Preparation, "size" | "fit">): Rectangle {
  if (fit === "stretch") return { left, top, width, height };
  const scale = (fit === "crop" ? Math.min : Math.max)(height / size[0], width / size[1]);
  const [h, w] = [scale * size[0], scale * size[1]];
  return { left: left + (width - w) / 2, top: top + (height - h) / 2, width: w, height: h };
}

/** Separable: the area under each pixel averaged to shrink, linear between pixel centres to enlarge. */
function sampled(picture: Picture, part: Rectangle, view: Rectangle, preparation: Preparation): Float32Array {
  const { size, mean, std, fit } = preparation;
  const [height, width] = size;
  const bars = preparation.bars === undefined ? mean.map((value) => 255 * value) : mean.map(() => preparation.bars ?? 0);
  const within = (x: number, y: number): boolean =>
    fit !== "pad" || (x >= part.left && x < part.left + part.width && y >= part.top && y < part.top + part.height);
  const across = taps(view.left, view.width / width, width, picture.width);
  const down = taps(view.top, view.height / height, height, picture.height);
  const rows = new Map<number, Float64Array>();
  const rowOf = (y: number): Float64Array => {
    const known = rows.get(y);
    if (known) return known;
    const made = sampleRow(picture, y, across, mean.length);
    rows.set(y, made);
    return made;
  };
  const out = new Float32Array(mean.length * height * width);
  down.forEach(({ first, weights }, y) => {
    for (const row of rows.keys()) if (row < first) rows.delete(row);
    for (let x = 0; x < width; x++) {
      const inPart = within(view.left + ((x + 0.5) * view.width) / width, view.top + ((y + 0.5) * view.height) / height);
      for (let c = 0; c < mean.length; c++) {
        let value = inPart ? 0 : bars[c];
        if (inPart) for (let k = 0; k < weights.length; k++) value += weights[k] * rowOf(first + k)[c * width + x];
        out[(c * height + y) * width + x] = (value / 255 - mean[c]) / std[c];
      }
    }
  });
  return out;
}

/** One row of the picture over white, as [channels, across.length] in 0 to 255. */
function sampleRow({ width, data }: Picture, y: number, across: readonly Taps[], channels: number): Float64Array {
  const row = new Float64Array(channels * across.length);
  across.forEach(({ first, weights }, x) => {
    for (let k = 0; k < weights.length; k++) {
      const at = 4 * (y * width + first + k);
      const alpha = data[at + 3] / 255;
      const [r, g, b] = [0, 1, 2].map((c) => data[at + c] * alpha + 255 * (1 - alpha));
      if (channels === 1) row[x] += weights[k] * (0.299 * r + 0.587 * g + 0.114 * b);
      else
        [r, g, b].forEach((value, c) => {
          row[c * across.length + x] += weights[k] * value;
        });
    }
  });
  return row;
}

/** For one output pixel: the first source pixel, and weights that sum to 1; the picture's edge pixels go on outside. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

function taps(start: number, step: number, count: number, size: number): Taps[] {
  return Array.from({ length: count }, (_, i) => {
    const centre = start + (i + 0.5) * step;
    const reach = Math.max(step, 1) / 2;
    const [low, high] = step >= 1 ? [centre - reach, centre + reach] : [centre - 1, centre + 1];
    const first = Math.min(Math.max(Math.floor(low), 0), size - 1);
    const last = Math.min(Math.max(Math.ceil(high), first + 1), size);
    const weights = new Float64Array(last - first);
    for (let pixel = Math.floor(low); pixel < high; pixel++) {
      const weight = step >= 1 ? Math.min(high, pixel + 1) - Math.max(low, pixel) : 1 - Math.abs(pixel + 0.5 - centre);
      if (weight > 0) weights[Math.min(Math.max(pixel, first), last - 1) - first] += weight;
    }
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { first, weights: weights.map((weight) => weight / total) };
  });
}
