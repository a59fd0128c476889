/** Ours for each kind of golden case: a graph on an engine. */
import * as graph from "../../src/graph/index.ts";
import { grad, input, sizeOf, type Node, type Pair, type Shape, type Update } from "../../src/graph/index.ts";
import * as models from "../../src/models/index.ts";
import { createParams, createTraining, inference, nn, type Params } from "../../src/models/index.ts";
import { fill, fillState, numbers, type Case, type Engine, type Result } from "./golden.ts";

export type Runner = (golden: Case, engine: Engine) => Promise<Record<string, Result>>;
export type Outputs = Record<string, Node>;
export type Layer = (p: Params, x: Node, golden: Case) => Node | Outputs;

/** sum(outputs * dy) differentiated by x and by every trainable variable of p. */
export function withGradients({ name }: Case, outputs: Outputs, wrt: Outputs): Outputs {
  const parts = Object.entries(outputs).map(([key, y]) =>
    graph.sum(graph.mul(y, graph.constant(Float32Array.from(fill(`${name}/d${key}`, y.shape)), y.shape))),
  );
  const loss = parts.reduce((total, part) => graph.add(total, part));
  const gradients = grad(loss, Object.values(wrt));
  return { ...outputs, ...Object.fromEntries(Object.keys(wrt).map((key, i) => [`${key}.grad`, gradients[i]])) };
}

export const byPath = (variables: readonly models.Variable[]): Outputs =>
  Object.fromEntries(variables.map((node) => [node.attrs.path, node]));

/** One pass: outputs, gradient of x, gradients of the parameters (for which `keep` holds). */
export const layer =
  (build: Layer, keep?: (path: string) => boolean): Runner =>
  async (golden, engine) => {
    const p = createParams();
    const shape = golden.config.shape as Shape;
    const x = input("x", shape);
    const made = build(p, x, golden);
    const outputs = withGradients(golden, "op" in made ? { y: made as Node } : made, { x, ...byPath(p.trainable(keep)) });
    const run = await engine.program({ outputs });
    for (const { attrs } of p.all()) engine.write(attrs.path, fillState(golden.name, attrs.path, attrs.shape));
    return run({ x: fill(`${golden.name}/x`, shape) });
  };

export const options = <T>({ config }: Case): T => config as unknown as T;
/** Without the shape of the input, which is no option of a layer. */
export const layerOptions = <T>({ config: { shape: _, ...rest } }: Case): T => rest as unknown as T;
export const simple = (call: (x: Node, config: Readonly<Record<string, never>>) => Node): Runner =>
  layer((_, x, golden) => call(x, options(golden)));

type TrainedLayer = (p: Params, x: Node, golden: Case, training: models.Training) => Node;

/** Three steps of training: outputs, gradients and state after each; then the frozen layer. */
export const steps =
  (layerOf: TrainedLayer): Runner =>
  async (golden, engine) => {
    const shape = golden.config.shape as Shape;
    const build = (training: models.Training) => {
      const p = createParams();
      const x = input("x", shape);
      return { p, x, y: layerOf(p, x, golden, training) };
    };
    const training = createTraining();
    const found: Record<string, Result> = {};
    const trained = build(training);
    const variables = byPath(trained.p.all());
    for (let step = 0; step < 3; step++) {
      // The cotangent differs from step to step, so each step is a program of its own.
      const renamed = { [`y${step}`]: trained.y };
      const wrt = {
        [`x${step}`]: trained.x,
        ...Object.fromEntries(Object.entries(byPath(trained.p.trainable())).map(([key, node]) => [key + step, node])),
      };
      const run = await engine.program({ outputs: withGradients(golden, renamed, wrt), updates: training.updates });
      if (step === 0)
        for (const [path, node] of Object.entries(variables))
          if (node.dtype === "f32") engine.write(path, fillState(golden.name, path, node.shape));
      const feed = fill(`${golden.name}/x${step}`, shape).map((value) => value * (step + 1) + step);
      Object.assign(found, await run({ x: feed }));
      for (const [target] of training.updates) found[`${models.pathOf(target)}${step}`] = await engine.read(target);
    }
    const frozen = build(inference);
    const wrt = { x: frozen.x, ...byPath(frozen.p.trainable()) };
    const run = await engine.program({ outputs: withGradients(golden, { y: frozen.y }, wrt) });
    return { ...found, ...(await run({ x: fill(`${golden.name}/x`, shape) })) };
  };

const batchNormTwice: Runner = async (golden, engine) => {
  const shape = golden.config.shape as Shape;
  const training = createTraining();
  const p = createParams().shared();
  const apply = (key: string): Node => nn.batchNorm(p, input(key, shape), { training });
  const run = await engine.program({ outputs: { y: graph.add(apply("real"), graph.mul(apply("fake"), 2)) }, updates: training.updates });
  for (const { attrs } of p.all()) if (attrs.dtype === "f32") engine.write(attrs.path, fillState(golden.name, attrs.path, attrs.shape));
  const found = await run({ real: fill(`${golden.name}/real`, shape), fake: fill(`${golden.name}/fake`, shape) });
  for (const [target] of training.updates) found[models.pathOf(target)] = await engine.read(target);
  return found;
};

