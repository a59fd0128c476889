/** Networks that can be run and explained by name: how a picture is prepared for each, what its classes are called, where weights come from. */
import { quote, UserError } from "../data/errors.ts";
import { knownNames } from "../data/text/similar.ts";
import type { Node } from "../graph/index.ts";
import {
  BACKBONES,
  type BackboneEntry,
  type BackboneName,
  type BackboneOptions,
  EXPRESSIONS,
  FACE_INPUT,
  faceExpression,
  mnistNet,
  type Params,
} from "../models/index.ts";
import { IMAGENET } from "./imagenet.ts";
import { type Network, networkOf, tappedNetwork } from "./network.ts";
import type { Preparation } from "./prepare.ts";

export type BuildOptions = Pick<BackboneOptions, "classes" | "head" | "outputStride">;

export interface NetworkEntry {
  readonly title: string;
  readonly paper: string;
  /** Whose names the parameters have. */
  readonly keys: string;
  /** Where weights come from. */
  readonly weights: string;
  readonly preparation: Preparation;
  /** Published number of classes, and their names where they are known. */
  readonly classes: number;
  readonly labels: readonly string[] | null;
  /** The forms of the head that `build` knows, the published one first. */
  readonly heads: readonly ("published" | "cam")[];
  /** Whether `outputStride` can be chosen. */
  readonly strided: boolean;
  /** Which pretrained weights come with the optional package @vladmandic/face-api. */
  readonly packaged: "expression" | null;
  /** image: [N, C, H, W], prepared */
  readonly build: (p: Params, image: Node, options?: BuildOptions) => Network;
}

/** torchvision's; fit as its evaluation has it, but without the margin that it cuts off. */
const TORCHVISION: Preparation = { size: [224, 224], mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], fit: "crop" };

/** MatConvNet subtracts the mean colour of 0 to 255. */
const MATCONVNET: Preparation = {
  ...TORCHVISION,
  mean: [123.68, 116.779, 103.939].map((value) => value / 255),
  std: [1 / 255, 1 / 255, 1 / 255],
};

const WEIGHTS: Readonly<Record<BackboneEntry["family"], string>> = {
  vgg: "torchvision: its state_dict saved as safetensors",
  resnet: "torchvision: its state_dict saved as safetensors",
  "mobilenet-v2": "torchvision: its state_dict saved as safetensors",
  "mobilenet-v1": "marvis/pytorch-mobilenet: its state_dict saved as safetensors",
  "vgg-f": "MatConvNet's imagenet-vgg-f.mat, kernels turned to [out, in, height, width]",
};

/** Of families that end with an average and one linear layer, "published" is a CAM head. */
const TWO_HEADS: readonly BackboneEntry["family"][] = ["vgg", "vgg-f"];

function backboneEntry(name: BackboneName): NetworkEntry {
  const { family, paper, keys, build } = BACKBONES[name];
  return {
    ...{ title: name, paper, keys, weights: WEIGHTS[family], classes: IMAGENET.length, labels: IMAGENET, strided: true, packaged: null },
    preparation: family === "vgg-f" ? MATCONVNET : TORCHVISION,
    heads: TWO_HEADS.includes(family) ? ["published", "cam"] : ["published"],
    build: (p, image, options) => networkOf(name, p, image, build(p, image, options)),
  };
}

/** The digit network of Chapter 3. Its class activation maps look at the second convolution, the last layer with places to tell apart. */
const MNIST_NET: NetworkEntry = {
  ...{ title: "MatConvNet's digit network", paper: "LeCun et al., 1998", keys: "Sequential: 0, 2, 4, 6", strided: false, packaged: null },
  weights: "trained by oneself",
  preparation: { size: [28, 28], mean: [0], std: [1], fit: "pad", bars: 0 },
  classes: 10,
  labels: Array.from({ length: 10 }, (_, digit) => String(digit)),
  heads: ["published"],
  build: (p, image, { classes = 10 } = {}) => {
    const logits = mnistNet(p, image, { classes });
    return tappedNetwork("mnist_net", p, image, { logits, features: "2", classifier: null });
  },
};

/** Seven expressions of a face that fills the picture: the pretrained network that every installation has. */
const FACE_EXPRESSION: NetworkEntry = {
  ...{ title: "face-api's expression network", paper: "github.com/vladmandic/face-api", keys: "dense0.conv0.weight ...", strided: false },
  weights: "come with the npm package @vladmandic/face-api",
  preparation: {
    size: [FACE_INPUT.size, FACE_INPUT.size],
    mean: FACE_INPUT.mean,
    std: FACE_INPUT.std,
    fit: "pad",
    bars: 0,
    sampling: "points",
  },
  classes: EXPRESSIONS.length,
  labels: EXPRESSIONS,
  heads: ["published"],
  packaged: "expression",
  build: (p, image, { classes = EXPRESSIONS.length } = {}) => networkOf("face_expression", p, image, faceExpression(p, image, { classes })),
};

const names = Object.keys(BACKBONES) as BackboneName[];

export type NetworkName = BackboneName | "mnist_net" | "face_expression";

export const NETWORKS: Readonly<Record<NetworkName, NetworkEntry>> = {
  ...(Object.fromEntries(names.map((name) => [name, backboneEntry(name)])) as Record<BackboneName, NetworkEntry>),
  mnist_net: MNIST_NET,
  face_expression: FACE_EXPRESSION,
};

export const NETWORK_NAMES = Object.keys(NETWORKS) as NetworkName[];

/** What a class is called: by `labels` if there is one for each class, else "class 7". */
export const classNamer =
  (labels: readonly string[] | null, classes: number) =>
  (index: number): string =>
    labels?.length === classes ? labels[index] : `class ${index}`;

/** The entry of a name. An unknown one: UserError. */
export function networkEntry(name: string): NetworkEntry {
  if (Object.hasOwn(NETWORKS, name)) return NETWORKS[name as NetworkName];
  throw new UserError(`no model ${quote(name)}${knownNames(name, NETWORK_NAMES)}`);
}

/** [C, H, W] of one picture, as it was published. */
export const inputShape = ({ preparation }: NetworkEntry): [number, number, number] => [preparation.mean.length, ...preparation.size];
