/** Where faces are, more exactly: the SSD on MobileNetV1 of face-api (https://github.com/vladmandic/face-api, src/ssdMobilenetv1). */
import { add, concat, exp, mul, relu, reshape, sigmoid, sliceAxis, sub, transpose, type Node } from "../../graph/index.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { inference } from "../training.ts";
import type { FaceInput } from "./dense-blocks.ts";

/** Pixels in -1..1. The anchors are for this size only. */
export const SSD_INPUT: FaceInput = { size: 512, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], align: "start" };

/** [output channels, stride of the depthwise convolution] of the 13 separable convolutions. */
const BODY = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [512, 1],
  [1024, 2],
  [1024, 1],
] as const;

/** Channels of the layers behind the body: 1x1, then 3x3 with stride 2, in turn. */
const EXTRA = [256, 512, 128, 256, 128, 256, 64, 128] as const;

/** Of all maps together, for 512 x 512: 3 at each of 32 x 32 places, 6 at each of 16 x 16, 8 x 8, 4 x 4, 2 x 2 and 1. */
const ANCHOR_COUNT = 5118;

export interface SsdOutput {
  /** [N, 5118, 4]: top, left, bottom, right as parts of the square input's side. */
  readonly boxes: Node;
  /** [N, 5118], 0..1 */
  readonly scores: Node;
}

/** [N, 3, 512, 512] as `SSD_INPUT` says -> boxes and scores, as `decodeSsd` reads them. */
export function ssdFaceDetector(p: Params, x: Node): SsdOutput {
  const [body, prediction] = [p.at("MobilenetV1"), p.at("Prediction")];
  let y = pointwise(body.at("Conv2d_0_pointwise"), x, 32, 3, 2);
  const maps: Node[] = [];
  BODY.forEach(([out, stride], i) => {
    y = depthwise(body.at(`Conv2d_${i + 1}_depthwise`), y, stride);
    y = pointwise(body.at(`Conv2d_${i + 1}_pointwise`), y, out);
    if (i + 1 === 11 || i + 1 === 13) maps.push(y);
  });
  EXTRA.forEach((out, i) => {
    y = pointwise(prediction.at(`Conv2d_${i}_pointwise`), y, out, i % 2 === 0 ? 1 : 3, i % 2 === 0 ? 1 : 2);
    if (i % 2 === 1) maps.push(y);
  });
  const heads = maps.map((map, i) => {
    const anchors = i === 0 ? 3 : 6;
    const head = prediction.at(`BoxPredictor_${i}`);
    return {
      boxes: perAnchor(head.at("BoxEncodingPredictor"), map, anchors, 4),
      classes: perAnchor(head.at("ClassPredictor"), map, anchors, 3),
    };
  });
  const joined = (key: "boxes" | "classes"): Node =>
    concat(
      heads.map((head) => head[key]),
      1,
    );
  const scores = reshape(sigmoid(sliceAxis(joined("classes"), 2, 1, 2)), [x.shape[0], -1]);
  const anchors = p.at("Output").variable("extra_dim", [1, ANCHOR_COUNT, 4], { role: "buffer" });
  return { boxes: decoded(joined("boxes"), anchors), scores };
}

/** 1x1 (or `kernelSize`) with bias, ReLU6: [N, C, H, W] -> [N, out, H/stride, W/stride] */
function pointwise(p: Params, x: Node, out: number, kernelSize = 1, stride = 1): Node {
  return p.tap("relu", relu(nn.conv2d(p, x, { out, kernelSize, stride, padding: "same" }), { max: 6 }));
}

/** 3x3 per channel, batch norm with its trained statistics, ReLU6: [N, C, H, W] -> [N, C, H/stride, W/stride] */
function depthwise(p: Params, x: Node, stride: number): Node {
  const [, channels] = x.shape;
  const y = nn.conv2d(p, x, { out: channels, kernelSize: 3, groups: channels, bias: false, stride, padding: "same" });
  return relu(nn.batchNorm(p.at("BatchNorm"), y, { training: inference, eps: 1e-3 }), { max: 6 });
}

/** A 1x1 convolution with `size` numbers for each anchor of each place: [N, C, H, W] -> [N, H W anchors, size] */
function perAnchor(p: Params, x: Node, anchors: number, size: number): Node {
  const y = nn.conv2d(p, x, { out: anchors * size, kernelSize: 1 });
  return reshape(transpose(y, [0, 2, 3, 1]), [x.shape[0], -1, size]);
}

/** Centre moved by a tenth of the anchor's size times the code, size times exp(code / 5). */
function decoded(codes: Node, anchors: Node): Node {
  const part = (x: Node, i: number): Node => sliceAxis(x, 2, i, i + 1);
  const edges = [0, 1].map((i) => {
    const size = sub(part(anchors, i + 2), part(anchors, i));
    const centre = add(part(anchors, i), mul(size, 0.5));
    const middle = add(mul(mul(part(codes, i), 0.1), size), centre);
    const half = mul(mul(exp(mul(part(codes, i + 2), 0.2)), size), 0.5);
    return [sub(middle, half), add(middle, half)] as const;
  });
  const [[top, bottom], [left, right]] = edges;
  return concat([top, left, bottom, right], 2);
}
