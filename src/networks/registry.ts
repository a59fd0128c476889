/** Networks that can be run and explained by name: how a picture is prepared for each, what its classes are called, where weights come from. */
import { quote, UserError } from "../data/errors.ts";
import { mobileNetV2FromTensorFlow, type Tensors } from "../data/index.ts";
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
  MOBILENET_V2_TRUNKS,
  type Params,
} from "../models/index.ts";
import { IMAGENET } from "./imagenet.ts";
import { type Network, networkOf, tappedNetwork } from "./network.ts";
import type { Preparation } from "./prepare.ts";

type TrunkName = keyof typeof MOBILENET_V2_TRUNKS;
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
  /** Which pretrained weights an optional package brings: "expression" @vladmandic/face-api, those of trunks nsfwjs. */
  readonly packaged: "expression" | "mobilenet_v2_mid" | "mobilenet_v2_keras" | null;
  /** The tensors of a model of TensorFlow.js under this network's keys; null: as `fromTensorFlow` calls them. `where` names the file. */
  readonly fromTensorFlow: ((tensors: Tensors, where: string) => Tensors) | null;
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
  "mobilenet-v2-trunk": "the npm package nsfwjs (docs/weights.md), or a model.json of TensorFlow.js",
  "mobilenet-v1": "marvis/pytorch-mobilenet: its state_dict saved as safetensors",
  "vgg-f": "MatConvNet's imagenet-vgg-f.mat, kernels turned to [out, in, height, width]",
};

/** Of families that end with an average and one linear layer, "published" is a CAM head. */
const TWO_HEADS: readonly BackboneEntry["family"][] = ["vgg", "vgg-f"];

/** All of a picture on white, colours of 0 to 1 (the Keras model of nsfwjs) or of -1 to 1 (TensorFlow Hub). Measured against "stretch" in docs/weights.md. */
const trunkPreparation = (name: TrunkName): Preparation => {
  const half = name === "mobilenet_v2_keras" ? 0 : 0.5;
  return { size: [224, 224], mean: [half, half, half], std: [1 - half, 1 - half, 1 - half], fit: "pad", bars: 255 };
};

/** A network without classes of its own: what it answers are its averaged features, and a classifier is learnt on them (head "cam"). */
function trunkEntry(name: TrunkName): NetworkEntry {
  const { family, paper, keys, build } = BACKBONES[name];
  const classes = name === "mobilenet_v2_keras" ? 1280 : 1792;
  return {
    ...{ title: name, paper, keys, weights: WEIGHTS[family], classes, strided: true, packaged: name },
    labels: Array.from({ length: classes }, (_, index) => `feature ${index}`),
    preparation: trunkPreparation(name),
    heads: ["published", "cam"],
    fromTensorFlow: mobileNetV2FromTensorFlow,
    build: (p, image, options) => networkOf(name, p, image, build(p, image, options)),
  };
}

function backboneEntry(name: BackboneName): NetworkEntry {
  if (isTrunk(name)) return trunkEntry(name);
  const { family, paper, keys, build } = BACKBONES[name];
  return {
    ...{
      title: name,
      paper,
      keys,
      weights: WEIGHTS[family],
      classes: IMAGENET.length,
      labels: IMAGENET,
      strided: true,
      packaged: null,
      fromTensorFlow: null,
    },
    preparation: family === "vgg-f" ? MATCONVNET : TORCHVISION,
    heads: TWO_HEADS.includes(family) ? ["published", "cam"] : ["published"],
    build: (p, image, options) => networkOf(name, p, image, build(p, image, options)),
  };
}

/** The digit network of Chapter 3. Its class activation maps look at the second convolution, the last layer with places to tell apart. */
const MNIST_NET: NetworkEntry = {
  ...{
    title: "MatConvNet's digit network",
    paper: "LeCun et al., 1998",
    keys: "Sequential: 0, 2, 4, 6",
    strided: false,
    packaged: null,
    fromTensorFlow: null,
  },
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
  fromTensorFlow: null,
  build: (p, image, { classes = EXPRESSIONS.length } = {}) => networkOf("face_expression", p, image, faceExpression(p, image, { classes })),
};

const names = Object.keys(BACKBONES) as BackboneName[];
const isTrunk = (name: BackboneName): name is TrunkName => Object.hasOwn(MOBILENET_V2_TRUNKS, name);

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