interface LstmConfig {
  readonly shape: Shape;
  readonly hidden: number;
  readonly lengths: readonly number[] | null;
  readonly initial: boolean;
  readonly layers: number;
  readonly bidirectional?: boolean;
  readonly bias?: boolean;
}

const lstm: Layer = (p, x, golden) => {
  const { lengths, initial, shape, ...rest } = options<LstmConfig>(golden);
  const count = rest.layers * (rest.bidirectional ? 2 : 1);
  const given = (key: string): Node[] => {
    const data = fill(`${golden.name}/${key}`, [count, shape[0], rest.hidden]);
    const size = data.length / count;
    return Array.from({ length: count }, (_, i) =>
      graph.constant(Float32Array.from(data.subarray(i * size, (i + 1) * size)), [shape[0], rest.hidden]),
    );
  };
  const [h, c] = [given("h"), given("c")];
  const mask = lengths ? nn.lengthMask(graph.constant(Int32Array.from(lengths)), shape[1]) : undefined;
  const { output, final } = nn.lstm(p, x, { ...rest, mask, initial: initial ? h.map((node, i) => ({ h: node, c: c[i] })) : undefined });
  return {
    y: output,
    h: graph.stack(
      final.map((state) => state.h),
      0,
    ),
    c: graph.stack(
      final.map((state) => state.c),
      0,
    ),
  };
};

export const layers: Readonly<Record<string, Runner>> = {
  linear: layer((p, x, golden) => nn.linear(p, x, layerOptions(golden))),
  conv2d: layer((p, x, golden) => nn.conv2d(p, x, layerOptions(golden))),
  convTranspose2d: layer((p, x, golden) => nn.convTranspose2d(p, x, layerOptions(golden))),
  maxPool2d: layer((_, x, golden) => graph.maxPool2d(x, options(golden))),
  avgPool2d: layer((_, x, golden) => graph.avgPool2d(x, options(golden))),
  globalAveragePool: simple((x) => graph.globalAveragePool(x)),
  resize: layer((_, x, golden) => {
    const { size, mode } = options<{ size: Pair; mode: "nearest" }>(golden);
    return graph.resize(x, size, { mode });
  }),
  softmax: simple((x, { axis }) => graph.softmax(graph.mul(x, 8), axis)),
  logSoftmax: simple((x, { axis }) => graph.logSoftmax(graph.mul(x, 8), axis)),
  logSumExp: simple((x, { axes }) => graph.logSumExp(graph.mul(x, 8), axes)),
  variance: simple((x, { axes, unbiased }) => graph.variance(x, axes, { unbiased })),
  norm: simple((x, { axes }) => graph.norm(x, axes)),
  leakyRelu: simple((x, { slope }) => graph.leakyRelu(x, slope)),
  relu6: simple((x) => graph.relu(graph.mul(x, 16), { max: 6 })),
  clamp: simple((x, { low, high }) => graph.clamp(x, low, high)),
  tanh: simple((x) => graph.tanh(graph.mul(x, 4))),
  sigmoid: simple((x) => graph.sigmoid(graph.mul(x, 16))),
  softplus: simple((x) => graph.softplus(graph.mul(x, 16))),
  batchNorm: steps((p, x, golden, training) => nn.batchNorm(p, x, { ...options<{ momentum: number }>(golden), training })),
  batchNormTwice,
  lstm: layer(lstm),
  lenet: layer((p, x, golden) => {
    const { local, global } = models.lenet(p, x, options(golden));
    return { local, y: global };
  }),
  mnistNet: layer((p, x, golden) => models.mnistNet(p, x, options(golden))),
  mlp: layer((p, x, golden) => models.mlp(p, x, options(golden))),
};

type Loss = (x: Node, target: Node, options: Readonly<Record<string, unknown>>) => Node;

/** The target comes as an input: its numbers are those of the script. */
const loss =
  (call: Loss, targetOf: "real" | "probability" | "label"): Runner =>
  async (golden, engine) => {
    const shape = golden.config.shape as Shape;
    const [rows, columns] = shape;
    const raw = fill(`${golden.name}/t`, shape);
    const labels = Array.from({ length: rows }, (_, i) => Math.trunc((raw[i * columns] + 1) * 1.5));
    const x = input("x", shape);
    const t = targetOf === "label" ? input("t", [rows], "i32") : input("t", shape);
    const outputs = withGradients(golden, { y: call(graph.mul(x, 8), t, golden.config) }, { x });
    const run = await engine.program({ outputs });
    const values = { real: raw, probability: raw.map((value) => (value + 1) / 2), label: labels }[targetOf];
    return run({ x: fill(`${golden.name}/x`, shape), t: values });
  };

