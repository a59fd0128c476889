/** From what the face networks say to places on the picture, as face-api computes them. Numbers only; boxes and points in pixels. */
import { ANCHORS } from "./detector.ts";
import { LANDMARKS } from "./landmarks.ts";

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Extent {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface FoundFace {
  /** 0..1 */
  readonly score: number;
  /** May reach over the picture's edge. */
  readonly box: Box;
}

export interface DetectOptions {
  /** Side of the detector's square input. */
  readonly size: number;
  /** Least score of a face. Default: 0.5. */
  readonly threshold?: number;
  /** Of two boxes that overlap more than this (intersection over union) the one of lower score goes. Default: 0.4, of the SSD 0.5. */
  readonly overlap?: number;
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** The faces in the output [25, G, G] of `tinyFaceDetector` for one picture, best first. */
export function decodeFaces(
  output: ArrayLike<number>,
  picture: Extent,
  { size, threshold = 0.5, overlap = 0.4 }: DetectOptions,
): FoundFace[] {
  const cells = Math.sqrt(output.length / (5 * ANCHORS.length));
  const [wide, high] = squareOf(picture, size);
  const found: FoundFace[] = [];
  for (let cell = 0; cell < cells * cells; cell++) {
    ANCHORS.forEach(([anchorWidth, anchorHeight], anchor) => {
      const value = (k: number): number => output[(5 * anchor + k) * cells * cells + cell];
      const score = sigmoid(value(4));
      if (!(score > threshold)) return;
      const [x, y] = [(cell % cells) + sigmoid(value(0)), Math.floor(cell / cells) + sigmoid(value(1))];
      const [width, height] = [(Math.exp(value(2)) * anchorWidth * wide) / cells, (Math.exp(value(3)) * anchorHeight * high) / cells];
      found.push({ score, box: { x: (x / cells) * wide - width / 2, y: (y / cells) * high - height / 2, width, height } });
    });
  }
  return withoutOverlaps(
    found.sort((a, b) => b.score - a.score),
    overlap,
  );
}

/** Width and height of the whole square in pixels of the picture, which fills a part of it: whole pixels of the network's input. */
function squareOf(picture: Extent, size: number): readonly [wide: number, high: number] {
  const longest = Math.max(picture.width, picture.height);
  const filled = (extent: number): number => Math.round((extent * size) / longest) / size;
  return [picture.width / filled(picture.width), picture.height / filled(picture.height)];
}

/** The faces in the outputs [M, 4] and [M] of `ssdFaceDetector` for one picture, best first, inside the square. */
export function decodeSsd(
  boxes: ArrayLike<number>,
  scores: ArrayLike<number>,
  picture: Extent,
  { size, threshold = 0.5, overlap = 0.5, most = 100 }: DetectOptions & { readonly most?: number },
): FoundFace[] {
  const [wide, high] = squareOf(picture, size);
  const found: FoundFace[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i] > threshold)) continue;
    const [top, left, bottom, right] = [0, 1, 2, 3].map((edge) => boxes[4 * i + edge]);
    found.push({ score: scores[i], box: { x: left * wide, y: top * high, width: (right - left) * wide, height: (bottom - top) * high } });
  }
  found.sort((a, b) => b.score - a.score);
  const within = ({ x, y, width, height }: Box): Box => {
    const [left, top] = [Math.max(0, x), Math.max(0, y)];
    return { x: left, y: top, width: Math.min(wide, x + width) - left, height: Math.min(high, y + height) - top };
  };
  return withoutOverlaps(found, overlap)
    .slice(0, most)
    .map(({ score, box }) => ({ score, box: within(box) }));
}

function withoutOverlaps(faces: readonly FoundFace[], most: number): FoundFace[] {
  const kept: FoundFace[] = [];
  for (const face of faces) if (kept.every(({ box }) => intersectionOverUnion(box, face.box) <= most)) kept.push(face);
  return kept;
}

/** 0..1 */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = (lowA: number, lengthA: number, lowB: number, lengthB: number): number =>
    Math.max(0, Math.min(lowA + lengthA, lowB + lengthB) - Math.max(lowA, lowB));
  const intersection = shared(a.x, a.width, b.x, b.width) * shared(a.y, a.height, b.y, b.height);
  return intersection / (a.width * a.height + b.width * b.height - intersection);
}

/** The whole pixels of a box that lie on the picture: what a network is given of it. Width or height 0 where there are none. */
export function pixelBox({ x, y, width, height }: Box, picture: Extent): Box {
  const [left, top] = [Math.max(x, 0), Math.max(y, 0)];
  const clip = (length: number, room: number): number => Math.max(0, Math.floor(Math.min(length, room)));
  return {
    ...{ x: Math.floor(left), y: Math.floor(top) },
    ...{ width: clip(x + width - left, picture.width - left), height: clip(y + height - top, picture.height - top) },
  };
}

/**
 * The 68 points of `faceLandmarks` on the picture.
 * @param output [136]
 * @param box where the face was found; the network was given its `pixelBox` of extent `given`
 */
export function placeLandmarks(output: ArrayLike<number>, box: Point, given: Extent): Point[] {
  const side = Math.max(given.width, given.height);
  const [left, top] = [(side - given.width) / 2, (side - given.height) / 2];
  return Array.from({ length: LANDMARKS }, (_, i) => ({
    x: output[2 * i] * side - left + box.x,
    y: output[2 * i + 1] * side - top + box.y,
  }));
}

/** The points' own box and a tenth of it on each side: what `faceExpression` is given. */
export function expressionBox(points: readonly Point[]): Box {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - x, Math.max(...ys) - y];
  return { x: x - 0.1 * width, y: y - 0.1 * height, width: 1.2 * width, height: 1.2 * height };
}

/** Ranges of the 68 points: left eye, right eye, mouth. */
const PARTS = [
  [36, 42],
  [42, 48],
  [48, 68],
] as const;

/** A square around eyes and mouth whose side is their distance / 0.45, dlib's alignment: what `faceRecognition` is given. */
export function recognitionBox(points: readonly Point[]): Box {
  const mean = (some: readonly Point[], axis: "x" | "y"): number => some.reduce((sum, point) => sum + point[axis], 0) / some.length;
  const centre = (some: readonly Point[]): Point => ({ x: mean(some, "x"), y: mean(some, "y") });
  const centres = PARTS.map(([from, to]) => centre(points.slice(from, to)));
  const [left, right, mouth] = centres;
  const toMouth = (eye: Point): number => Math.hypot(mouth.x - eye.x, mouth.y - eye.y);
  const size = Math.floor((toMouth(left) + toMouth(right)) / 2 / 0.45);
  const { x, y } = centre(centres);
  return { x: Math.floor(Math.max(0, x - 0.5 * size)), y: Math.floor(Math.max(0, y - 0.43 * size)), width: size, height: size };
}
