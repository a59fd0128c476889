/**
 * MobileNetV2 as TensorFlow.js files hold it, under the keys of the trunks in src/models/backbones/mobilenet-v2.ts: the graph model of TensorFlow
 * Hub's feature vectors (batch norms folded: `MobilenetV2/expanded_conv_3/project/Conv2D_weights`) and Keras' model (`block_3_project/kernel`
 * and `block_3_project_BN/gamma`), whose batch norms are folded here. Heads and constants of the graph are left out.
 */

import { UserError } from "../errors.ts";
import type { Tensors } from "./safetensors.ts";
import { asFloat32, type FileTensor } from "./tensor.ts";
import { fromTensorFlow } from "./tensorflow.ts";

/** Of Keras' application. */
const EPSILON = 1e-3;

/** A layer of the file: which block (0: the stem; Infinity: the last convolution), which of its convolutions, and the variable. */
interface Place {
  readonly block: number;
  readonly part: "stem" | "expand" | "depthwise" | "project" | "last";
  readonly variable: string;
}

const GRAPH_VARIABLES: Readonly<Record<string, string>> = {
  Conv2D_weights: "kernel",
  depthwise_weights: "depthwise_kernel",
  Conv2D_bn_offset: "bias",
  depthwise_bn_offset: "bias",
};
const GRAPH = /(?:^|\/)MobilenetV2\/(?:expanded_conv(?:_(\d+))?\/(expand|depthwise|project)|(Conv(?:_1)?))\/(\w+)$/;
const KERAS =
  /(?:^|\/)(?:(?:expanded_conv|block_(\d+))_(expand|depthwise|project)(?:_BN)?|((?:bn_)?Conv1|Conv_1(?:_bn)?))\/(kernel|depthwise_kernel|gamma|beta|moving_mean|moving_variance)$/;

/** The tensors of a trunk under PyTorch's keys and layouts. `where` names the file. Something else than a MobileNetV2: UserError. */
export function mobileNetV2FromTensorFlow(tensors: Tensors, where: string): Tensors {
  const places = Object.entries(tensors).flatMap(([name, tensor]) => {
    const place = placeOf(name);
    return place ? [{ ...place, tensor }] : [];
  });
  const blocks = Math.max(0, ...places.map(({ block }) => (block === Number.POSITIVE_INFINITY ? 0 : block)));
  if (blocks === 0 || !places.some(({ part }) => part === "last")) {
    const count = Object.keys(tensors).length;
    throw new UserError(`${where}: no MobileNetV2 of TensorFlow.js: none of its ${count} tensors is called as that network's layers are`);
  }
  const layers = new Map<string, Layer>();
  for (const { variable, tensor, ...place } of places) {
    const path = layerOf(place, blocks);
    layers.set(path, { ...layers.get(path), [variable]: tensor });
  }
  const named = [...layers].flatMap(([path, layer]) =>
    Object.entries(folded(layer, `${where}: ${path}`)).map(([variable, tensor]) => [`${path}/${variable}`, tensor] as const),
  );
  return fromTensorFlow(Object.fromEntries(named), where);
}

type Layer = Readonly<Record<string, FileTensor>>;

const NORM = ["gamma", "beta", "moving_mean", "moving_variance"] as const;

/**
 * One convolution without its batch norm: s = gamma / sqrt(variance + epsilon), kernel s and beta - mean s. The output channel is the last axis
 * of a kernel [R, S, C, K] and the third of a depthwise one [R, S, C, 1], so element i belongs to channel i mod K.
 */
function folded(layer: Layer, where: string): Layer {
  const { gamma, beta, moving_mean: mean, moving_variance: variance, ...rest } = layer;
  if (!NORM.some((name) => layer[name])) return rest;
  const [variable, kernel] = Object.entries(rest).find(([name]) => name !== "bias") ?? [];
  if (!kernel || !variable || rest.bias || NORM.some((name) => layer[name]?.shape.join() !== gamma?.shape.join()))
    throw new UserError(`${where}: a convolution and its batch norm do not fit: ${described(layer)}`);
  const channels = kernel.shape.at(variable === "kernel" ? -1 : -2);
  if (channels === 0 || gamma.shape.join() !== String(channels))
    throw new UserError(`${where}: a convolution and its batch norm do not fit: ${described(layer)}`);
  const [g, b, m, v] = [gamma, beta, mean, variance].map(asFloat32);
  const scale = Float64Array.from(g, (x, i) => x / Math.sqrt(v[i] + EPSILON));
  return {
    [variable]: { ...kernel, dtype: "F32", data: asFloat32(kernel).map((x, i) => x * scale[i % scale.length]) },
    bias: { dtype: "F32", shape: gamma.shape, data: b.map((x, i) => x - m[i] * scale[i]) },
  };
}

const described = (layer: Layer): string =>
  Object.entries(layer)
    .map(([name, { shape }]) => `${name} [${shape.join(", ")}]`)
    .join(", ");

function placeOf(name: string): Place | null {
  const graph = GRAPH.exec(name);
  if (graph && Object.hasOwn(GRAPH_VARIABLES, graph[4])) return placed(graph[1], graph[2], graph[3], GRAPH_VARIABLES[graph[4]]);
  const keras = KERAS.exec(name);
  return keras ? placed(keras[1], keras[2], keras[3], keras[4]) : null;
}

/** `index`: of the block, none for the first one; `outer`: the convolution before or behind all blocks. */
function placed(index: string | undefined, part: string | undefined, outer: string | undefined, variable: string): Place {
  if (part) return { block: Number(index ?? 0) + 1, part: part as Place["part"], variable };
  return outer === "Conv_1" || outer === "Conv_1_bn"
    ? { block: Number.POSITIVE_INFINITY, part: "last", variable }
    : { block: 0, part: "stem", variable };
}

/** The path of a layer: the convolution's own, also for its batch norm. The first block has no expansion. */
function layerOf({ block, part }: Omit<Place, "variable">, blocks: number): string {
  if (part === "stem") return "features.0.0";
  if (part === "last") return `features.${blocks + 1}.0`;
  const order = block === 1 ? ["depthwise", "project"] : ["expand", "depthwise", "project"];
  const at = order.indexOf(part);
  return `features.${block}.conv.${at}${part === "project" ? "" : ".0"}`;
}