const crossEntropyDense: Runner = async (golden, engine) => {
  const shape = golden.config.shape as Shape;
  const rest = [shape[0], ...shape.slice(2)];
  const x = input("x", shape);
  const outputs = withGradients(golden, { y: models.crossEntropy(graph.mul(x, 8), input("t", rest, "i32")) }, { x });
  const run = await engine.program({ outputs });
  return run({ x: fill(`${golden.name}/x`, shape), t: fill(`${golden.name}/t`, rest).map((value) => Math.trunc((value + 1) * 1.5)) });
};

export const losses: Readonly<Record<string, Runner>> = {
  bceWithLogits: loss(models.bceWithLogits, "probability"),
  crossEntropy: loss(models.crossEntropy, "label"),
  crossEntropyDense,
  mse: loss(models.mse, "real"),
  l1: loss(models.l1, "real"),
  smoothL1: loss(models.smoothL1, "real"),
  huber: loss(models.huber, "real"),
};

type Optimizer = (pairs: readonly models.GradientPair[], options: never) => Update[];

/** Ten steps of the script's regression. The rate is a variable where the case has a schedule. */
const optimizer =
  (make: Optimizer): Runner =>
  async (golden, engine) => {
    const { clip, decay, rates, ...config } = golden.config as { clip?: number; decay?: number; rates?: readonly number[]; lr: number };
    const p = createParams();
    const weights = [p.variable("weight", [3, 4]), p.variable("bias", [3])];
    const y = graph.tanh(graph.add(graph.matmul(input("x", [5, 4]), weights[0], { transposeB: true }), weights[1]));
    const value = models.mse(y, input("t", [5, 3]));
    const gradients = grad(value, weights);
    const clipped = clip === undefined ? null : models.clipByGlobalNorm(gradients, clip);
    const lr = rates ? models.rateVariable(config.lr) : config.lr;
    const updates = make(models.pairs(weights, clipped?.gradients ?? gradients), { ...config, lr } as never);
    const averages =
      decay === undefined
        ? []
        : models.ema(
            updates.filter(([target]) => weights.includes(target as models.Variable)),
            { decay, name: "average" },
          );
    const outputs = { loss: value, ...(clipped ? { norm: clipped.norm } : {}) };
    const run = await engine.program({ outputs, updates: [...updates, ...averages] });
    for (const { attrs } of weights) engine.write(attrs.path, fillState(golden.name, attrs.path, attrs.shape));
    const history = { losses: [] as number[], norms: [] as number[] };
    for (let step = 0; step < 10; step++) {
      if (rates) engine.write("optimizer/lr", [rates[step]]);
      const at = (key: string, shape: Shape) => fill(`${golden.name}/${key}${step}`, shape);
      const found = await run({ x: at("x", [5, 4]), t: at("t", [5, 3]) });
      history.losses.push(found.loss.data[0]);
      if (clipped) history.norms.push(found.norm.data[0]);
    }
    const found: Record<string, Result> = { losses: numbers(history.losses), ...(clipped ? { norms: numbers(history.norms) } : {}) };
    for (const node of weights) found[node.attrs.path] = await engine.read(node);
    for (const [target] of averages) if (sizeOf(target.shape) > 1) found[models.pathOf(target)] = await engine.read(target);
    return found;
  };

/** Twenty steps of two programs on one store, each with an Adam of its own: no option tells them apart. */
const twoAdams: Runner = async (golden, engine) => {
  type Network = "generator" | "critic";
  const config = golden.config as Readonly<Record<Network, { readonly lr: number; readonly betas: readonly [number, number] }>>;
  const step = async (trained: Network) => {
    const p = createParams();
    const layer = (network: Network, x: Node, out: number): Node => graph.tanh(nn.linear(p.shared().at(network), x, { out }));
    const score = (x: Node): Node => graph.mean(layer("critic", x, 2));
    const fake = score(layer("generator", input("z", [5, 4]), 3));
    const loss = trained === "critic" ? graph.sub(fake, score(input("x", [5, 3]))) : graph.neg(fake);
    const weights = p.at(trained).trainable();
    const updates = models.adam(models.pairs(weights, grad(loss, weights)), config[trained]);
    return { variables: p.all(), run: await engine.program({ outputs: { loss }, updates }) };
  };
  const programs = [await step("critic"), await step("generator")];
  const { variables } = programs[0];
  for (const { attrs } of variables) engine.write(attrs.path, fillState(golden.name, attrs.path, attrs.shape));
  const losses: number[] = [];
  for (let i = 0; i < 20; i++) {
    const [x, z] = [fill(`${golden.name}/x${i}`, [5, 3]), fill(`${golden.name}/z${i}`, [5, 4])];
    losses.push((await programs[i % 2].run(i % 2 === 0 ? { x, z } : { z })).loss.data[0]);
  }
  const found: Record<string, Result> = { losses: numbers(losses) };
  for (const node of variables) found[node.attrs.path] = await engine.read(node);
  return found;
};

export const optimizers: Readonly<Record<string, Runner>> = {
  sgd: optimizer(models.sgd),
  rmsprop: optimizer(models.rmsprop),
  adam: optimizer(models.adam),
  adamw: optimizer(models.adamw),
  twoAdams,
};
