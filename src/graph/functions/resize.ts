/**
 * Resampling of images, as torch.nn.functional.interpolate does it without antialiasing, and adaptive pooling.
 * All by gathers: in a product with a matrix, one NaN or infinite pixel would meet zeros, and spoil its whole row and column.
 */
import { mistake, type Node, type Pair } from "../node.ts";
import { shapeText } from "../ops/common/checks.ts";
import { add, mul } from "./elementwise.ts";
import { take } from "./indexing.ts";
import { broadcastTo, reshape } from "./movement.ts";
import { sum } from "./reduce.ts";
import { constant } from "./sources.ts";
import { pairOf, type PairOption } from "./window.ts";

export type ResizeMode = "nearest" | "bilinear" | "bicubic";

/** One output element: source positions with their weights. */
type Tap = readonly (readonly [at: number, weight: number])[];

export interface ResizeOptions {
  readonly mode: ResizeMode;
  /** Lays the centres of the corner pixels on each other instead of the corners of the images; not with "nearest". Default: false. */
  readonly alignCorners?: boolean;
}

/** x [N, C, H, W] -> [N, C, ...size] */
export function resize(x: Node, size: Pair, { mode, alignCorners = false }: ResizeOptions): Node {
  if (x.shape.length !== 4) mistake("resize", `expected images [N, C, H, W], got ${shapeText(x.shape)}`);
  if (alignCorners && mode === "nearest") mistake("resize", "alignCorners goes with bilinear and bicubic, not with nearest");
  return resizeAxis(resizeAxis(x, 3, size[1], mode, alignCorners), 2, size[0], mode, alignCorners);
}

export interface UpsampleOptions extends Partial<ResizeOptions> {
  /** Whole numbers of at least 1, [vertical, horizontal] or one for both. */
  readonly scaleFactor: PairOption;
}

/** torch.nn.Upsample: [N, C, H, W] -> [N, C, H scale, W scale]. Default mode: nearest. */
export function upsample(x: Node, { scaleFactor, mode = "nearest", alignCorners }: UpsampleOptions): Node {
  const name = "upsample";
  if (x.shape.length !== 4) mistake(name, `expected images [N, C, H, W], got ${shapeText(x.shape)}`);
  const [down, across] = pairOf(name, "scaleFactor", scaleFactor, 1);
  return resize(x, [x.shape[2] * down, x.shape[3] * across], { mode, alignCorners });
}

function resizeAxis(x: Node, axis: 2 | 3, to: number, mode: ResizeMode, alignCorners: boolean): Node {
  const from = x.shape[axis];
  if (from === to) return x;
  if (mode === "nearest" && to % from === 0) return repeat(x, axis, to / from);
  const taps = Array.from({ length: to }, (_, i) => tapsOf(i, from, to, mode, alignCorners));
  return byGather(x, axis, taps);
}

/** torch.nn.AdaptiveAvgPool2d: window i of n covers rows floor(i H / n) to ceil((i + 1) H / n) - 1. [N, C, H, W] -> [N, C, ...size] */
export function adaptiveAvgPool2d(x: Node, size: Pair): Node {
  if (x.shape.length !== 4) mistake("adaptiveAvgPool2d", `expected images [N, C, H, W], got ${shapeText(x.shape)}`);
  return averageAxis(averageAxis(x, 3, size[1]), 2, size[0]);
}

function averageAxis(x: Node, axis: 2 | 3, to: number): Node {
  const from = x.shape[axis];
  if (from === to) return x;
  const ends = Array.from({ length: to }, (_, i) => [Math.floor((i * from) / to), Math.ceil(((i + 1) * from) / to)]);
  const most = Math.max(...ends.map(([low, high]) => high - low));
  // Windows side by side; a shorter one reads zeros, at -1, to its end.
  const places = ends.flatMap(([low, high]) => Array.from({ length: most }, (_, k) => (low + k < high ? low + k : -1)));
  const windows = from === to * most ? x : take(x, constant(Int32Array.from(places)), axis);
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const total = sum(reshape(windows, [...before, to, most, ...after]), [axis + 1]);
  return mul(
    total,
    alongAxis(
      Float32Array.from(ends, ([low, high]) => 1 / (high - low)),
      axis,
    ),
  );
}

/** One number per row or column. */
const alongAxis = (values: Float32Array, axis: 2 | 3): Node => constant(values, axis === 3 ? [values.length] : [values.length, 1]);

/** Each element `times` times: a broadcast. */
function repeat(x: Node, axis: number, times: number): Node {
  const [before, after] = [x.shape.slice(0, axis + 1), x.shape.slice(axis + 1)];
  const spread = broadcastTo(reshape(x, [...before, 1, ...after]), [...before, times, ...after]);
  return reshape(
    spread,
    x.shape.map((extent, i) => (i === axis ? extent * times : extent)),
  );
}

/** The k-th tap of every output element is one gather; they are added up with their weights. */
function byGather(x: Node, axis: 2 | 3, taps: readonly Tap[]): Node {
  const parts = taps[0].map((_, k) => {
    const part = take(x, constant(Int32Array.from(taps, (tap) => tap[k][0])), axis);
    if (taps.every((tap) => tap[k][1] === 1)) return part;
    return mul(
      part,
      alongAxis(
        Float32Array.from(taps, (tap) => tap[k][1]),
        axis,
      ),
    );
  });
  return parts.reduce((total, part) => add(total, part));
}

function tapsOf(i: number, from: number, to: number, mode: ResizeMode, alignCorners: boolean): Tap {
  const clamped = (at: number): number => Math.min(Math.max(at, 0), from - 1);
  if (mode === "nearest") return [[clamped(Math.floor((i * from) / to)), 1]];
  const centre = alignCorners ? (i * (from - 1)) / Math.max(to - 1, 1) : ((i + 0.5) * from) / to - 0.5;
  if (mode === "bicubic") {
    const base = Math.floor(centre);
    return [-1, 0, 1, 2].map((k) => [clamped(base + k), cubic(centre - base - k)] as const);
  }
  const source = Math.max(centre, 0);
  const base = Math.min(Math.floor(source), from - 1);
  return [
    [base, 1 - (source - base)],
    [clamped(base + 1), source - base],
  ];
}

/** Keys' cubic convolution (1981) with A = -0.75. */
function cubic(distance: number): number {
  const A = -0.75;
  const x = Math.abs(distance);
  if (x <= 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  return x < 2 ? ((A * x - 5 * A) * x + 8 * A) * x - 4 * A : 0;
}
