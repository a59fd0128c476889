/** A descriptor of a face, dlib's ResNet-34 relative as face-api has it (https://github.com/vladmandic/face-api, src/faceRecognitionNet). */
import { add, avgPool2d, globalAveragePool, maxPool2d, mul, pad, relu, reshape, type Node } from "../../graph/index.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { FACE_INPUT, type FaceInput } from "./dense-blocks.ts";

export const RECOGNITION_INPUT: FaceInput = { ...FACE_INPUT, size: 150 };

/** [key, channels, whether it halves the size] of each residual block. */
const BLOCKS = [
  ["conv32_1", 32, false],
  ["conv32_2", 32, false],
  ["conv32_3", 32, false],
  ["conv64_down", 64, true],
  ["conv64_1", 64, false],
  ["conv64_2", 64, false],
  ["conv64_3", 64, false],
  ["conv128_down", 128, true],
  ["conv128_1", 128, false],
  ["conv128_2", 128, false],
  ["conv256_down", 256, true],
  ["conv256_1", 256, false],
  ["conv256_2", 256, false],
  ["conv256_down_out", 256, true],
] as const;

/**
 * [N, 3, 150, 150] as `RECOGNITION_INPUT` says -> descriptors [N, 128]. Two faces are of one person, dlib's authors say, if their
 * descriptors are less than 0.6 apart. Taps: each block and convolution.
 */
export function faceRecognition(p: Params, x: Node): Node {
  let y = scaledConv(p.at("conv32_down"), x, { out: 32, kernelSize: 7, stride: 2, padding: 0 });
  y = maxPool2d(p.tap("conv32_down", relu(y)), { kernelSize: 3, stride: 2 });
  for (const [key, out, down] of BLOCKS) y = residual(p.at(key), y, { out, down });
  return nn.linear(p.at("fc"), globalAveragePool(y), { out: 128, bias: false });
}

interface ScaledConvOptions {
  readonly out: number;
  readonly kernelSize: number;
  readonly stride?: number;
  readonly padding: number;
}

/** A convolution and, for each channel, a factor and an addend: what dlib's trained batch norms come down to. */
function scaledConv(p: Params, x: Node, { out, ...window }: ScaledConvOptions): Node {
  const y = nn.conv2d(p.at("conv"), x, { out, ...window });
  const scale = p.at("scale");
  const weight = scale.variable("weight", [out], { init: { kind: "constant", value: 1 } });
  const bias = scale.variable("bias", [out]);
  return scale.tap("", add(mul(y, reshape(weight, [out, 1, 1])), reshape(bias, [out, 1, 1])));
}

/**
 * [N, C, H, W] -> [N, out, H, W], or half the size where `down`: without padding in the first convolution, with 2x2 averages as the
 * shortcut, and zeros where the one has more channels, the other more pixels.
 */
function residual(p: Params, x: Node, { out, down }: { readonly out: number; readonly down: boolean }): Node {
  const first = { out, kernelSize: 3, stride: down ? 2 : 1, padding: down ? 0 : 1 };
  let y = relu(scaledConv(p.at("conv1"), x, first));
  y = scaledConv(p.at("conv2"), y, { out, kernelSize: 3, padding: 1 });
  const shortcut = down ? avgPool2d(x, { kernelSize: 2 }) : x;
  const [, channels, H, W] = shortcut.shape;
  y = padEnd(y, [0, 0, H - y.shape[2], W - y.shape[3]]);
  return p.tap("", relu(add(padEnd(shortcut, [0, out - channels, 0, 0]), y)));
}

/** Zeros behind the last element of each axis. */
const padEnd = (x: Node, counts: readonly number[]): Node => (counts.every((count) => count === 0) ? x : pad(x, [0, 0, 0, 0], counts));
