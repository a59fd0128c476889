/** Pooling over [N, C, H, W]. */
import { mistake, type Node, type Pair, type WindowAttrs } from "../node.ts";
import { shapeText } from "../ops/common/checks.ts";
import * as ops from "../ops/pool.ts";
import { conv2d } from "./conv.ts";
import { div, mul } from "./elementwise.ts";
import { reshape } from "./movement.ts";
import { mean } from "./reduce.ts";
import { constant, ones } from "./sources.ts";
import { floats } from "./values.ts";
import { ceilPadding, checkFit, paddingOf, pairOf, type PaddingOption, type PairOption } from "./window.ts";

export interface PoolOptions {
  readonly kernelSize: PairOption;
  /** kernelSize by default: windows that tile the image. */
  readonly stride?: PairOption;
  readonly padding?: PaddingOption;
  /** Whether a last window that reaches beyond the padded image counts. */
  readonly ceilMode?: boolean;
}

/** Largest element of each window; the first one in row-major order gets the gradient. [N, C, H, W] -> [N, C, P, Q] */
export function maxPool2d(x: Node, options: PoolOptions & { readonly dilation?: PairOption }): Node {
  const attrs = windowOf("maxPool2d", x, options);
  return ops.poolGather(x, ops.maxPoolIndex(x, attrs), attrs);
}

/** Mean of each window; padding counts as zeros unless countIncludePad is false. [N, C, H, W] -> [N, C, P, Q] */
export function avgPool2d(x: Node, options: PoolOptions & { readonly countIncludePad?: boolean }): Node {
  const attrs = windowOf("avgPool2d", x, options);
  const [N, C, H, W] = x.shape;
  const [R, S] = attrs.kernelSize;
  const tiles = attrs.stride[0] === R && attrs.stride[1] === S && H % R === 0 && W % S === 0 && attrs.padding.every((side) => side === 0);
  if (tiles) return mean(reshape(x, [N, C, H / R, R, W / S, S]), [3, 5]);
  const total = conv2d(x, ones([C, 1, R, S]), { stride: attrs.stride, padding: attrs.padding, groups: C });
  const bounds = boundsOf(x, options, attrs);
  const [down, across] = ([0, 1] as const).map((axis) => countsOf(axis, total.shape[2 + axis], attrs, bounds));
  if ([...down, ...across].every((count, i) => count === (i < down.length ? R : S))) return mul(total, 1 / (R * S));
  return div(total, mul(constant(down, [down.length, 1]), constant(across)));
}

/** [N, C, H, W] -> [N, C] */
export function globalAveragePool(x: Node): Node {
  checkImages("globalAveragePool", x);
  return mean(x, [2, 3]);
}

/** How many elements of each window along one axis are divided by. */
function countsOf(axis: 0 | 1, windows: number, { kernelSize, stride, padding }: WindowAttrs, bounds: readonly Pair[]): number[] {
  const [low, high] = bounds[axis];
  return Array.from({ length: windows }, (_, i) => {
    const start = i * stride[axis] - padding[2 * axis];
    // A window of nothing but padding has the sum 0.
    return Math.max(Math.min(start + kernelSize[axis], high) - Math.max(start, low), 1);
  });
}

/** First and last + 1 row and column that count; those which ceilMode added never do. */
function boundsOf(x: Node, options: PoolOptions & { readonly countIncludePad?: boolean }, attrs: WindowAttrs): readonly Pair[] {
  const [H, W] = x.shape.slice(2);
  if (options.countIncludePad === false)
    return [
      [0, H],
      [0, W],
    ];
  const [top, bottom, left, right] = paddingOf("avgPool2d", options.padding ?? 0, geometryOf(x, attrs));
  return [
    [-top, H + bottom],
    [-left, W + right],
  ];
}

const geometryOf = ({ shape }: Node, { kernelSize, stride, dilation }: Pick<WindowAttrs, "kernelSize" | "stride" | "dilation">) => ({
  input: [shape[2], shape[3]] as Pair,
  kernel: kernelSize,
  stride,
  dilation,
});

function windowOf(name: string, x: Node, options: PoolOptions & { readonly dilation?: PairOption }): WindowAttrs {
  checkImages(name, x);
  const kernelSize = pairOf(name, "kernelSize", options.kernelSize, 1);
  const stride = pairOf(name, "stride", options.stride ?? kernelSize, 1);
  const dilation = pairOf(name, "dilation", options.dilation ?? 1, 1);
  const geometry = geometryOf(x, { kernelSize, stride, dilation });
  const given = paddingOf(name, options.padding ?? 0, geometry);
  const padding = options.ceilMode ? ceilPadding(given, geometry) : given;
  checkFit(name, padding, geometry);
  return { kernelSize, stride, dilation, padding };
}

function checkImages(name: string, x: Node): void {
  floats(name, x);
  if (x.shape.length !== 4) mistake(name, `expected images [N, C, H, W], got ${shapeText(x.shape)}`);
}
