/** A MobileNetV2 of two stages as TensorFlow.js files would hold it, in both forms; its weights come from their names, so that none are stored. */
import type { MobileNetV2Variant } from "../../../src/models/index.ts";
import { fill } from "../../models/golden.ts";

/** Channels 8 (stem), 16, 8, 8; the third block alone has a shortcut. */
export const TINY = {
  width: 0.25,
  stages: [
    [1, 64, 1, 1],
    [6, 32, 2, 2],
  ],
  tensorflow: true,
  headless: true,
} as const satisfies MobileNetV2Variant;

export type Form = "graph" | "keras";

/** [height, width]: TensorFlow pads an odd and an even side differently. */
export const TINY_SIZE = [37, 50] as const;

/** A weight quantised to uint8: value = byte scale + min. */
export interface TinyWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly scale: number;
  readonly min: number;
  readonly bytes: Uint8Array;
}

function weight(name: string, shape: readonly number[], low: number, high: number): TinyWeight {
  const bytes = Uint8Array.from(fill(name, shape), (x) => Math.floor(128 * (x + 1)));
  return { name, shape, scale: (high - low) / 255, min: low, bytes };
}

interface TinyLayer {
  /** [expand | depthwise | project, or null for the first and last convolution] */
  readonly part: "expand" | "depthwise" | "project" | null;
  /** Of a block; for the others 0 is the first, 1 the last. */
  readonly index: number;
  readonly kernel: readonly number[];
  readonly stride: 1 | 2;
}

export const TINY_LAYERS: readonly TinyLayer[] = [
  { part: null, index: 0, kernel: [3, 3, 3, 8], stride: 2 },
  { part: "depthwise", index: 0, kernel: [3, 3, 8, 1], stride: 1 },
  { part: "project", index: 0, kernel: [1, 1, 8, 16], stride: 1 },
  { part: "expand", index: 1, kernel: [1, 1, 16, 96], stride: 1 },
  { part: "depthwise", index: 1, kernel: [3, 3, 96, 1], stride: 2 },
  { part: "project", index: 1, kernel: [1, 1, 96, 8], stride: 1 },
  { part: "expand", index: 2, kernel: [1, 1, 8, 48], stride: 1 },
  { part: "depthwise", index: 2, kernel: [3, 3, 48, 1], stride: 1 },
  { part: "project", index: 2, kernel: [1, 1, 48, 8], stride: 1 },
  { part: null, index: 1, kernel: [1, 1, 8, 1280], stride: 1 },
];

/** The kernel and bias, or the kernel and the batch norm (gamma, beta, mean, variance), of a layer under the names that such files have. */
export function tinyLayer(form: Form, { part, index, kernel }: TinyLayer): TinyWeight[] {
  const depthwise = part === "depthwise";
  const channels = kernel[depthwise ? 2 : 3];
  const bound = Math.sqrt(6 / (kernel[0] * kernel[1] * (depthwise ? 1 : kernel[2])));
  if (form === "graph") {
    const block = index === 0 ? "expanded_conv" : `expanded_conv_${index}`;
    const layer = `predict/MobilenetV2/${part ? `${block}/${part}` : ["Conv", "Conv_1"][index]}`;
    const kind = depthwise ? "depthwise" : "Conv2D";
    return [weight(`${layer}/${kind}_weights`, kernel, -bound, bound), weight(`${layer}/${kind}_bn_offset`, [channels], -0.5, 1)];
  }
  const block = index === 0 ? "expanded_conv" : `block_${index}`;
  const layer = part ? `${block}_${part}` : ["Conv1", "Conv_1"][index];
  const norm = part ? `${layer}_BN` : ["bn_Conv1", "Conv_1_bn"][index];
  return [
    weight(`${layer}/${depthwise ? "depthwise_kernel" : "kernel"}`, kernel, -bound, bound),
    weight(`${norm}/gamma`, [channels], 0.5, 1.5),
    weight(`${norm}/beta`, [channels], -0.5, 1),
    weight(`${norm}/moving_mean`, [channels], -0.3, 0.3),
    weight(`${norm}/moving_variance`, [channels], 0.002, 1.5),
  ];
}

/** In another order than the layers', with a head and a constant that no trunk needs. */
export function tinyWeights(form: Form): TinyWeight[] {
  const head = form === "graph" ? ["Func/input/_262", "predict/hub_input/Mul/y"] : ["dense_1/kernel", "dense_1/bias"];
  const layers = TINY_LAYERS.toReversed().flatMap((layer) => tinyLayer(form, layer));
  return [...layers, weight(head[0], [1280, 5], -0.1, 0.1), weight(head[1], form === "graph" ? [] : [5], 2, 3)];
}

/** [1, 37, 50, 3], as TensorFlow lays out pictures. */
export const tinyPicture = (): Float32Array => Float32Array.from(fill("tiny/picture", [1, ...TINY_SIZE, 3]));

export interface TinyFiles {
  /** The manifest (with an empty topology) as JSON. */
  readonly model: object;
  /** By the names in the manifest. */
  readonly shards: Readonly<Record<string, Uint8Array>>;
}

/** Two shards, the cut in the middle of a tensor. */
export function tinyFiles(form: Form): TinyFiles {
  const weights = tinyWeights(form);
  const bytes = Uint8Array.from(weights.flatMap(({ bytes }) => [...bytes]));
  const cut = Math.floor(bytes.length / 2) + 1;
  const specs = weights.map(({ name, shape, scale, min }) => ({
    name,
    shape,
    dtype: "float32",
    quantization: { dtype: "uint8", scale, min },
  }));
  const paths = ["group1-shard1of2", "group1-shard2of2"];
  return {
    model: { modelTopology: { trainable: false, none: null }, weightsManifest: [{ paths, weights: specs }] },
    shards: { [paths[0]]: bytes.subarray(0, cut), [paths[1]]: bytes.subarray(cut) },
  };
}
