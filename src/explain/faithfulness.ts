/**
 * Does the network need what a map marks? Deletion and insertion (Petsiuk, Das and Saenko, arXiv:1806.07421): the pixels are removed, or
 * shown, in the order of the map, and the class' probability is recorded.
 */
import { constant, input, less, matmul, mean, mul, type Node, oneHot, reshape, select, softmax, sum } from "../graph/index.ts";
import type { Network } from "../networks/index.ts";
import type { Heat } from "./heat.ts";

export interface Curve {
  /** What replaces pixels that are not shown. */
  readonly baseline: "mean colour" | "blurred picture";
  /** The class' probability after i / steps of the pixels, i = 0 ... steps. */
  readonly values: readonly number[];
  /** Area under the curve, by trapezoids: 0 to 1. */
  readonly auc: number;
}

export interface Faithfulness {
  readonly steps: number;
  /** The most important pixels are replaced first: a good map makes the curve fall early, a low area. */
  readonly deletion: Curve;
  /** The most important pixels appear first: a good map makes it rise early, a high area. */
  readonly insertion: Curve;
  readonly occlusion: {
    /** Of the pixels, the most important ones. */
    readonly share: number;
    readonly baseline: "mean colour";
    readonly before: number;
    readonly after: number;
    /** before - after */
    readonly drop: number;
  };
}

/** Default number of steps of both curves. */
export const CURVE_STEPS = 10;

/** A change in probability, for people: "+3.1 points" */
export function points(change: number): string {
  const text = (100 * change).toFixed(1);
  return `${Number(text) > 0 ? "+" : ""}${Number(text) === 0 ? "0.0" : text} points`;
}

/** The thesis' section 3.4 occludes 30 % of the most relevant area. */
export const OCCLUDED = 0.3;

/** Inputs of the probe: one picture, and for each of the batch its pixels' ranks, how much of it is done, and in which way. */
export const PROBE = {
  image: "probe image",
  rank: "probe rank",
  share: "probe share",
  insert: "probe insert",
  target: "probe target",
} as const;

/**
 * image [1, C, H, W], rank [B, 1, H, W] (0 the most important, below 1), share [B, 1, 1, 1], insert i32 [B, 1, 1, 1], target i32 [B] ->
 * the target's probability [B]. `build` makes the network on a batch of B pictures.
 */
export function probeGraph(build: (image: Node) => Network, [C, H, W]: readonly [number, number, number], B: number): Node {
  const image = input(PROBE.image, [1, C, H, W]);
  const insert = input(PROBE.insert, [B, 1, 1, 1], "i32");
  const done = less(input(PROBE.rank, [B, 1, H, W]), input(PROBE.share, [B, 1, 1, 1]));
  const gone = mean(image, [2, 3], { keepDims: true });
  const deleted = select(done, gone, image);
  const inserted = select(done, image, blurred(image));
  const { logits } = build(select(insert, inserted, deleted));
  return sum(mul(softmax(logits, 1), oneHot(input(PROBE.target, [B], "i32"), logits.shape[1])), 1);
}

/** Gaussian blur by two products with matrices whose rows sum to 1, so that borders are not darkened. [N, C, H, W] -> the same */
export function blurred(image: Node): Node {
  const [N, C, H, W] = image.shape;
  const deviation = BLUR * Math.max(H, W);
  const rows = matmul(gaussian(H, deviation), reshape(image, [N * C, H, W]));
  return reshape(matmul(rows, gaussian(W, deviation), { transposeB: true }), [N, C, H, W]);
}

/** Standard deviation, as a part of the longer side: 10 pixels of 224. */
const BLUR = 10 / 224;

function gaussian(size: number, deviation: number): Node {
  const rows = Array.from({ length: size }, (_, i) => {
    const row = Array.from({ length: size }, (_, j) => Math.exp(-((i - j) ** 2) / (2 * deviation ** 2)));
    const total = row.reduce((sum, weight) => sum + weight, 0);
    return row.map((weight) => weight / total);
  });
  return constant(rows);
}

/** Each pixel's place in the order of falling heat, divided by their number: [H, W], 0 to below 1. Ties: row by row. */
export function rankOf({ values }: Heat): Float32Array {
  const order = Uint32Array.from(values, (_, i) => i).sort((a, b) => values[b] - values[a] || a - b);
  const ranks = new Float32Array(values.length);
  order.forEach((pixel, place) => {
    ranks[pixel] = place / values.length;
  });
  return ranks;
}

/** One question to the probe. */
export interface Probe {
  readonly share: number;
  readonly insert: 0 | 1;
}

/** Everything that `faithfulnessOf` needs to know, in its order. */
export function probes(steps: number): Probe[] {
  const at = (i: number): number => (i === steps ? 2 : i / steps);
  const curve = (insert: 0 | 1): Probe[] => Array.from({ length: steps + 1 }, (_, i) => ({ share: at(i), insert }));
  return [...curve(0), ...curve(1), { share: OCCLUDED, insert: 0 }];
}

/** `answers`: the probabilities of `probes(steps)`. */
export function faithfulnessOf(steps: number, answers: ArrayLike<number>): Faithfulness {
  const values = Array.from(answers);
  const deletion = values.slice(0, steps + 1);
  const insertion = values.slice(steps + 1, 2 * steps + 2);
  const [before, after] = [deletion[0], values[2 * steps + 2]];
  return {
    steps,
    deletion: { baseline: "mean colour", values: deletion, auc: areaUnder(deletion) },
    insertion: { baseline: "blurred picture", values: insertion, auc: areaUnder(insertion) },
    occlusion: { share: OCCLUDED, baseline: "mean colour", before, after, drop: before - after },
  };
}

const areaUnder = (values: readonly number[]): number =>
  values.slice(1).reduce((area, value, i) => area + (value + values[i]) / 2, 0) / (values.length - 1);
