/**
 * The convolution trio. All three sum over the same taps (x element, w element, y element); each is the adjoint of another:
 * y += x w,  dx += dy w,  dw += x dy.
 */
import { sizeOf, type ConvAttrs, type Node, type Pair, type Shape } from "../node.ts";
import { defineOp, type Heavy } from "../op.ts";
import { checkArity, checkDType, checkRank, fail, sameShape, shapeText } from "./common/checks.ts";
import { checkPair, checkWindow, outputSize } from "./common/window.ts";

const WIDE = { low: -10, high: 10 };

/** x [N, C, H, W], w [K, C / groups, R, S] -> [N, K, P, Q]. */
export const conv2d: Heavy<"conv2d"> = defineOp({
  name: "conv2d",
  kind: "heavy",
  infer: (inputs, attrs) => {
    const [x, w] = checkInputs(inputs, attrs, ["images [N, C, H, W]", "weights [K, C/groups, R, S]"]);
    if (x.shape[1] !== w.shape[1] * attrs.groups) fail(`expected ${w.shape[1] * attrs.groups} input channels, got ${x.shape[1]}`);
    checkGroups("output", w.shape[0], attrs.groups);
    const [P, Q] = outputSize([x.shape[2], x.shape[3]], kernelOf(w.shape), attrs);
    return { shape: [x.shape[0], w.shape[0], P, Q], dtype: "f32" };
  },
  reference: ([x, w], attrs, out) => {
    const y = new Float64Array(sizeOf(out.shape));
    forEachTap(x.shape, w.shape, out.shape, attrs, (xAt, wAt, yAt) => {
      y[yAt] += x.data[xAt] * w.data[wAt];
    });
    return y;
  },
  vjp: ([x, w], { attrs }, dy) => [
    conv2dInputGrad(dy, w, { ...convAttrs(attrs), inputSize: [x.shape[2], x.shape[3]] }),
    conv2dWeightGrad(x, dy, { ...convAttrs(attrs), kernelSize: kernelOf(w.shape) }),
  ],
  domain: [WIDE, WIDE],
  tolerance: 2e-6,
  keepsFinite: false,
  epilogue: true,
  prologue: false,
  multiplyAdds: ({ inputs: [, w], shape }) => sizeOf(shape) * sizeOf(w.shape.slice(1)),
});

/** dy [N, K, P, Q], w [K, C / groups, R, S] -> [N, C, H, W] with [H, W] = inputSize: a transposed convolution. */
export const conv2dInputGrad: Heavy<"conv2dInputGrad"> = defineOp({
  name: "conv2dInputGrad",
  kind: "heavy",
  infer: (inputs, attrs) => {
    const [dy, w] = checkInputs(inputs, attrs, ["images [N, K, P, Q]", "weights [K, C/groups, R, S]"]);
    checkPair("inputSize", attrs.inputSize, 1);
    if (dy.shape[1] !== w.shape[0]) fail(`expected ${w.shape[0]} channels of dy, got ${dy.shape[1]}`);
    checkGroups("output", w.shape[0], attrs.groups);
    checkOutput(dy, outputSize(attrs.inputSize, kernelOf(w.shape), attrs));
    return { shape: [dy.shape[0], w.shape[1] * attrs.groups, ...attrs.inputSize], dtype: "f32" };
  },
  reference: ([dy, w], attrs, out) => {
    const dx = new Float64Array(sizeOf(out.shape));
    forEachTap(out.shape, w.shape, dy.shape, attrs, (xAt, wAt, yAt) => {
      dx[xAt] += dy.data[yAt] * w.data[wAt];
    });
    return dx;
  },
  vjp: ([dy, w], { attrs }, g) => [
    conv2d(g, w, convAttrs(attrs)),
    conv2dWeightGrad(g, dy, { ...convAttrs(attrs), kernelSize: kernelOf(w.shape) }),
  ],
  domain: [WIDE, WIDE],
  tolerance: 2e-6,
  keepsFinite: false,
  epilogue: true,
  prologue: false,
  multiplyAdds: ({ inputs: [dy, w] }) => sizeOf(dy.shape) * sizeOf(w.shape.slice(1)),
});

