/** Spectral normalisation of weights (Miyato et al., arXiv:1802.05957), as torch.nn.utils.spectral_norm. */
import { div, matmul, maximum, mul, norm, reshape, sizeOf, stopGradient, sum, swapAxes, type Init, type Node } from "../../graph/index.ts";
import { normalInit } from "../init.ts";
import type { Params } from "../params.ts";
import { checkRange, COUNT, POSITIVE } from "../ranges.ts";
import { advance, latest, type Training } from "../training.ts";
import type { Parametrization } from "./affine.ts";

export interface SpectralNormOptions {
  readonly training: Training;
  /** Power iterations of a training step. Default: 1. */
  readonly iterations?: number;
  /** The least norm that a vector is divided by. Default: 1e-12. */
  readonly eps?: number;
}

/**
 * Divides a layer's weight by its largest singular value: `nn.conv2d(p, x, { ..., parametrization: spectralNorm({ training }) })`. With W
 * the weight as a matrix [H, W'] of one row per output, and normalize(x) = x / max(|x|, eps):
 *   v = normalize(WT u), u = normalize(W v), sigma = u . W v, weight = weight_orig / sigma
 * Variables: weight_orig of the weight's shape; weight_u [H] and weight_v [W'], buffers that begin as random directions. Training iterates and
 * updates both; several uses in one pass iterate in call order. Inference uses them as they are. They are constants of the gradient.
 */
export const spectralNorm =
  ({ training, iterations = 1, eps = 1e-12 }: SpectralNormOptions): Parametrization =>
  (p, name, shape, { init, outputAxis }) => {
    checkRange(`spectralNorm at ${p.path}`, COUNT, { iterations });
    checkRange(`spectralNorm at ${p.path}`, POSITIVE, { eps });
    const original = p.variable(`${name}_orig`, shape, { init });
    const H = shape[outputAxis];
    const matrix = reshape(outputAxis === 0 ? original : swapAxes(original, 0, 1), [H, -1]);
    const directions = { u: direction(p, `${name}_u`, H), v: direction(p, `${name}_v`, sizeOf(shape) / H) };
    const { u, v } = training.training ? iterate(training, stopGradient(matrix), directions, { iterations, eps }) : directions;
    const sigma = sum(mul(stopGradient(u), product(matrix, stopGradient(v))));
    return div(original, sigma);
  };

interface Directions {
  readonly u: Node;
  readonly v: Node;
}

const RANDOM: Init = { ...normalInit(1), unit: true } as Init;
const direction = (p: Params, name: string, extent: number): Node => p.variable(name, [extent], { role: "buffer", init: RANDOM });

/** The power method: the next values of both, for this pass and for the step's end. */
function iterate(
  training: Training,
  matrix: Node,
  { u, v }: Directions,
  { iterations, eps }: { iterations: number; eps: number },
): Directions {
  const normalize = (x: Node): Node => div(x, maximum(norm(x), eps));
  let left = latest(training, u);
  let right = v;
  for (let i = 0; i < iterations; i++) {
    right = normalize(product(swapAxes(matrix, 0, 1), left));
    left = normalize(product(matrix, right));
  }
  advance(training, u, left, left);
  advance(training, v, right, left);
  return { u: left, v: right };
}

/** [M, K] times [K] -> [M] */
const product = (matrix: Node, vector: Node): Node => reshape(matmul(matrix, reshape(vector, [-1, 1])), [-1]);
