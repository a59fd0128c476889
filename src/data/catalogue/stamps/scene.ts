/** One picture: a background, distractors, and over them the objects, with their boxes and masks. */

import { boundsOf, type Layer, layOver, scaledLayer } from "../../pictures/cutout.ts";
import type { GreyPicture, Picture } from "../../pictures/picture.ts";
import type { Rectangle } from "../../pictures/rectangle.ts";
import type { Random } from "../../random.ts";

/** A cut-out, and the part of it that is not transparent. */
export interface Cutout {
  readonly picture: Picture;
  readonly part: Rectangle;
}

export interface SceneOptions {
  /** Pixels of a side. */
  readonly size: number;
  /** How long the longer side of an object is, as a share of `size`: drawn evenly between the two. */
  readonly smallest: number;
  readonly largest: number;
}

/** An object as it is seen. The mask has 255 where the object covers at least half of a pixel. */
export interface SeenObject {
  readonly index: number;
  readonly box: Rectangle;
  readonly mask: GreyPicture;
}

export interface Scene {
  readonly picture: Picture;
  /** In the order in which they were given; those for which there was no room are not among them. */
  readonly objects: readonly SeenObject[];
  /** 255 where objects cover something, but less than half, of a pixel: neither object nor background. */
  readonly edges: GreyPicture;
}

const DISTRACTOR_SHARE = [0.1, 0.3] as const;
/** The share of a box that others may cover. */
const OVERLAP = 0.1;
const HIDDEN = 0.5;
const TRIES = 30;
/** What covers less of a pixel than this is not seen. */
const VISIBLE = 0.02;

interface Placed {
  readonly index: number;
  readonly layer: Layer;
  readonly at: Rectangle;
}

/**
 * Draws a scene; all that is random comes from `random`. The first object is always there.
 * @param background f64 [3, size, size] in 0..255
 */
export function drawScene(
  background: Float64Array,
  objects: readonly Cutout[],
  distractors: readonly Cutout[],
  options: SceneOptions,
  random: Random,
): Scene {
  const { size } = options;
  const placed: Placed[] = [];
  objects.forEach((cutout, index) => {
    const range = [options.smallest, options.largest] as const;
    const found = place(cutout, index, size, range, random, (at) => placed.every((other) => covered(at, other.at) <= OVERLAP));
    if (found) placed.push(found);
  });
  const clutter = distractors.flatMap((cutout, index) => {
    const seen = (at: Rectangle): boolean => placed.every((object) => covered(at, object.at) <= HIDDEN);
    return place(cutout, index, size, DISTRACTOR_SHARE, random, seen) ?? [];
  });
  const canvas = new Float64Array(3 * size * size);
  for (let i = 0; i < size * size; i += 1) for (let c = 0; c < 3; c += 1) canvas[3 * i + c] = background[c * size * size + i];
  for (const { layer, at } of [...clutter, ...placed]) layOver(canvas, size, layer, at.left, at.top);
  return { picture: toPicture(canvas, size), ...seenObjects(placed, size) };
}

/** The cut-out at a random size and place that `fits`; null: none was found. */
function place(
  { picture, part }: Cutout,
  index: number,
  size: number,
  [low, high]: readonly [number, number],
  random: Random,
  fits: (at: Rectangle) => boolean,
): Placed | null {
  const mirrored = random.int(2) === 1;
  for (let i = 0; i < TRIES; i += 1) {
    const side = size * (low + random.next() * (high - low));
    const scale = side / Math.max(part.width, part.height);
    const [width, height] = [part.width, part.height].map((extent) => Math.max(1, Math.round(extent * scale)));
    const at = { left: random.int(size - width + 1), top: random.int(size - height + 1), width, height };
    if (!fits(at)) continue;
    const layer = scaledLayer(picture, part, width, height, mirrored);
    // What is as thin as a hair may vanish at a small size.
    if (boundsOf(width, height, (pixel) => layer.data[4 * pixel + 3], 0.5)) return { index, layer, at };
  }
  return null;
}

/** The share of the smaller of two rectangles that lies in the other. */
function covered(a: Rectangle, b: Rectangle): number {
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left);
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top);
  return (Math.max(0, across) * Math.max(0, down)) / Math.min(a.width * a.height, b.width * b.height);
}

/** Boxes and masks of what is not hidden by the objects above. */
function seenObjects(placed: readonly Placed[], size: number): Pick<Scene, "objects" | "edges"> {
  const above = new Float64Array(size * size);
  const edges = { width: size, height: size, pixels: new Uint8Array(size * size) };
  const objects: SeenObject[] = [];
  for (const { index, layer, at } of [...placed].reverse()) {
    const mask = { width: size, height: size, pixels: new Uint8Array(size * size) };
    for (let y = 0; y < at.height; y += 1)
      for (let x = 0; x < at.width; x += 1) {
        const pixel = (at.top + y) * size + at.left + x;
        const alpha = layer.data[4 * (y * at.width + x) + 3];
        if (alpha * (1 - above[pixel]) >= 0.5) mask.pixels[pixel] = 255;
        above[pixel] += alpha * (1 - above[pixel]);
      }
    const box = boundsOf(size, size, (pixel) => mask.pixels[pixel], 255);
    if (box) objects.unshift({ index, box, mask });
  }
  for (let i = 0; i < above.length; i += 1)
    if (above[i] > VISIBLE && objects.every(({ mask }) => mask.pixels[i] === 0)) edges.pixels[i] = 255;
  return { objects, edges };
}

function toPicture(canvas: Float64Array, size: number): Picture {
  const data = new Uint8Array(4 * size * size).fill(255);
  for (let i = 0; i < size * size; i += 1)
    for (let c = 0; c < 3; c += 1) data[4 * i + c] = Math.round(Math.min(255, Math.max(0, canvas[3 * i + c])));
  return { width: size, height: size, data };
}
