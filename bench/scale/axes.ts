/**
 * The four ways in which work grows, each with the model that shows it and what is counted. Only intarsia is measured: the question
 * is whether an item costs the same in a large piece of work as in a small one.
 */
import { grad, input, type Node } from "../../src/graph/index.ts";
import { adam, bceWithLogits, createParams, inference, pairs, resnet, type ResNetOptions } from "../../src/models/index.ts";
import { scoreBags } from "../../src/studies/mil/model.ts";
import { modelTensors } from "../model-tensors.ts";
import type { Specs } from "../tensors.ts";
import type { Workload } from "../workload.ts";

export interface Point {
  readonly size: number;
  /** In one call. */
  readonly items: number;
  readonly workload: Workload;
}

export interface Axis {
  readonly name: string;
  /** Model and computation. */
  readonly what: string;
  /** What the size counts, for the chart's axis. */
  readonly size: string;
  readonly item: string;
  readonly points: readonly Point[];
}

const cannot = { cannot: "only intarsia's own growth is measured" };

const ownWorkload = (name: string, tensors: () => Specs, ours: Workload["ours"]): Workload => ({
  ...{ name, tensors, ours, goal: "inference", tfjs: cannot, jax: cannot },
});

function classify(name: string, variant: ResNetOptions["variant"], batch: number, side: number): Workload {
  const shape = [batch, 3, side, side];
  const build = (image: Node) => {
    const p = createParams();
    return { p, logits: resnet(p, image, { variant }).logits };
  };
  const tensors = (): Specs => ({ image: { shape }, ...modelTensors(build(input("image", shape)).p) });
  return ownWorkload(name, tensors, ({ image }) => ({ outputs: { logits: build(image).logits } }));
}

const MIL = { method: "lstm", channels1: 20, channels2: 50, features: 500, hidden: 500, attention: 128, dropout: 0 } as const;

/** A training step on one bag: thesis width, Adam. */
function learnBag(name: string, length: number): Workload {
  const build = (pixels: Node, index: Node, lengths: Node) => {
    const p = createParams();
    return { p, score: scoreBags(p, { pixels, index, lengths }, MIL, inference) };
  };
  const pixels = [length, 1, 28, 28];
  const tensors = (): Specs => ({
    pixels: { shape: pixels, offset: 127.5, scale: 127.5 },
    index: { shape: [1, length], values: Int32Array.from({ length }, (_, i) => i) },
    lengths: { shape: [1], values: Int32Array.of(length) },
    labels: { shape: [1], values: Float32Array.of(1) },
    ...modelTensors(build(input("pixels", pixels), input("index", [1, length], "i32"), input("lengths", [1], "i32")).p),
  });
  return ownWorkload(name, tensors, ({ pixels: x, index, lengths, labels }) => {
    const { p, score } = build(x, index, lengths);
    const loss = bceWithLogits(score, labels);
    const weights = p.trainable();
    return { outputs: { loss }, updates: adam(pairs(weights, grad(loss, weights)), { lr: 5e-4 }) };
  });
}

export const AXES: readonly Axis[] = [
  {
    name: "batch",
    what: "ResNet-18, 64 x 64, inference",
    size: "images in a batch",
    item: "image",
    points: [1, 2, 4, 8, 16, 32, 64].map((size) => ({ size, items: size, workload: classify(`batch ${size}`, "resnet18", size, 64) })),
  },
  {
    name: "bag",
    what: "The thesis' set classifier, one bag, training step",
    size: "instances in a bag",
    item: "instance",
    points: [5, 10, 25, 50, 100, 200, 400].map((size) => ({ size, items: size, workload: learnBag(`bag ${size}`, size) })),
  },
  {
    name: "side",
    what: "ResNet-18, one image, inference",
    size: "pixels of an image's side",
    item: "pixel",
    points: [32, 64, 128, 256, 512].map((size) => ({ size, items: size * size, workload: classify(`side ${size}`, "resnet18", 1, size) })),
  },
  {
    name: "depth",
    what: "ResNet-18 to 152, 64 x 64, inference",
    size: "layers",
    item: "layer",
    points: ([18, 34, 50, 101, 152] as const).map((size) => ({
      ...{ size, items: size, workload: classify(`depth ${size}`, `resnet${size}`, 1, 64) },
    })),
  },
];
