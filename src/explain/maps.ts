/** The maps themselves: one `grad` per rule, and arithmetic. Shapes: image [N, C, H, W], layer [N, K, h, w] (or [N, K]). */
import {
  add,
  argmax,
  constant,
  div,
  equal,
  grad,
  matmul,
  mean,
  mul,
  type Node,
  oneHot,
  type Pair,
  relu,
  reshape,
  resize,
  select,
  sum,
} from "../graph/index.ts";
import type { Network } from "../networks/index.ts";
import { DECONVNET, GUIDED } from "./rules.ts";

/** The gradients of one class' score, each of them built when it is first asked for. */
export interface Gradients {
  /** One-hot [N, classes] */
  readonly seed: Node;
  /** d score / d image [N, C, H, W] */
  image(): Node;
  /** d score / d layer, of the layer's shape */
  layer(node: Node): Node;
  guided(): Node;
  deconvnet(): Node;
}

/** `classes` i32 [N]; `layers`: what will be asked for. */
export function gradientsOf({ image, logits }: Network, classes: Node, layers: readonly Node[]): Gradients {
  const seed = oneHot(classes, logits.shape[1]);
  const plain = once(() => grad(logits, [image, ...layers], { seed }));
  return {
    seed,
    image: () => plain()[0],
    layer: (node) => plain()[1 + layers.indexOf(node)],
    guided: once(() => grad(logits, [image], { seed, rules: GUIDED })[0]),
    deconvnet: once(() => grad(logits, [image], { seed, rules: DECONVNET })[0]),
  };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** sum over k of weights[n, k] layer[n, k]: [N, K], [N, K, h, w] -> [N, 1, h, w] */
const weighted = (weights: Node, layer: Node): Node =>
  sum(mul(reshape(weights, [...layer.shape.slice(0, 2), 1, 1]), layer), 1, { keepDims: true });

/** seed [N, classes], classifier [classes, K], features [N, K, h, w] -> [N, 1, h, w], of any sign. The bias is left out, as in the paper. */
export const cam = (seed: Node, classifier: Node, features: Node): Node => weighted(matmul(seed, classifier), features);

/** Before its ReLU: layer, slope [N, K, h, w] -> [N, 1, h, w] */
export const gradCam = (layer: Node, slope: Node): Node => weighted(mean(slope, [2, 3]), layer);

/**
 * Before its ReLU: layer, slope [N, K, h, w] -> [N, 1, h, w]. The paper has no `epsilon`; pytorch-grad-cam adds 1e-6 to the
 * denominator, and so did those who measured with it.
 */
export function gradCamPlusPlus(layer: Node, slope: Node, { epsilon = 1e-6 }: { readonly epsilon?: number } = {}): Node {
  const total = sum(layer, [2, 3], { keepDims: true });
  const squared = mul(slope, slope);
  const denominator = add(add(mul(2, squared), mul(total, mul(squared, slope))), epsilon);
  const share = select(equal(denominator, 0), 0, div(squared, select(equal(denominator, 0), 1, denominator)));
  return weighted(sum(mul(relu(slope), share), [2, 3]), layer);
}

/** The filter (or unit) with the largest sum of slope times output, the first-order share in the score: -> i32 [N] */
export function strongestFilter(layer: Node, slope: Node): Node {
  const share = mul(layer, slope);
  return argmax(layer.shape.length === 4 ? sum(share, [2, 3]) : share, 1);
}

/** filter i32 [N]; layer [N, K, ...] with all other filters 0. */
export function onlyFilter(layer: Node, filter: Node): Node {
  const [N, K, ...rest] = layer.shape;
  return mul(layer, reshape(oneHot(filter, K), [N, K, ...rest.map(() => 1)]));
}

/** [N, K, h, w] -> the filter's own map [N, 1, h, w] */
export const activation = (layer: Node, filter: Node): Node => sum(onlyFilter(layer, filter), 1, { keepDims: true });

/** A filter's activations, sent back to the picture by the guided rule: -> [N, C, H, W] */
export const deconvnetGuided = ({ image }: Network, layer: Node, filter: Node): Node =>
  grad(layer, [image], { seed: onlyFilter(layer, filter), rules: GUIDED })[0];

/** [N, 1, h, w] -> [N, 1, H, W], bilinear (half-pixel centres). */
export const enlarged = (map: Node, image: Node): Node => resize(map, image.shape.slice(2) as unknown as Pair, { mode: "bilinear" });

/** One filter for all pictures: i32 [N] */
export const sameFilter = (filter: number, N: number): Node => constant(new Int32Array(N).fill(filter));
