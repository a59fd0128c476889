/**
 * Convolutions as matrix products. A window of one pixel, or of the whole image, is a product as it is. Windows of 3 and 5 pixels at stride 1
 * use Winograd's minimal filtering (graph/ops/winograd.ts) where that costs less. Others are unfolded (im2col, graph/ops/unfold.ts) where there
 * are enough channels to pay for the copy. What is left keeps its own kernel. The rule looks at the shapes alone; a table of measured variants
 * comes before it.
 */
import { concat, matmul, pad, reshape, slice, transpose } from "../../graph/index.ts";
import {
  currentScope,
  type ConvAttrs,
  type Node,
  type NodeOf,
  type OpAttrs,
  type Pair,
  scope,
  type Shape,
  sizeOf,
} from "../../graph/node.ts";
import { fold, unfold } from "../../graph/ops/unfold.ts";
import { winogradInverse, winogradTransform } from "../../graph/ops/winograd.ts";
import { byRule, type Choose, sizeClass } from "../common/variants.ts";

type Convolution = NodeOf<"conv2d"> | NodeOf<"conv2dInputGrad"> | NodeOf<"conv2dWeightGrad">;

/** The same value as a product, or the node itself. */
export function asProduct(node: Convolution, choose: Choose = byRule): Node {
  if (node.attrs.groups !== 1) return node;
  return scope(node.name || currentScope(), () => {
    const product = pointwise(node) ?? whole(node);
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

/** 1 x 1: a product over the channels, image by image. Under a stride it sees every second pixel, or whatever the stride says. */
function pointwise(node: Convolution): Form | null {
  const [a, b] = node.inputs;
  const kernel = node.op === "conv2dWeightGrad" ? node.attrs.kernelSize : b.shape.slice(2);
  if (kernel.some((extent) => extent !== 1) || !unpadded(node.attrs)) return null;
  const { stride } = node.attrs;
  const images = (x: Node): Node => reshape(x, [x.shape[0], x.shape[1], -1]);
  const weights = (w: Node): Node => reshape(w, [w.shape[0], w.shape[1]]);
  const product = (): Node => {
    switch (node.op) {
      case "conv2d":
        return reshape(matmul(weights(b), images(seen(a, stride))), [...node.shape]);
      case "conv2dInputGrad":
        return spread(matmul(weights(b), images(a), { transposeA: true }), node, stride);
      case "conv2dWeightGrad":
        return reshape(matmul(allPixels(b), allPixels(seen(a, stride)), { transposeB: true }), [...node.shape]);
    }
  };
  return { name: "product", node: product(), isCheaper: true };
}

/** Pixels at the multiples of the stride. */
const seen = (x: Node, stride: Pair): Node => (plain(stride) ? x : slice(x, [0, 0, 0, 0], [...x.shape], [1, 1, ...stride]));

/** The adjoint: zeros in between. */
function spread(dx: Node, { inputs: [dy], shape }: NodeOf<"conv2dInputGrad">, stride: Pair): Node {
  if (plain(stride)) return reshape(dx, [...shape]);
  const small = reshape(dx, [shape[0], shape[1], dy.shape[2], dy.shape[3]]);
  const rest = stride.map((step, axis) => shape[2 + axis] - (dy.shape[2 + axis] - 1) * step - 1);
  return pad(small, [0, 0, 0, 0], [0, 0, ...rest], { interior: [0, 0, stride[0] - 1, stride[1] - 1] });
}

/** [N, C, P, Q] -> [C, N P Q]: a sum over all pixels of all images is one sum. */
const allPixels = (x: Node): Node => reshape(transpose(x, [1, 0, 2, 3]), [x.shape[1], -1]);

/** A window that is the whole image: a product of [N, C H W]. */
function whole(node: Convolution): Form | null {
  const [a, b] = node.inputs;
  const [x, y] = node.op === "conv2dInputGrad" ? [node, a] : node.op === "conv2d" ? [a, node] : [a, b];
  const window = node.op === "conv2dWeightGrad" ? node.attrs.kernelSize : b.shape.slice(2);
  const fits = y.shape[2] * y.shape[3] === 1 && window.every((extent, axis) => extent === x.shape[2 + axis]);
  if (!fits || !unpadded(node.attrs)) return null;
  const flat = (of: Node): Node => reshape(of, [of.shape[0], -1]);
  const flags = { conv2d: { transposeB: true }, conv2dInputGrad: {}, conv2dWeightGrad: { transposeA: true } }[node.op];
  const product = node.op === "conv2dWeightGrad" ? matmul(flat(b), flat(a), flags) : matmul(flat(a), flat(b), flags);
  return { name: "product", node: reshape(product, [...node.shape]), isCheaper: true };
}

/** Images of fewer pixels are too small for products of their own. */
const LEAST_PIXELS = 64;

/**
 * Unfolded windows (im2col) and one product. A weight gradient sums over the windows of all images. Where images are small, the others too
 * take all images in one product, which costs a copy of y. Forward and backward pass unfold x into different layouts, so that neither reuses
 * the other's.
 */
function unfolded(node: Convolution): Form | null {
  const [a, b] = node.inputs;
  const { stride, padding, dilation } = node.attrs;
  const [x, y] = node.op === "conv2dInputGrad" ? [node, a] : node.op === "conv2d" ? [a, node] : [a, b];
  const kernelSize: Pair = node.op === "conv2dWeightGrad" ? node.attrs.kernelSize : [b.shape[2], b.shape[3]];
  const [N, C, H, W] = x.shape;
  const [, K, P, Q] = y.shape;
  const [rows, columns] = [C * kernelSize[0] * kernelSize[1], N * P * Q];
  if (rows * columns > MOST_SCRATCH) return null;
  const together = N > 1 && P * Q < LEAST_PIXELS;
  const windows = { kernelSize, stride, padding, dilation };
  const layout = together ? "columns" : "images";
  const form = (product: Node): Form => ({ name: "unfolded", node: product, isCheaper: isWorthUnfolding(node, rows, y.shape) });
  switch (node.op) {
    case "conv2d": {
      const product = matmul(reshape(b, [K, rows]), unfold(a, { ...windows, layout }));
      return form(together ? transpose(reshape(product, [K, N, P, Q]), [1, 0, 2, 3]) : reshape(product, [...node.shape]));
    }
    case "conv2dInputGrad": {
      const product = matmul(reshape(b, [K, rows]), together ? allPixels(a) : reshape(a, [N, K, P * Q]), { transposeA: true });
      return form(fold(product, { ...windows, layout, inputSize: [H, W] }));
    }
    case "conv2dWeightGrad":
      return form(reshape(matmul(allPixels(b), unfold(a, { ...windows, layout: "rows" })), [...node.shape]));
  }
}

/** Where the kernel slides along rows: no stride, no dilation, rows of some length. All other convolutions are several times slower. */
const slides = ({ stride, dilation }: ConvAttrs, Q: number): boolean => plain(stride) && plain(dilation) && Q >= 6;

/** Measured on both software adapters: with fewer channels of y the copies cost more than they gain; a weight gradient needs as many rows. */
function isWorthUnfolding({ op, attrs }: Convolution, rows: number, [, K, , Q]: Shape): boolean {
  if (slides(attrs, Q)) return Math.min(K, op === "conv2dWeightGrad" ? rows : K) >= 48;
  return op === "conv2dWeightGrad" ? Math.min(K, rows) >= 32 : K >= 16;
}

/** Loading or storing one element, in multiply-adds of a product: what the transforms cost (docs/compiler.md). */
const MOVE = 9;
/** Cost of a multiply-add of a batched product, relative to one of a direct convolution. */
const PRODUCT = 0.75;
/** Elements of the transformed tensors. */
const MOST_SCRATCH = 2 ** 25;
/** Transformed images are at most so many times as large as the images; a batch of more goes in parts. */
const MOST_GROWTH = 8;
/** Fewer channels make a poor product. */
const LEAST_CHANNELS = 8;
/** A patch of this edge is transformed: F(4, 3), F(2, 5), F(3, 4), F(5, 2). */
const SIZE = 6;

/** F(outputs, taps) over the tiles of [N, C, ...] images, and whether the rule finds it cheaper than the direct kernel; null if there is none. */
function filtered(node: Convolution): Form | null {
  const [a, b] = node.inputs;
  const window = node.op === "conv2dWeightGrad" ? node.attrs.kernelSize : b.shape.slice(2);
  const [R] = window;
  if (!plain(node.attrs.stride) || !plain(node.attrs.dilation)) return null;
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
    const patches = winogradTransform(b, { outputs: R, taps: tile, side: "filter", step: tile, padding: [0, 0], tiles, turned: false });
    const product = matmul(transformed(a, { outputs: R, taps: tile, side: "image", step: tile, padding, tiles }), patches, {
      transposeB: true,
    });
    return { name: "filtered", node: winogradInverse(product, { outputs: R, taps: tile, size: [K, R, R] }), isCheaper };
  }
  const turned = node.op === "conv2dInputGrad";
  const filters = winogradTransform(b, { outputs: tile, taps: R, side: "filter", step: R, padding: [0, 0], tiles: [1, 1], turned });
  // Filters are [36, C, K] of w [K, C, R, R]: the forward product sums over C, the input gradient over K.
  const made = inParts(a, Math.ceil((square * (C + K) * columns) / (MOST_GROWTH * (sizeOf(a.shape) + sizeOf(node.shape)))), (x) =>
    winogradInverse(matmul(filters, image(x), { transposeA: !turned }), { outputs: tile, taps: R, size: [x.shape[0], H, W] }),
  );
  return { name: "filtered", node: made, isCheaper };
}

/** `of` each of so many parts of the batch x, concatenated. */
function inParts(x: Node, parts: number, of: (x: Node) => Node): Node {
  const [N, ...image] = x.shape;
  const size = Math.ceil(N / parts);
  const starts = Array.from({ length: Math.ceil(N / size) }, (_, i) => i * size);
  const made = starts.map((n) => of(slice(x, [n, 0, 0, 0], [Math.min(N, n + size), ...image])));
  return made.length === 1 ? made[0] : concat(made, 0);
}

const transformed = (x: Node, attrs: Omit<OpAttrs["winogradTransform"], "turned">): Node =>
  winogradTransform(x, { ...attrs, turned: false });

/** Rows and columns before the first pixel of the images that are read; null where the window of an input gradient begins inside. */
function leading(node: Convolution, R: number): Pair | null {
  const [top, , left] = node.attrs.padding;
  if (node.op !== "conv2dInputGrad") return [top, left];
  return top < R && left < R ? [R - 1 - top, R - 1 - left] : null;
}
