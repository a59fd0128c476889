/** Ours for the golden cases of scripts/golden/modules.py: normalisation, attention, embedding, activations, and what moves pixels. */
import * as graph from "../../src/graph/index.ts";
import { constant, input, type Node, type Pair, type Shape } from "../../src/graph/index.ts";
import * as models from "../../src/models/index.ts";
import { createParams, createTraining, nn } from "../../src/models/index.ts";
import { byPath, layer, layerOptions, options, simple, steps, type Layer, type Outputs, type Runner, withGradients } from "./cases.ts";
import { fill, fillState, type Case, type Engine, type Feeds, type Result } from "./golden.ts";

/** Runs outputs and gradients with the case's weights. */
async function once(
  golden: Case,
  engine: Engine,
  p: models.Params,
  outputs: Outputs,
  wrt: Outputs,
  feeds: Feeds,
  keep?: (path: string) => boolean,
) {
  const run = await engine.program({ outputs: withGradients(golden, outputs, { ...wrt, ...byPath(p.trainable(keep)) }) });
  for (const { attrs } of p.all()) engine.write(attrs.path, fillState(golden.name, attrs.path, attrs.shape));
  return run(feeds);
}

/** Several inputs, filled by their names. */
const inputsOf = ({ name }: Case, shapes: Readonly<Record<string, Shape>>) => ({
  nodes: Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, input(key, shape)])),
  feeds: Object.fromEntries(Object.entries(shapes).map(([key, shape]) => [key, fill(`${name}/${key}`, shape)])),
});

const adaptiveInstanceNorm: Runner = async (golden, engine) => {
  const shape = golden.config.shape as Shape;
  const { nodes, feeds } = inputsOf(golden, { x: shape, scale: shape.slice(0, 2), shift: shape.slice(0, 2) });
  const p = createParams();
  return once(golden, engine, p, { y: nn.adaptiveInstanceNorm(p, nodes.x, { scale: nodes.scale, shift: nodes.shift }) }, nodes, feeds);
};

type Of = "linear" | "conv2d" | "convTranspose2d";

const spectralNorm: Runner = steps((p, x, golden, training) => {
  const { of, iterations, ...config } = layerOptions<{ of: Of; iterations: number; out: number }>(golden);
  const parametrization = nn.spectralNorm({ training, iterations });
  return nn[of](p, x, { ...config, parametrization } as never);
});

const spectralNormShared: Runner = async (golden, engine) => {
  const shape = golden.config.shape as Shape;
  const training = createTraining();
  const p = createParams();
  const { nodes, feeds } = inputsOf(golden, { real: shape, fake: shape });
  const [real, fake] = Object.values(nodes).map((x) =>
    nn.linear(p.shared(), x, { out: 3, parametrization: nn.spectralNorm({ training }) }),
  );
  const outputs = withGradients(golden, { y: graph.add(real, graph.mul(fake, 2)) }, byPath(p.trainable()));
  const run = await engine.program({ outputs, updates: training.updates });
  for (const { attrs } of p.all()) engine.write(attrs.path, fillState(golden.name, attrs.path, attrs.shape));
  const found: Record<string, Result> = await run(feeds);
  for (const [target] of training.updates) found[models.pathOf(target)] = await engine.read(target);
  return found;
};

const embedding: Runner = async (golden, engine) => {
  const { ids, ...rest } = options<{ ids: number[] | number[][]; count: number; out: number }>(golden);
  const p = createParams();
  return once(golden, engine, p, { y: nn.embedding(p, constant(ids, undefined, "i32"), rest) }, {}, {});
};

interface AttentionConfig {
  readonly shape: Shape;
  readonly key: Shape | null;
  readonly value: Shape | null;
  readonly heads: number;
  readonly padding: readonly number[] | null;
  readonly mask: "causal" | "added" | "heads" | null;
  readonly bias: boolean;
}

