/** A generator and a critic of 32 x 32 images after DCGAN (Radford et al., arXiv:1511.06434; keys of PyTorch's example). */
import { leakyRelu, relu, reshape, tanh, type Node } from "../../graph/index.ts";
import { normalInit } from "../init.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { inference, type Training } from "../training.ts";

export interface GeneratorOptions {
  /** Of the image. Default: 3. */
  readonly channels?: number;
  /** Channels at 16 x 16; twice as many at 8 x 8, four times at 4 x 4. Default: 64. */
  readonly width?: number;
  readonly training?: Training;
}

const weightInit = normalInit(0.02);

/** z [N, Z] -> images [N, channels, 32, 32] in (-1, 1). */
export function dcganGenerator(p: Params, z: Node, { channels = 3, width = 64, training = inference }: GeneratorOptions = {}): Node {
  const main = p.at("main");
  const up = (index: number, x: Node, out: number, { stride = 2, padding = 1 } = {}): Node =>
    nn.convTranspose2d(main.at(String(index)), x, { out, kernelSize: 4, stride, padding, bias: false, weightInit });
  const rectified = (index: number, x: Node): Node => relu(nn.batchNorm(main.at(String(index)), x, { training }));

  let y = rectified(1, up(0, reshape(z, [...z.shape, 1, 1]), 4 * width, { stride: 1, padding: 0 }));
  y = rectified(4, up(3, y, 2 * width));
  y = rectified(7, up(6, y, width));
  return p.tap("", tanh(up(9, y, channels)));
}

export interface CriticOptions {
  /** Channels at 16 x 16; twice as many at 8 x 8, four times at 4 x 4. Default: 64. */
  readonly width?: number;
}

/** Images [N, C, 32, 32] -> scores [N]. No batch norm: the penalty is one per image. */
export function dcganCritic(p: Params, x: Node, { width = 64 }: CriticOptions = {}): Node {
  const main = p.at("main");
  const down = (index: number, input: Node, out: number): Node =>
    leakyRelu(nn.conv2d(main.at(String(index)), input, { out, kernelSize: 4, stride: 2, padding: 1, weightInit }), 0.2);
  const y = down(4, down(2, down(0, x, width), 2 * width), 4 * width);
  return reshape(nn.conv2d(main.at("6"), y, { out: 1, kernelSize: 4, weightInit }), [x.shape[0]]);
}
