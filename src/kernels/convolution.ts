/**
 * Convolutions as products. A window of one pixel is a matrix product. Windows of 3 and 5 pixels at stride 1 go through minimal filtering
 * (graph/ops/winograd.ts) where that costs less, or are laid out side by side. Everything else keeps its own kernel. The rule looks at the shapes alone;
 * a measured table comes before it.
 */
import { matmul, pad, reshape, slice, stack, transpose } from "../graph/index.ts";
import { currentScope, type ConvAttrs, type Node, type NodeOf, type OpAttrs, type Pair, scope } from "../graph/node.ts";
import { winogradInverse, winogradTransform } from "../graph/ops/winograd.ts";
import { byRule, type Choose, sizeClass } from "./variants.ts";

type Convolution = NodeOf<"conv2d"> | NodeOf<"conv2dInputGrad"> | NodeOf<"conv2dWeightGrad">;

/** The same value as a product, or the node itself. */
export function asProduct(node: Convolution, choose: Choose = byRule): Node {
  if (node.attrs.groups !== 1 || !plain(node.attrs.stride) || !plain(node.attrs.dilation)) return node;
  return scope(node.name || currentScope(), () => {
    const product = pointwise(node);
    const forms = (product ? [product] : [filtered(node), unfolded(node)]).filter((form) => form !== null);
    if (forms.length === 0) return node;
    const direct: Form = { name: "direct", node, isCheaper: true };
    const sorted = [...forms.filter(({ isCheaper }) => isCheaper), direct, ...forms.filter(({ isCheaper }) => !isCheaper)];
    return choose(keyOf(node), node, Object.fromEntries(sorted.map(({ name, node: form }) => [name, form])));
  });
}

/** Another way to the same value, and whether the rule finds it cheaper than the convolution's own kernel. */
interface Form {
  readonly name: string;
  readonly node: Node;
  readonly isCheaper: boolean;
}

/** `conv2d 3x3 64>64 1x56x56`: window, channels, images. */
function keyOf(node: Convolution): string {
  const [a, b] = node.inputs;
  const window = node.op === "conv2dWeightGrad" ? node.attrs.kernelSize : b.shape.slice(2);
  const [from, to] = node.op === "conv2dWeightGrad" ? [a, b] : [a, node];
  const image = [from.shape[0], ...to.shape.slice(2)].map(sizeClass).join("x");
  return `${node.op} ${window.join("x")} ${from.shape[1]}>${to.shape[1]} ${image}`;
}

const plain = ([h, w]: Pair): boolean => h === 1 && w === 1;
const unpadded = ({ padding }: ConvAttrs): boolean => padding.every((side) => side === 0);

/** 1 x 1: a product over the channels, image by image. */
function pointwise(node: Convolution): Form | null {
  const [a, b] = node.inputs;
  const kernel = node.op === "conv2dWeightGrad" ? node.attrs.kernelSize : b.shape.slice(2);
  if (kernel.some((extent) => extent !== 1) || !unpadded(node.attrs)) return null;
  const images = (x: Node): Node => reshape(x, [x.shape[0], x.shape[1], -1]);
  const weights = (w: Node): Node => reshape(w, [w.shape[0], w.shape[1]]);
  const product = (): Node => {
    switch (node.op) {
      case "conv2d":
        return matmul(weights(b), images(a));
      case "conv2dInputGrad":
        return matmul(weights(b), images(a), { transposeA: true });
      case "conv2dWeightGrad":
        return matmul(allPixels(b), allPixels(a), { transposeB: true });
    }
  };
  return { name: "product", node: reshape(product(), [...node.shape]), isCheaper: true };
}

/** [N, C, P, Q] -> [C, N P Q]: a sum over all pixels of all images is one sum. */
const allPixels = (x: Node): Node => reshape(transpose(x, [1, 0, 2, 3]), [x.shape[1], -1]);

/** Fewer output channels do not pay for the copies. */
const LEAST_FILTERS = 48;
/** Each tap is a store of one kernel. */
const MOST_TAPS = 25;