const multiheadAttention: Runner = async (golden, engine) => {
  const { shape, key, value, heads, padding, mask, bias } = options<AttentionConfig>(golden);
  const { nodes, feeds } = inputsOf(golden, { x: shape, ...(key ? { key } : {}), ...(value ? { value } : {}) });
  const [B, L] = shape;
  const S = (key ?? shape)[1];
  const random = (of: Shape, scale?: number): Float64Array => fill(`${golden.name}/mask`, of, scale);
  const masks: Readonly<Record<NonNullable<AttentionConfig["mask"]>, () => Node>> = {
    causal: () => graph.less(graph.iota([L, S], 0), graph.iota([L, S], 1)),
    added: () => constant(Float32Array.from(random([L, S], 4)), [L, S]),
    heads: () =>
      constant(
        Int32Array.from(random([B * heads, L, S]), (x, i) => Number(x > 0 && i % S > 0)),
        [B * heads, L, S],
      ),
  };
  const p = createParams();
  const { output, weights, headWeights } = nn.multiheadAttention(p, nodes.x, {
    key: nodes.key,
    value: nodes.value,
    heads,
    bias,
    keyPaddingMask: padding ? graph.sub(1, nn.lengthMask(constant(Int32Array.from(padding)), S)) : undefined,
    attnMask: mask ? masks[mask]() : undefined,
  });
  return once(golden, engine, p, { y: output, weights, headWeights }, nodes, feeds);
};

/** The mask, and what it makes of x. */
const masking =
  (call: (...given: Parameters<Layer>) => Node): Layer =>
  (p, x, golden) => {
    const mask = call(p, x, golden);
    return { mask, y: nn.attend(x, mask) };
  };

const elementAttention: Runner = async (golden, engine) => {
  const { shape, hidden, lengths } = options<{ shape: Shape; hidden: number; lengths: readonly number[] | null }>(golden);
  const { nodes, feeds } = inputsOf(golden, { x: shape });
  const mask = lengths ? nn.lengthMask(constant(Int32Array.from(lengths)), shape[1]) : undefined;
  const p = createParams();
  const weights = nn.elementAttention(p, nodes.x, { hidden, mask });
  // The softmax does not see the last bias, whose gradient is 0 but for roundings.
  const keep = (path: string): boolean => path !== "2.bias";
  return once(golden, engine, p, { mask: weights, y: nn.attend(nodes.x, weights) }, nodes, feeds, keep);
};

export const modules: Readonly<Record<string, Runner>> = {
  layerNorm: layer((p, x, golden) => nn.layerNorm(p, x, options(golden))),
  groupNorm: layer((p, x, golden) => nn.groupNorm(p, x, options(golden))),
  instanceNorm: layer((p, x, golden) => nn.instanceNorm(p, x, options(golden))),
  instanceNormTracked: steps((p, x, golden, training) =>
    nn.instanceNorm(p, x, { ...options<nn.InstanceNormOptions>(golden), trackRunningStats: true, training }),
  ),
  adaptiveInstanceNorm,
  spectralNorm,
  spectralNormShared,
  embedding,
  multiheadAttention,
  spatialAttention: layer(masking((p, x, golden) => nn.spatialAttention(p, x, options(golden)))),
  channelAttention: layer(masking((p, x, golden) => nn.channelAttention(p, x, options(golden)))),
  elementAttention,
  erf: simple((x) => graph.erf(graph.mul(x, 4))),
  gelu: simple((x, config) => graph.gelu(graph.mul(x, 8), config)),
  silu: simple((x) => graph.silu(graph.mul(x, 16))),
  elu: simple((x, config) => graph.elu(graph.mul(x, 8), config)),
  prelu: layer((p, x, golden) => nn.prelu(p, x, options(golden))),
  reflectionPad2d: simple((x, { padding }) => graph.reflectionPad2d(x, padding)),
  replicationPad2d: simple((x, { padding }) => graph.replicationPad2d(x, padding)),
  pixelShuffle: simple((x, { factor }) => graph.pixelShuffle(x, factor)),
  pixelUnshuffle: simple((x, { factor }) => graph.pixelUnshuffle(x, factor)),
  upsample: layer((_, x, golden) => graph.upsample(x, options(golden))),
  resizeAligned: layer((_, x, golden) => graph.resize(x, options<{ size: Pair }>(golden).size, { mode: "bilinear", alignCorners: true })),
};
