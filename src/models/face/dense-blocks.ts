/** The feature extractor that the expression and landmark networks of face-api share: dense blocks of depthwise separable convolutions. */
import { add, relu, type Node, type PaddingOption } from "../../graph/index.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";

/** What a face network takes: RGB pixels, made square, x = (pixel / 255 - mean) / std. */
export interface FaceInput {
  /** Side of the square input. */
  readonly size: number;
  /** Red, green, blue, of pixels in 0..1. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** Where a picture that is not square lies in it: between equal zeros, or before them. */
  readonly align: "centre" | "start";
}

/** The mean of the data set that the networks were trained on, of dlib's face recognition network. */
export const FACE_INPUT: FaceInput = {
  size: 112,
  mean: [122.782 / 255, 117.001 / 255, 104.298 / 255],
  std: [1, 1, 1],
  align: "centre",
};

/** [N, 3, H, W] -> [N, 32 * 2^(blocks - 1), H / 2^blocks, W / 2^blocks]. Taps: dense0, dense1, ... and each convolution. */
export function denseBlocks(p: Params, x: Node, { blocks, layers }: { readonly blocks: number; readonly layers: number }): Node {
  let y = x;
  for (let i = 0; i < blocks; i++) y = denseBlock(p.at(`dense${i}`), y, { out: 32 * 2 ** i, layers, first: i === 0 });
  return y;
}

interface BlockOptions {
  readonly out: number;
  readonly layers: number;
  readonly first: boolean;
}

/** y0 = relu(conv0 x) at half the size, y_i = conv_i(relu(y0 + ... + y_(i-1))), and out comes relu(y0 + ... + y_n). */
function denseBlock(p: Params, x: Node, { out, layers, first }: BlockOptions): Node {
  const start = first
    ? nn.conv2d(p.at("conv0"), x, { out, kernelSize: 3, stride: 2, padding: "same" })
    : separable(p.at("conv0"), x, { out, stride: 2 });
  let y = relu(start);
  let total = y;
  for (let i = 1; i < layers; i++) {
    total = add(total, separable(p.at(`conv${i}`), y, { out }));
    y = relu(total);
  }
  return p.tap("", y);
}

/** Depthwise 3x3 without bias, pointwise 1x1 with: [N, C, H, W] -> [N, out, H/stride, W/stride] */
export function separable(
  p: Params,
  x: Node,
  { out, stride = 1, padding = "same" }: { readonly out: number; readonly stride?: number; readonly padding?: PaddingOption },
): Node {
  const depthwise = { out: x.shape[1], kernelSize: 3, groups: x.shape[1], bias: false, stride, padding };
  const y = nn.conv2d(p.at("depthwise"), x, depthwise);
  return p.tap("", nn.conv2d(p.at("pointwise"), y, { out, kernelSize: 1 }));
}