/** All windows side by side, [N, C R S, P Q] (torch.nn.functional.unfold), and one product: for maps too small for tiles. */
function unfolded(node: Convolution): Form | null {
  if (node.op !== "conv2d") return null;
  const [x, w] = node.inputs;
  const [K, C, R, S] = w.shape;
  const [N, , P, Q] = node.shape;
  if (R * S > MOST_TAPS || N * C * R * S * P * Q > MOST_SCRATCH) return null;
  const [top, bottom, left, right] = node.attrs.padding;
  const padded = unpadded(node.attrs) ? x : pad(x, [0, 0, top, left], [0, 0, bottom, right]);
  const taps = Array.from({ length: R * S }, (_, tap) => {
    const [h, at] = [Math.floor(tap / S), tap % S];
    return slice(padded, [0, 0, h, at], [N, C, h + P, at + Q]);
  });
  const columns = reshape(stack(taps, 2), [N, C * R * S, P * Q]);
  return { name: "unfolded", node: reshape(matmul(reshape(w, [K, -1]), columns), [...node.shape]), isCheaper: K >= LEAST_FILTERS };
}

/** Loading or storing one element, in multiply-adds of a product: what the transforms cost (docs/compiler.md). */
const MOVE = 9;
/** A multiply-add of a batched product beside one of a direct convolution. */
const PRODUCT = 0.75;
/** Elements of the transformed tensors. */
const MOST_SCRATCH = 2 ** 25;
/** Fewer channels make a poor product. */
const LEAST_CHANNELS = 8;
/** A patch of this edge is transformed: F(4, 3), F(2, 5), F(3, 4), F(5, 2). */
const SIZE = 6;

/** F(outputs, taps) over the tiles of [N, C, ...] images, and whether the rule finds it cheaper than the direct kernel; null if there is none. */
function filtered(node: Convolution): Form | null {
  const [a, b] = node.inputs;
  const window = node.op === "conv2dWeightGrad" ? node.attrs.kernelSize : b.shape.slice(2);
  const [R] = window;
  if ((R !== 3 && R !== 5) || window[1] !== R) return null;
  const [N] = a.shape;
  const weightGrad = node.op === "conv2dWeightGrad";
  // A weight gradient is a convolution of x with dy, which is cut into tiles as large as a forward tile.
  const tile = SIZE - R + 1;
  const [H, W] = (weightGrad ? b : node).shape.slice(2);
  const tiles: Pair = [Math.ceil(H / tile), Math.ceil(W / tile)];
  const [C, K] = weightGrad ? [a.shape[1], b.shape[1]] : [a.shape[1], node.shape[1]];
  if (Math.min(C, K) < LEAST_CHANNELS) return null;
  const columns = N * tiles[0] * tiles[1];
  const square = SIZE * SIZE;
  const moved = 2 * square * C * columns + (tile * tile + square) * K * columns + (R * R + square) * K * C;
  const scratch = square * (C * columns + K * columns + K * C);
  const direct = R * R * K * C * N * H * W;
  if (scratch > MOST_SCRATCH) return null;
  const isCheaper = MOVE * moved + PRODUCT * square * K * C * columns < direct;
  const padding = leading(node, R);
  if (!padding) return null;
  const image = (x: Node): Node => transformed(x, { outputs: tile, taps: R, side: "image", step: tile, padding, tiles });
  if (weightGrad) {
    const patches = winogradTransform([b], { outputs: R, taps: tile, side: "filter", step: tile, padding: [0, 0], tiles, turned: false });
    const product = matmul(transformed(a, { outputs: R, taps: tile, side: "image", step: tile, padding, tiles }), patches, {
      transposeB: true,
    });
    return { name: "filtered", node: winogradInverse([product], { outputs: R, taps: tile, size: [K, R, R] }), isCheaper };
  }
  const turned = node.op === "conv2dInputGrad";
  const filters = winogradTransform([b], { outputs: tile, taps: R, side: "filter", step: R, padding: [0, 0], tiles: [1, 1], turned });
  // Filters are [36, C, K] of w [K, C, R, R]: the forward product sums over C, the input gradient over K.
  const made = winogradInverse([matmul(filters, image(a), { transposeA: !turned })], { outputs: tile, taps: R, size: [N, H, W] });
  return { name: "filtered", node: made, isCheaper };
}

const transformed = (x: Node, attrs: Omit<OpAttrs["winogradTransform"], "turned">): Node =>
  winogradTransform([x], { ...attrs, turned: false });

/** Rows and columns before the first pixel of the images that are read; null where the window of an input gradient begins inside. */
function leading(node: Convolution, R: number): Pair | null {
  const [top, , left] = node.attrs.padding;
  if (node.op !== "conv2dInputGrad") return [top, left];
  return top < R && left < R ? [R - 1 - top, R - 1 - left] : null;
}
