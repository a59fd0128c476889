/** From the outputs of the face networks to places on the picture, as face-api computes them. Arithmetic on numbers; boxes and points in pixels. */
import type { Rectangle } from "../../data/pictures/rectangle.ts";
import { intersectionOverUnion } from "../../metrics/boxes.ts";
import { ANCHORS, LANDMARKS } from "../../models/index.ts";

/** Width and height of a picture, or of a part of it. */
type Size = Pick<Rectangle, "width" | "height">;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface FoundFace {
  /** 0..1 */
  readonly score: number;
  /** May reach beyond the picture. */
  readonly box: Rectangle;
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
  picture: Size,
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
      found.push({ score, box: { left: (x / cells) * wide - width / 2, top: (y / cells) * high - height / 2, width, height } });
    });
  }
  return withoutOverlaps(
    found.sort((a, b) => b.score - a.score),
    overlap,
  );
}

/** Width and height of the whole square in pixels of the picture, which fills a part of it: whole pixels of the network's input. */
function squareOf(picture: Size, size: number): readonly [wide: number, high: number] {
  const longest = Math.max(picture.width, picture.height);
  const filled = (extent: number): number => Math.round((extent * size) / longest) / size;
  return [picture.width / filled(picture.width), picture.height / filled(picture.height)];
}

/** The faces in the outputs [M, 4] and [M] of `ssdFaceDetector` for one picture, best first, inside the square. */
export function decodeSsd(
  boxes: ArrayLike<number>,
  scores: ArrayLike<number>,
  picture: Size,
  { size, threshold = 0.5, overlap = 0.5, most = 100 }: DetectOptions & { readonly most?: number },
): FoundFace[] {
  const [wide, high] = squareOf(picture, size);
  const found: FoundFace[] = [];
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i] > threshold)) continue;
    const [top, left, bottom, right] = [0, 1, 2, 3].map((edge) => boxes[4 * i + edge]);
    found.push({
      score: scores[i],
      box: { left: left * wide, top: top * high, width: (right - left) * wide, height: (bottom - top) * high },
    });
  }
  found.sort((a, b) => b.score - a.score);
  const within = (box: Rectangle): Rectangle => {
    const [left, top] = [Math.max(0, box.left), Math.max(0, box.top)];
    return { left, top, width: Math.min(wide, box.left + box.width) - left, height: Math.min(high, box.top + box.height) - top };
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

/** The whole pixels of a box that lie on the picture: what a network is given of it. Width or height 0 where there are none. */
export function pixelBox(box: Rectangle, picture: Size): Rectangle {
  const [left, top] = [Math.max(box.left, 0), Math.max(box.top, 0)];
  const clip = (length: number, room: number): number => Math.max(0, Math.floor(Math.min(length, room)));
  return {
    ...{ left: Math.floor(left), top: Math.floor(top) },
    ...{ width: clip(box.left + box.width - left, picture.width - left), height: clip(box.top + box.height - top, picture.height - top) },
  };
}

/**
 * The 68 points of `faceLandmarks` on the picture.
 * @param output [136]
 * @param box where the face was found; the network was given its `pixelBox` of extent `given`
 */
export function placeLandmarks(output: ArrayLike<number>, box: Rectangle, given: Size): Point[] {
  const side = Math.max(given.width, given.height);
  const [left, top] = [(side - given.width) / 2, (side - given.height) / 2];
  return Array.from({ length: LANDMARKS }, (_, i) => ({
    x: output[2 * i] * side - left + box.left,
    y: output[2 * i + 1] * side - top + box.top,
  }));
}

/** The points' own box and a tenth of it on each side: what `faceExpression` is given. */
export function expressionBox(points: readonly Point[]): Rectangle {
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - left, Math.max(...ys) - top];
  return { left: left - 0.1 * width, top: top - 0.1 * height, width: 1.2 * width, height: 1.2 * height };
}

/** Ranges of the 68 points: left eye, right eye, mouth. */
const PARTS = [
  [36, 42],
  [42, 48],
  [48, 68],
] as const;

/** A square around eyes and mouth whose side is their distance / 0.45, dlib's alignment: what `faceRecognition` is given. */
export function recognitionBox(points: readonly Point[]): Rectangle {
  const mean = (some: readonly Point[], axis: "x" | "y"): number => some.reduce((sum, point) => sum + point[axis], 0) / some.length;
  const centre = (some: readonly Point[]): Point => ({ x: mean(some, "x"), y: mean(some, "y") });
  const centres = PARTS.map(([from, to]) => centre(points.slice(from, to)));
  const [left, right, mouth] = centres;
  const toMouth = (eye: Point): number => Math.hypot(mouth.x - eye.x, mouth.y - eye.y);
  const size = Math.floor((toMouth(left) + toMouth(right)) / 2 / 0.45);
  const { x, y } = centre(centres);
  return { left: Math.floor(Math.max(0, x - 0.5 * size)), top: Math.floor(Math.max(0, y - 0.43 * size)), width: size, height: size };
}
