/**
 * Sliding windows laid out as a matrix (torch.nn.functional.unfold, "im2col"), and the adjoint, which adds overlapping windows up (fold).
 * A row is one tap of one channel (c, r, s), a column is one window (n, p, q). What lies outside of the image is zero.
 */
import { type Node, type OpAttrs, type Pair, type Shape, sizeOf, type WindowAttrs } from "../node.ts";
import { defineOp, type Heavy } from "../op.ts";
import { checkArity, checkDType, checkRank, fail, shapeText } from "./common/checks.ts";
import { checkPair, checkWindow, outputSize } from "./common/window.ts";

type Layout = OpAttrs["unfold"]["layout"];

/** x [N, C, H, W] -> [N, C R S, P Q]; with layout "columns" [C R S, N P Q], with "rows" [N P Q, C R S]. */
export const unfold: Heavy<"unfold"> = defineOp({
  name: "unfold",
  kind: "heavy",
  infer: (inputs, attrs) => {
    checkArity(inputs, 1);
    checkSettings(attrs);
    const [x] = inputs;
    checkDType(x, "f32");
    checkRank(x, 4, "images [N, C, H, W]");
    return { shape: columnsShape(x.shape, attrs), dtype: "f32" };
  },
  reference: ([x], attrs, out) => {
    const y = new Float64Array(sizeOf(out.shape));
    forEachTap(x.shape, attrs, (from, to) => {
      y[to] = x.data[from];
    });
    return y;
  },
  vjp: ([x], { attrs }, dy) => [fold(dy, { ...attrs, inputSize: [x.shape[2], x.shape[3]] })],
  domain: [{ low: -100, high: 100 }],
  tolerance: 0,
  keepsFinite: true,
  epilogue: false,
  prologue: false,
  multiplyAdds: null,
});

/** y as `unfold` gives it -> [N, C, H, W] with [H, W] = inputSize: every element is added where it came from. */
export const fold: Heavy<"fold"> = defineOp({
  name: "fold",
  kind: "heavy",
  infer: (inputs, attrs) => {
    checkArity(inputs, 1);
    checkSettings(attrs);
    checkPair("inputSize", attrs.inputSize, 1);
    const [y] = inputs;
    checkDType(y, "f32");
    checkRank(y, attrs.layout === "images" ? 3 : 2, namesOf(attrs.layout));
    return { shape: imagesShape(y, attrs), dtype: "f32" };
  },
  reference: ([y], attrs, out) => {
    const x = new Float64Array(sizeOf(out.shape));
    forEachTap(out.shape, attrs, (to, from) => {
      x[to] += y.data[from];
    });
    return x;
  },
  vjp: (_, { attrs: { kernelSize, stride, padding, dilation, layout } }, dx) => [
    unfold(dx, { kernelSize, stride, padding, dilation, layout }),
  ],
  domain: [{ low: -100, high: 100 }],
  tolerance: 1e-6,
  keepsFinite: false,
  epilogue: true,
  prologue: false,
  multiplyAdds: null,
});

/** Elements between neighbouring images, rows (c, r, s) and windows (p, q) of the unfolded tensor. */
export function columnSteps(layout: Layout, images: number, rows: number, windows: number): readonly [number, number, number] {
  switch (layout) {
    case "images":
      return [rows * windows, windows, 1];
    case "columns":
      return [windows, images * windows, 1];
    case "rows":
      return [rows * windows, 1, rows];
  }
}

function checkSettings(attrs: WindowAttrs): void {
  checkWindow(attrs);
  checkPair("kernelSize", attrs.kernelSize, 1);
}

const namesOf = (layout: Layout): string =>
  ({ images: "windows [N, C R S, P Q]", columns: "windows [C R S, N P Q]", rows: "windows [N P Q, C R S]" })[layout];

function columnsShape([N, C, H, W]: Shape, attrs: OpAttrs["unfold"]): Shape {
  const [rows, windows] = [C * attrs.kernelSize[0] * attrs.kernelSize[1], sizeOf(outputSize([H, W], attrs.kernelSize, attrs))];
  return attrs.layout === "images" ? [N, rows, windows] : attrs.layout === "columns" ? [rows, N * windows] : [N * windows, rows];
}

function imagesShape({ shape }: Node, attrs: OpAttrs["fold"]): Shape {
  const { layout, kernelSize, inputSize } = attrs;
  const windows = sizeOf(outputSize(inputSize, kernelSize, attrs));
  const rows = shape[layout === "columns" ? 0 : 1];
  if (rows % sizeOf(kernelSize) !== 0) fail(`${rows} rows do not divide into windows of ${shapeText(kernelSize)}`);
  const columns = shape[layout === "images" ? 2 : layout === "columns" ? 1 : 0];
  if (layout === "images" ? columns !== windows : columns % windows !== 0)
    fail(`expected ${windows} windows per image of ${shapeText(inputSize)}, got ${columns} columns`);
  return [layout === "images" ? shape[0] : columns / windows, rows / sizeOf(kernelSize), ...inputSize];
}

/** Visits every element of a window that lies in its image: the place in x and the place in the unfolded tensor. */
function forEachTap([N, C, H, W]: Shape, attrs: OpAttrs["unfold"], visit: (x: number, y: number) => void): void {
  const { kernelSize, stride, padding, dilation, layout } = attrs;
  const [R, S] = kernelSize;
  const [P, Q]: Pair = outputSize([H, W], kernelSize, attrs);
  const [image, row, window] = columnSteps(layout, N, C * R * S, P * Q);
  for (let nc = 0; nc < N * C; nc++) {
    for (let tap = 0; tap < R * S; tap++) {
      const to = Math.floor(nc / C) * image + ((nc % C) * R * S + tap) * row;
      for (let pq = 0; pq < P * Q; pq++) {
        const h = Math.floor(pq / Q) * stride[0] + Math.floor(tap / S) * dilation[0] - padding[0];
        const w = (pq % Q) * stride[1] + (tap % S) * dilation[1] - padding[2];
        if (h >= 0 && h < H && w >= 0 && w < W) visit((nc * H + h) * W + w, to + pq * window);
      }
    }
  }
}
