/** From a picture of any size to a network's input, and back to where on the picture a map belongs. */
import { UserError } from "../data/errors.ts";
import { type Fit, fitRectangle, samplePicture, wholeOf } from "../data/pictures/fit.ts";
import type { Picture } from "../data/pictures/picture.ts";
import type { Rectangle } from "../data/pictures/rectangle.ts";
import { squareInput } from "../data/pictures/square.ts";

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
  const whole = part ?? wholeOf(picture);
  checkPart(picture, whole);
  if (preparation.sampling === "points") return pointSampled(picture, whole, preparation);
  const { size, mean, std, fit } = preparation;
  const bars = mean.map((value) => preparation.bars ?? 255 * value);
  const view = fitRectangle(whole, size, fit);
  const colours = samplePicture(picture, view, size, bars, whole);
  const plane = size[0] * size[1];
  return {
    input: Float32Array.from(colours, (value, i) => (value / 255 - mean[Math.floor(i / plane)]) / std[Math.floor(i / plane)]),
    view,
  };
}

/** As face-api prepares a face: see `squareInput`. The part is rounded to whole pixels. */
function pointSampled(picture: Picture, part: Rectangle, { size, mean, std }: Preparation): PreparedPicture {
  const left = Math.min(Math.round(part.left), picture.width - 1);
  const top = Math.min(Math.round(part.top), picture.height - 1);
  const width = Math.max(1, Math.round(part.left + part.width) - left);
  const height = Math.max(1, Math.round(part.top + part.height) - top);
  const box = { left, top, width, height };
  return { input: squareInput(picture, { size: size[0], mean, std, box }), view: fitRectangle(box, size, "pad") };
}

function checkPart({ width, height }: Picture, part: Rectangle): void {
  const inside = part.left >= 0 && part.top >= 0 && part.left + part.width <= width && part.top + part.height <= height;
  if (!(part.width >= 1 && part.height >= 1 && inside))
    throw new UserError(
      `the part ${part.width} x ${part.height} at (${part.left}, ${part.top}) is not inside the picture of ${width} x ${height}`,
    );
}
