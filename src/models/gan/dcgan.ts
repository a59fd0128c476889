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
  /** Batch norm behind all convolutions but the first and the last, as DCGAN's discriminator has it: keys as in PyTorch's example. Default: none. */
  readonly batchNorm?: { readonly training: Training };
}

/** Images [N, C, 32, 32] -> scores [N]. A gradient penalty is one per image, and wants a critic without batch norm. */
export function dcganCritic(p: Params, x: Node, { width = 64, batchNorm }: CriticOptions = {}): Node {
  const main = p.at("main");
  const bias = batchNorm === undefined;
  const down = (index: number, input: Node, out: number): Node =>
    nn.conv2d(main.at(String(index)), input, { out, kernelSize: 4, stride: 2, padding: 1, bias, weightInit });
  const normed = (index: number, y: Node): Node => (batchNorm ? nn.batchNorm(main.at(String(index)), y, batchNorm) : y);
  const [second, third, last] = batchNorm ? [2, 5, 8] : [2, 4, 6];
  let y = leakyRelu(down(0, x, width), 0.2);
  y = leakyRelu(normed(3, down(second, y, 2 * width)), 0.2);
  y = leakyRelu(normed(6, down(third, y, 4 * width)), 0.2);
  return reshape(nn.conv2d(main.at(String(last)), y, { out: 1, kernelSize: 4, bias, weightInit }), [x.shape[0]]);
}
