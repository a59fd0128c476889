/** Where faces are: the tiny detector of face-api (https://github.com/vladmandic/face-api, src/tinyFaceDetector), after Tiny YOLOv2. */
import { add, maxPool2d, mul, relu, sub, type Node } from "../../graph/index.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { separable, type FaceInput } from "./dense-blocks.ts";

/** The published size; any other multiple of 32 will do. */
export const DETECTOR_INPUT: FaceInput = {
  size: 416,
  mean: [117.001 / 255, 114.697 / 255, 97.404 / 255],
  std: [1, 1, 1],
  align: "start",
};

/** Widths and heights of the five anchor boxes, in cells. */
export const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;

/**
 * [N, 3, S, S] as `DETECTOR_INPUT` says -> [N, 25, S/32, S/32]: for each of five anchors x, y, log width, log height and the logit of its
 * score, as `decodeFaces` reads them. Taps: conv0 to conv5, conv8.
 */
export function tinyFaceDetector(p: Params, x: Node): Node {
  const pooled = (y: Node, stride: number): Node => maxPool2d(y, { kernelSize: 2, stride, padding: "same" });
  let y = pooled(leaky(nn.conv2d(p.at("conv0"), x, { out: 16, kernelSize: 3 })), 2);
  for (const [i, out] of [32, 64, 128, 256, 512].entries()) {
    y = leaky(separable(p.at(`conv${i + 1}`), y, { out, padding: 1 }));
    y = pooled(y, i < 4 ? 2 : 1);
  }
  return nn.conv2d(p.at("conv8"), y, { out: 5 * ANCHORS.length, kernelSize: 1 });
}

/** max(x, 0.1 x); the factor is 0.1 in f32. */
function leaky(x: Node): Node {
  const low = mul(x, Math.fround(0.1));
  return add(relu(sub(x, low)), low);
}
