/** Small networks for tests of the study. */
import { input, maxPool2d, relu, globalAveragePool, type Node, flatten } from "../../src/graph/index.ts";
import { createParams, nn, type Params, resnet, vgg } from "../../src/models/index.ts";
import { type Network, networkOf, tappedNetwork } from "../../src/networks/index.ts";

/** Convolution, ReLU, pool, convolution, ReLU, average, one linear layer: a CAM network. [N, C, H, W] -> [N, 5] */
export function tiny(image: Node, p: Params = createParams()): Network {
  let y = p.tap("relu1", relu(nn.conv2d(p.at("conv1"), image, { out: 4, kernelSize: 3, padding: 1 })));
  y = p.tap("pool", maxPool2d(y, { kernelSize: 2 }));
  y = p.tap("relu2", relu(nn.conv2d(p.at("conv2"), y, { out: 6, kernelSize: 3, padding: 1 })));
  const pooled = p.tap("average", globalAveragePool(y));
  const logits = nn.linear(p.at("fc"), pooled, { out: 5 });
  const classifier = p.all().find(({ attrs }) => attrs.path === "fc.weight") ?? null;
  return tappedNetwork("tiny", p, image, { logits, classifier, features: "relu2" });
}

/** The same without an average: two fully connected layers. */
export function connected(image: Node, p: Params = createParams()): Network {
  const y = p.tap("relu1", relu(nn.conv2d(p.at("conv1"), image, { out: 4, kernelSize: 3, stride: 2 })));
  const hidden = p.tap("hidden", relu(nn.linear(p.at("fc1"), flatten(y), { out: 8 })));
  const logits = nn.linear(p.at("fc2"), hidden, { out: 5 });
  return tappedNetwork("connected", p, image, { logits, classifier: null, features: "relu1" });
}

export const imageOf = (batch: number, channels = 3, side = 12): Node => input("image", [batch, channels, side, side]);

const VARIANTS = { block: "basic", layers: [1, 1, 1, 1], width: 8 } as const;

export function smallResnet(image: Node, p: Params = createParams()): Network {
  return networkOf("small resnet", p, image, resnet(p, image, { variant: VARIANTS, classes: 6 }));
}

export function smallVgg(image: Node, p: Params = createParams()): Network {
  return networkOf("small vgg", p, image, vgg(p, image, { variant: { blocks: [[4], [6]], hidden: 16 }, classes: 6 }));
}
