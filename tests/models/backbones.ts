/** Golden values of the backbones (scripts/golden/backbones.py): our side of them. */
import { readFileSync } from "node:fs";
import * as assert from "uvu/assert";
import { grad, input, mean, mul, oneHot, OPS, constant, relu, sum, type Node, type Rules, type Shape } from "../../src/graph/index.ts";
import {
  createParams,
  createTraining,
  crossEntropy,
  inference,
  lenet,
  mnistNet,
  mobileNetV1,
  mobileNetV2,
  pairs,
  resnet,
  sgd,
  stateDict,
  vgg,
  vggF,
  type Backbone,
  type BackboneOptions,
  type LeNetOptions,
  type Params,
} from "../../src/models/index.ts";
import { fill, type Engine, type Result } from "./golden.ts";

/** What is stored of a tensor: elements at even distances; `distance` is PyTorch's own between f32 and f64, relative to `largest`. */
export interface Summary {
  readonly shape: Shape;
  readonly largest: number;
  readonly norm: number;
  readonly distance: number;
  readonly samples: readonly number[];
}

export interface BackboneCase {
  readonly name: string;
  readonly config: BackboneOptions & {
    readonly family: keyof typeof FAMILIES;
    readonly variant: never;
    readonly input: Shape;
    readonly taps: readonly string[];
    /** The tap that Grad-CAM looks at. */
    readonly last: string;
  };
  /** Of the training step. */
  readonly rate: number;
  readonly outputs: Readonly<Record<string, Summary>>;
}

export function readFile<T>(file: string): { readonly cases: readonly T[] } {
  return JSON.parse(readFileSync(new URL(`../golden/${file}`, import.meta.url), "utf8"));
}

const CLASSES = 10;

type LeNetCase = BackboneOptions & { readonly variant: LeNetOptions };

/** The two forms of LeNet as backbones: what they return is what is scored. */
const LENETS = {
  lenet(p: Params, x: Node, { variant }: LeNetCase): Backbone {
    const { local, global } = lenet(p, x, variant);
    return { features: local, logits: global, classifier: null };
  },
  "mnist-net"(p: Params, x: Node, { variant }: LeNetCase): Backbone {
    const logits = mnistNet(p, x, { ...variant, classes: CLASSES });
    return { features: p.tapped("3"), logits, classifier: null };
  },
};

export const FAMILIES = { vgg, resnet, "mobilenet-v1": mobileNetV1, "mobilenet-v2": mobileNetV2, "vgg-f": vggF, ...LENETS };

type Family = (p: Params, x: Node, options: BackboneOptions & { readonly variant: never }) => Backbone;

function build({ config }: BackboneCase, p: Params, options: BackboneOptions): Backbone {
  const { family, variant, input: shape, outputStride, head } = config;
  const model: Family = FAMILIES[family];
  return model(p, input("x", shape), { variant, outputStride, head, classes: CLASSES, dropout: 0, ...options });
}

/** A weight or a running statistic, as `fill_network` of the script has it. */
export function fillWeight(name: string, path: string, shape: Shape): Float64Array {
  const values = (scale: number): Float64Array => fill(`${name}/${path}`, shape, scale);
  if (shape.length > 1) {
    const fan = shape.slice(1).reduce((product, extent) => product * extent, 1);
    return values(Math.round(4096 * Math.sqrt(6 / fan)) / 4096);
  }
  if (path.endsWith("running_var")) return values(0.5).map((value) => value + 1);
  if (path.endsWith("bn3.weight")) return values(0.25).map((value) => (value + 1) / 4);
  return path.endsWith("weight") ? values(0.25).map((value) => value + 1) : values(0.125);
}

const GUIDED: Partial<Rules> = { relu: (inputs, y, dy) => OPS.relu.vjp?.(inputs, y, relu(dy)) ?? [] };

/** Logits, taps and explanations of the inference form. */
function inferenceOutputs(golden: BackboneCase, p: Params, labels: Node): Record<string, Node> {
  const { logits } = build(golden, p, { training: inference });
  const image = inputOf(logits);
  const last = p.tapped(golden.config.last);
  const score = sum(mul(logits, oneHot(labels, CLASSES)));
  const [inputGradient, slope] = grad(score, [image, last]);
  const gradCam = relu(sum(mul(mean(slope, [2, 3], { keepDims: true }), last), [1]));
  const [guided] = grad(score, [image], { rules: GUIDED });
  const taps = golden.config.taps.map((path) => [`tap ${path}`, p.tapped(path)] as const);
  return { logits, ...Object.fromEntries(taps), inputGradient, gradCam, guided };
}

function inputOf(node: Node): Node {
  const seen = new Set([node]);
  for (const one of seen) {
    if (one.op === "input") return one;
    for (const parent of one.inputs) seen.add(parent);
  }
  throw new Error("no input");
}

export const worstText = (name: string, { error, key }: Worst): string =>
  `# ${name}: largest difference from PyTorch ${error.toExponential(1)} (${key})`;

/** Inference, one step of SGD, inference. */
export async function runCase(golden: BackboneCase, engine: Engine): Promise<Record<string, Result>> {
  const batch = golden.config.input[0];
  const labels = constant(Int32Array.from({ length: batch }, (_, i) => (3 * i) % CLASSES));
  const infer = await engine.program({ outputs: inferenceOutputs(golden, createParams(), labels) });

  const p = createParams();
  const training = createTraining();
  const loss = crossEntropy(build(golden, p, { training }).logits, labels);
  const weights = p.trainable();
  const updates = [...training.updates, ...sgd(pairs(weights, grad(loss, weights)), { lr: golden.rate })];
  const train = await engine.program({ outputs: { loss }, updates });

  for (const { path, shape, dtype } of stateDict(p)) if (dtype === "F32") engine.write(path, fillWeight(golden.name, path, shape));
  const feeds = { x: fill(`${golden.name}/x`, golden.config.input) };
  const before = await infer(feeds);
  const step = await train(feeds);
  const after = Object.entries(await infer(feeds)).map(([key, value]) => [`after ${key}`, value]);
  return { ...before, ...step, ...Object.fromEntries(after) };
}

/** The largest difference, relative to the largest element of its tensor, and in which one. */
export interface Worst {
  readonly error: number;
  readonly key: string;
}

/** Every sample within max(1e-3, three times PyTorch's own distance) of the largest element, and the norm likewise. */
export function compareSummaries(name: string, golden: Readonly<Record<string, Summary>>, ours: Readonly<Record<string, Result>>): Worst {
  assert.equal(Object.keys(ours).sort(), Object.keys(golden).sort(), `${name}: names`);
  let worst: Worst = { error: 0, key: "" };
  for (const [key, { shape, largest, norm, distance, samples }] of Object.entries(golden)) {
    const { data, shape: found } = ours[key];
    assert.equal([...found], [...shape], `${name}: shape of ${key}`);
    const tolerance = Math.max(1e-3, 3 * distance);
    const check = (got: number, want: number, scale: number, what: string): void => {
      const error = Math.abs(got - want) / scale;
      if (error > worst.error) worst = { error, key };
      if (!(error <= tolerance)) assert.unreachable(`${name}: ${key}${what} is ${got}, PyTorch has ${want} (tolerance ${tolerance})`);
    };
    samples.forEach((want, i) => {
      const at = Math.floor((i * data.length) / samples.length);
      check(data[at], want, largest, `[${at}]`);
    });
    let squares = 0;
    for (let i = 0; i < data.length; i++) squares += data[i] ** 2;
    check(Math.sqrt(squares), norm, norm, "'s norm");
  }
  return worst;
}