/** x [N, C, H, W], dy [N, K, P, Q] -> [K, C / groups, R, S] with [R, S] = kernelSize. */
export const conv2dWeightGrad: Heavy<"conv2dWeightGrad"> = defineOp({
  name: "conv2dWeightGrad",
  kind: "heavy",
  infer: (inputs, attrs) => {
    const [x, dy] = checkInputs(inputs, attrs, ["images [N, C, H, W]", "images [N, K, P, Q]"]);
    checkPair("kernelSize", attrs.kernelSize, 1);
    if (x.shape[0] !== dy.shape[0]) fail(`batches differ: ${x.shape[0]} and ${dy.shape[0]}`);
    checkGroups("input", x.shape[1], attrs.groups);
    checkGroups("output", dy.shape[1], attrs.groups);
    checkOutput(dy, outputSize([x.shape[2], x.shape[3]], attrs.kernelSize, attrs));
    return { shape: [dy.shape[1], x.shape[1] / attrs.groups, ...attrs.kernelSize], dtype: "f32" };
  },
  reference: ([x, dy], attrs, out) => {
    const dw = new Float64Array(sizeOf(out.shape));
    forEachTap(x.shape, out.shape, dy.shape, attrs, (xAt, wAt, yAt) => {
      dw[wAt] += x.data[xAt] * dy.data[yAt];
    });
    return dw;
  },
  vjp: ([x, dy], { attrs }, g) => [
    conv2dInputGrad(dy, g, { ...convAttrs(attrs), inputSize: [x.shape[2], x.shape[3]] }),
    conv2d(x, g, convAttrs(attrs)),
  ],
  domain: [WIDE, WIDE],
  tolerance: 2e-6,
  keepsFinite: false,
  epilogue: true,
  prologue: false,
  multiplyAdds: ({ inputs: [, dy], shape }) => sizeOf(dy.shape) * sizeOf(shape.slice(1)),
});

const kernelOf = (shape: Shape): Pair => [shape[2], shape[3]];

const convAttrs = ({ stride, padding, dilation, groups }: ConvAttrs): ConvAttrs => ({ stride, padding, dilation, groups });

function checkInputs(inputs: readonly Node[], attrs: ConvAttrs, what: readonly [string, string]): readonly Node[] {
  checkArity(inputs, 2);
  checkWindow(attrs);
  if (!Number.isInteger(attrs.groups) || attrs.groups < 1) fail(`expected a positive number of groups, got ${attrs.groups}`);
  inputs.forEach((node, i) => {
    checkDType(node, "f32");
    checkRank(node, 4, what[i]);
  });
  return inputs;
}

function checkGroups(side: string, channels: number, groups: number): void {
  if (channels % groups !== 0) fail(`${channels} ${side} channels do not divide into ${groups} groups`);
}

function checkOutput(dy: Node, expected: Pair): void {
  const found = dy.shape.slice(2);
  if (!sameShape(found, expected)) fail(`expected dy of ${shapeText(expected)} pixels, got ${shapeText(found)}`);
}

/** Visits every multiplication of a convolution once: the positions of its x, w and y, in the order n, k, c, r, s, p, q. */
function forEachTap(x: Shape, w: Shape, y: Shape, attrs: ConvAttrs, visit: (x: number, w: number, y: number) => void): void {
  const [N, C, H, W] = x;
  const [K, Cg, R, S] = w;
  const [P, Q] = [y[2], y[3]];
  const [top, , left] = attrs.padding;
  for (let nk = 0; nk < N * K; nk++) {
    const k = nk % K;
    const firstChannel = Math.floor(nk / K) * C + Math.floor(k / (K / attrs.groups)) * Cg;
    for (let crs = 0; crs < Cg * R * S; crs++) {
      const rowStart = (Math.floor(crs / S) % R) * attrs.dilation[0] - top;
      const columnStart = (crs % S) * attrs.dilation[1] - left;
      const plane = (firstChannel + Math.floor(crs / (R * S))) * H;
      for (let p = 0; p < P; p++) {
        const h = p * attrs.stride[0] + rowStart;
        if (h < 0 || h >= H) continue;
        for (let q = 0; q < Q; q++) {
          const column = q * attrs.stride[1] + columnStart;
          if (column >= 0 && column < W) visit((plane + h) * W + column, k * Cg * R * S + crs, (nk * P + p) * Q + q);
        }
      }
    }
  }
}
