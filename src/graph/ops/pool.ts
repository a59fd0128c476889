/** Max pooling in two ops, by saved index; poolGather and maxUnpool are each other's adjoints. */
import { sizeOf, type Node, type Pair, type WindowAttrs } from "../node.ts";
import { defineOp, type Heavy, type Lookup } from "../op.ts";
import { checkArity, checkDType, checkRank, fail, sameShape, shapeText } from "./common/checks.ts";
import { checkPair, checkWindow, outputSize } from "./common/window.ts";

const IMAGE = { low: -100, high: 100 };
const INDEX = { low: -1, high: 2 ** 24 };

/** x [N, C, H, W] -> i32 [N, C, P, Q]: h * W + w of each window's last NaN, else of its first maximum; -1 where the window holds padding only. */
export const maxPoolIndex: Heavy<"maxPoolIndex"> = defineOp({
  name: "maxPoolIndex",
  kind: "heavy",
  infer: (inputs, attrs) => {
    checkArity(inputs, 1);
    const [x] = inputs;
    checkRank(x, 4, "images [N, C, H, W]");
    checkDType(x, "f32");
    return { shape: pooled(x, attrs), dtype: "i32" };
  },
  reference: ([x], attrs, out) => {
    const [, , H, W] = x.shape;
    const [P, Q] = out.shape.slice(2);
    return new Float64Array(sizeOf(out.shape)).map((_, i) => {
      const plane = Math.floor(i / (P * Q)) * H * W;
      let best = -1;
      forEachPixel(Math.floor(i / Q) % P, i % Q, [H, W], attrs, (at) => {
        const value = x.data[plane + at];
        if (best < 0 || value > x.data[plane + best] || Number.isNaN(value)) best = at;
      });
      return best;
    });
  },
  vjp: null,
  domain: [IMAGE],
  tolerance: 0,
  keepsFinite: true,
  epilogue: true,
  prologue: false,
  multiplyAdds: null,
});

/** x [N, C, H, W], index [N, C, P, Q] -> [N, C, P, Q]: x at h * W + w = index, 0 where the index is outside x. */
export const poolGather: Lookup<"poolGather"> = defineOp({
  name: "poolGather",
  kind: "lookup",
  infer: (inputs, attrs) => {
    checkArity(inputs, 2);
    const [x, index] = inputs;
    checkRank(x, 4, "images [N, C, H, W]");
    checkDType(x, "f32");
    checkDType(index, "i32", "index");
    const shape = pooled(x, attrs);
    if (!sameShape(index.shape, shape)) fail(`expected an index of ${shapeText(shape)}, got ${shapeText(index.shape)}`);
    return { shape, dtype: "f32" };
  },
  reference: ([x, index], _, out) => {
    const [pixels, windows] = [x.shape[2] * x.shape[3], out.shape[2] * out.shape[3]];
    return index.data.map((at, i) => (at >= 0 && at < pixels ? x.data[Math.floor(i / windows) * pixels + at] : 0));
  },
  vjp: ([x, index], { attrs }, dy) => [maxUnpool(dy, index, { ...attrs, inputSize: [x.shape[2], x.shape[3]] }), null],
  domain: [IMAGE, INDEX],
  tolerance: 0,
  keepsFinite: true,
  cost: 1,
});

/** dy, index [N, C, P, Q] -> [N, C, H, W]: at each pixel the sum, in window order, over the windows that hold it and point to it. */
export const maxUnpool: Heavy<"maxUnpool"> = defineOp({
  name: "maxUnpool",
  kind: "heavy",
  infer: (inputs, attrs) => {
    checkArity(inputs, 2);
    const [dy, index] = inputs;
    checkRank(dy, 4, "images [N, C, P, Q]");
    checkDType(dy, "f32");
    checkDType(index, "i32", "index");
    checkWindow(attrs);
    checkPair("inputSize", attrs.inputSize, 1);
    const windows = outputSize(attrs.inputSize, attrs.kernelSize, attrs);
    if (!sameShape(dy.shape.slice(2), windows)) fail(`expected dy of ${shapeText(windows)} windows, got ${shapeText(dy.shape.slice(2))}`);
    if (!sameShape(index.shape, dy.shape)) fail(`expected an index of ${shapeText(dy.shape)}, got ${shapeText(index.shape)}`);
    return { shape: [dy.shape[0], dy.shape[1], ...attrs.inputSize], dtype: "f32" };
  },
  reference: ([dy, index], attrs, out) => {
    const [, , H, W] = out.shape;
    const [P, Q] = dy.shape.slice(2);
    const data = new Float64Array(sizeOf(out.shape));
    dy.data.forEach((value, i) => {
      const plane = Math.floor(i / (P * Q)) * H * W;
      forEachPixel(Math.floor(i / Q) % P, i % Q, [H, W], attrs, (at) => {
        if (at === index.data[i]) data[plane + at] += value;
      });
    });
    return data;
  },
  vjp: ([, index], { attrs: { kernelSize, stride, padding, dilation } }, g) => [
    poolGather(g, index, { kernelSize, stride, padding, dilation }),
    null,
  ],
  domain: [IMAGE, INDEX],
  tolerance: 1e-6,
  keepsFinite: false,
  epilogue: true,
  prologue: false,
  multiplyAdds: null,
});

function pooled(x: Node, attrs: WindowAttrs): readonly number[] {
  checkWindow(attrs);
  checkPair("kernelSize", attrs.kernelSize, 1);
  return [x.shape[0], x.shape[1], ...outputSize([x.shape[2], x.shape[3]], attrs.kernelSize, attrs)];
}

/** Visits the pixels h * W + w of window (p, q) that are not padding, in row-major order. */
function forEachPixel(p: number, q: number, [H, W]: Pair, attrs: WindowAttrs, visit: (at: number) => void): void {
  for (let r = 0; r < attrs.kernelSize[0]; r++) {
    const h = p * attrs.stride[0] - attrs.padding[0] + r * attrs.dilation[0];
    if (h < 0 || h >= H) continue;
    for (let s = 0; s < attrs.kernelSize[1]; s++) {
      const w = q * attrs.stride[1] - attrs.padding[2] + s * attrs.dilation[1];
      if (w >= 0 && w < W) visit(h * W + w);
    }
  }
}
