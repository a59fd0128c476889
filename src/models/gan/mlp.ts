/**
 * Generator and discriminator of fully connected layers, as the first GANs had them (Goodfellow et al., arXiv:1406.2661), with leaky ReLUs in
 * place of the paper's maxout units. Keys of a Sequential: 0, 2, 4.
 */
import { dropout } from "../nn/dropout.ts";
import { flatten, leakyRelu, relu, reshape, tanh, type Node } from "../../graph/index.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";
import { inference, type Training } from "../training.ts";

export interface MlpGeneratorOptions {
  /** [C, H, W] */
  readonly image: readonly [number, number, number];
  /** Units of the first hidden layer; twice as many in the second. Default: 256. */
  readonly width?: number;
}

/** z [N, Z] -> images [N, C, H, W] in (-1, 1). */
export function mlpGenerator(p: Params, z: Node, { image, width = 256 }: MlpGeneratorOptions): Node {
  const first = relu(nn.linear(p.at("0"), z, { out: width }));
  const second = relu(nn.linear(p.at("2"), first, { out: 2 * width }));
  const pixels = tanh(nn.linear(p.at("4"), second, { out: image.reduce((a, b) => a * b, 1) }));
  return p.tap("", reshape(pixels, [z.shape[0], ...image]));
}

export interface MlpDiscriminatorOptions {
  /** Units of the second hidden layer; twice as many in the first. Default: 256. */
  readonly width?: number;
  /** Behind both hidden layers. Default: 0.3. */
  readonly rate?: number;
  readonly training?: Training;
}

/** Images [N, C, H, W] -> scores [N]. */
export function mlpDiscriminator(p: Params, x: Node, options: MlpDiscriminatorOptions = {}): Node {
  const { width = 256, rate = 0.3, training = inference } = options;
  const hidden = (key: string, input: Node, out: number): Node =>
    dropout(p.at(`${key}.dropout`), leakyRelu(nn.linear(p.at(key), input, { out }), 0.2), { rate, training });
  const y = hidden("2", hidden("0", flatten(x, 1), 2 * width), width);
  return p.tap("", reshape(nn.linear(p.at("4"), y, { out: 1 }), [x.shape[0]]));
}
