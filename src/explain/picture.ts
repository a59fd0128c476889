/** Heat as colour, over the picture: pure arithmetic on RGBA bytes, for files and canvases alike. */
import type { Picture } from "../data/pictures/picture.ts";
import type { Rectangle } from "../data/pictures/rectangle.ts";
import type { Heat } from "./heat.ts";

/** Matplotlib's (and MATLAB's) jet: t in [0, 1] -> red, green, blue in 0 to 255. */
export function jet(t: number): readonly [number, number, number] {
  const ramp = (centre: number): number => Math.min(1, Math.max(0, 1.5 - Math.abs(4 * t - centre)));
  return [Math.round(255 * ramp(3)), Math.round(255 * ramp(2)), Math.round(255 * ramp(1))];
}

export interface OverlayOptions {
  /** The part of the picture that the network saw: there the heat lies. */
  readonly view: Rectangle;
  /** Size of the result, in pixels. */
  readonly width: number;
  readonly height: number;
  /** The part of the picture that is drawn. Default: all of it. */
  readonly part?: Rectangle;
  /** Share of colour where the heat is 0, and where it is 1. Default: 0.4 and 0.6. */
  readonly strength?: readonly [number, number];
}

/** The picture with the heat in jet over it; what the network did not see is dimmed. Both are interpolated linearly. */
export function overlay(picture: Picture, heat: Heat | null, options: OverlayOptions): Picture {
  const { view, width, height, strength = [0.4, 0.6] } = options;
  const part = options.part ?? { left: 0, top: 0, width: picture.width, height: picture.height };
  const data = new Uint8ClampedArray(4 * width * height);
  const colour = new Float64Array(3);
  const area = Math.max(1, Math.ceil(Math.max(part.width / width, part.height / height)));
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const [px, py] = [part.left + ((x + 0.5) * part.width) / width, part.top + ((y + 0.5) * part.height) / height];
      sampleColour(picture, px, py, area, colour);
      const [u, v] = [(px - view.left) / view.width, (py - view.top) / view.height];
      const seen = u >= 0 && u < 1 && v >= 0 && v < 1;
      const t = seen && heat ? sampleHeat(heat, u * heat.width - 0.5, v * heat.height - 0.5) : 0;
      const share = seen && heat ? strength[0] + (strength[1] - strength[0]) * t : 0;
      const tint = jet(t);
      for (let c = 0; c < 3; c++) data[at + c] = (seen ? 1 : DIMMED) * (1 - share) * colour[c] + share * tint[c];
      data[at + 3] = 255;
    }
  }
  return { width, height, data };
}

/** How much light is left of what the network did not see. */
const DIMMED = 0.35;

/** Mean of `area` x `area` linear samples around (x, y), over white where the picture is transparent. */
function sampleColour(picture: Picture, x: number, y: number, area: number, out: Float64Array): void {
  out.fill(0);
  for (let j = 0; j < area; j++)
    for (let i = 0; i < area; i++) addSample(picture, x + i - (area - 1) / 2 - 0.5, y + j - (area - 1) / 2 - 0.5, 1 / (area * area), out);
}

function addSample({ width, height, data }: Picture, x: number, y: number, weight: number, out: Float64Array): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  for (const [row, down] of [
    [top, 1 - (y - top)],
    [top + 1, y - top],
  ])
    for (const [column, across] of [
      [left, 1 - (x - left)],
      [left + 1, x - left],
    ]) {
      const at = 4 * (clamp(row, height) * width + clamp(column, width));
      const alpha = data[at + 3] / 255;
      for (let c = 0; c < 3; c++) out[c] += weight * down * across * (data[at + c] * alpha + 255 * (1 - alpha));
    }
}

function sampleHeat({ width, height, values }: Heat, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const value = (row: number, column: number): number => values[clamp(row, height) * width + clamp(column, width)];
  const [a, b] = [x - left, y - top];
  return (
    (1 - b) * ((1 - a) * value(top, left) + a * value(top, left + 1)) + b * ((1 - a) * value(top + 1, left) + a * value(top + 1, left + 1))
  );
}

const clamp = (index: number, size: number): number => Math.min(Math.max(index, 0), size - 1);

/** For the eye: heat above this share of the pixels is drawn as 1, so that single strong pixels do not leave the rest dark. */
export function stretched(heat: Heat, share = 0.995): Heat {
  const sorted = Float32Array.from(heat.values).sort();
  const top = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const { least, largest } = heat;
  if (!(top > 0)) return heat;
  return { ...heat, values: heat.values.map((value) => Math.min(1, value / top)), largest: least + top * (largest - least) };
}
