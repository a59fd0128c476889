/** LeNet, after LeCun et al. (1998), in the two forms in which the thesis uses it. 28 x 28 digits in. */
import { flatten, maxPool2d, relu, reshape, type Node } from "../../graph/index.ts";
import { normalInit } from "../init.ts";
import * as nn from "../nn/index.ts";
import type { Params } from "../params.ts";

export interface LeNetOptions {
  /** Output channels of the two convolutions. Default: [20, 50]. */
  readonly channels?: readonly [number, number];
  /** Default: 500. */
  readonly features?: number;
}

/**
 * The instance network of Ilse et al. (arXiv:1802.04712), its keys: [N, 1, 28, 28] -> local [N, 50, 4, 4], global [N, 500].
 * 426,070 parameters.
 */
export function lenet(p: Params, x: Node, { channels = [20, 50], features = 500 }: LeNetOptions = {}): { local: Node; global: Node } {
  const part1 = p.at("feature_extractor_part1");
  const part2 = p.at("feature_extractor_part2");
  let y = relu(nn.conv2d(part1.at("0"), x, { out: channels[0], kernelSize: 5 }));
  y = maxPool2d(y, { kernelSize: 2 });
  y = relu(nn.conv2d(part1.at("3"), y, { out: channels[1], kernelSize: 5 }));
  const local = part1.tap("", maxPool2d(y, { kernelSize: 2 }));
  const global = part2.tap("", relu(nn.linear(part2.at("0"), flatten(local), { out: features })));
  return { local, global };
}

/**
 * The digit classifier of MatConvNet's cnn_mnist_init.m: [N, 1, 28, 28] -> logits [N, classes]. No ReLU after the first two
 * convolutions. Weights from N(0, 0.01^2), biases 0. Keys of a Sequential; the outputs of its seven layers are tapped as "0" to "6".
 */
export function mnistNet(p: Params, x: Node, options: LeNetOptions & { readonly classes?: number } = {}): Node {
  const { channels = [20, 50], features = 500, classes = 10 } = options;
  const conv = (index: number, input: Node, out: number, kernelSize: number): Node =>
    nn.conv2d(p.at(String(index)), input, { out, kernelSize, weightInit: normalInit(0.01), biasInit: { kind: "constant", value: 0 } });
  const pool = (index: number, input: Node): Node => p.tap(String(index), maxPool2d(input, { kernelSize: 2 }));

  let y = pool(1, conv(0, x, channels[0], 5));
  y = pool(3, conv(2, y, channels[1], 5));
  y = p.tap("5", relu(conv(4, y, features, 4)));
  return reshape(conv(6, y, classes, 1), [x.shape[0], classes]);
}
