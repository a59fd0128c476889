/** Settings outside their range, labels outside their classes and wrong dtypes are errors that name the function and say what it takes. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as graph from "../../src/graph/index.ts";
import { constant, GraphError, input, ones, reshape, scope, variable, zeros } from "../../src/graph/index.ts";
import * as models from "../../src/models/index.ts";
import {
  bceWithLogits,
  createParams,
  createTraining,
  crossEntropy,
  huber,
  l1,
  mse,
  nn,
  schedules,
  smoothL1,
} from "../../src/models/index.ts";

const x = ones([2, 3]);
const integers = zeros([2, 3], "i32");
const labels = input("labels", [2], "i32");
const images = ones([2, 1, 2, 2]);
const style = ones([2, 1]);
const sequence = ones([2, 3, 4]);
const spectral = (options: Partial<nn.SpectralNormOptions>) =>
  nn.linear(createParams(), x, { out: 2, parametrization: nn.spectralNorm({ training: createTraining(), ...options }) });
const pairs: readonly models.GradientPair[] = [[variable("w", [2]), ones([2])]];
const lr = 0.1;

/** One call per setting, by the function and the setting that its error has to name; every value in the list is refused. */
const RANGES: readonly (readonly [name: string, values: readonly number[], make: (value: number) => unknown])[] = [
  ["huber.delta", [0, -1, Infinity], (delta) => models.huber(x, x, { delta })],
  ["smoothL1.beta", [-1, Infinity], (beta) => models.smoothL1(x, x, { beta })],
  ["bceWithLogits.posWeight", [-1], (posWeight) => models.bceWithLogits(x, x, { posWeight })],
  ["bceWithLogits.weight", [-1], (weight) => models.bceWithLogits(x, x, { weight })],
  ["crossEntropy.labelSmoothing", [-0.1, 1.1], (labelSmoothing) => crossEntropy(x, labels, { labelSmoothing })],
  ["crossEntropy.ignoreIndex", [0.5], (ignoreIndex) => crossEntropy(x, labels, { ignoreIndex })],
  ["crossEntropy.weight", [Infinity], (value) => crossEntropy(x, labels, { weight: constant([1, value, 1]) })],
  ["batchNorm.momentum", [-0.1, 1.1], (momentum) => nn.batchNorm(createParams(), x, { training: createTraining(), momentum })],
  ["batchNorm.eps", [-1e-5, Infinity], (eps) => nn.batchNorm(createParams(), x, { training: createTraining(), eps })],
  ["dropout.rate", [-0.1, 1.1], (rate) => nn.dropout(createParams(), x, { training: createTraining(), rate })],
  ["layerNorm.axes", [0, 1.5], (axes) => nn.layerNorm(createParams(), x, { axes })],
  ["layerNorm.eps", [-1], (eps) => nn.layerNorm(createParams(), x, { eps })],
  ["groupNorm.groups", [0, 1.5], (groups) => nn.groupNorm(createParams(), x, { groups })],
  ["groupNorm.eps", [-1], (eps) => nn.groupNorm(createParams(), x, { groups: 3, eps })],
  ["instanceNorm.eps", [-1, Infinity], (eps) => nn.instanceNorm(createParams(), images, { eps })],
  ["instanceNorm.momentum", [-0.1, 1.1], (momentum) => nn.instanceNorm(createParams(), images, { momentum })],
  ["adaptiveInstanceNorm.eps", [-1], (eps) => nn.adaptiveInstanceNorm(createParams(), images, { scale: style, shift: style, eps })],
  ["embedding.count", [0, 2.5], (count) => nn.embedding(createParams(), integers, { count, out: 2 })],
  ["embedding.out", [0], (out) => nn.embedding(createParams(), integers, { count: 4, out })],
  ["embedding.paddingIdx", [4, -5, 0.5], (paddingIdx) => nn.embedding(createParams(), integers, { count: 4, out: 2, paddingIdx })],
  ["multiheadAttention.heads", [0, 1.5], (heads) => nn.multiheadAttention(createParams(), sequence, { heads })],
  [
    "multiheadAttention.dropout",
    [-0.1, 1.1],
    (dropout) => nn.multiheadAttention(createParams(), sequence, { heads: 2, dropout, training: createTraining() }),
  ],
  ["spectralNorm.iterations", [0, 1.5], (iterations) => spectral({ iterations })],
  ["spectralNorm.eps", [0, -1], (eps) => spectral({ eps })],
  ["prelu.parameters", [0, 2], (parameters) => nn.prelu(createParams(), x, { parameters })],
  ["prelu.init", [Infinity], (init) => nn.prelu(createParams(), x, { init })],
  ["spatialAttention.kernelSize", [0, 2, 1.5], (kernelSize) => nn.spatialAttention(createParams(), images, { kernelSize })],
  ["channelAttention.squeeze", [0, 1.5], (squeeze) => nn.channelAttention(createParams(), images, { squeeze })],
  ["elementAttention.hidden", [0], (hidden) => nn.elementAttention(createParams(), sequence, { hidden })],
  ["elu.alpha", [Infinity], (alpha) => graph.elu(x, { alpha })],
  ["pixelShuffle.factor", [0, 1.5], (factor) => graph.pixelShuffle(images, factor)],
  ["pixelUnshuffle.factor", [0, 1.5], (factor) => graph.pixelUnshuffle(images, factor)],
  ["upsample.scaleFactor", [0, 1.5], (scaleFactor) => graph.upsample(images, { scaleFactor })],
  ["reflectionPad2d.padding", [-1, 0.5, 2], (padding) => graph.reflectionPad2d(images, padding)],
  ["replicationPad2d.padding", [-1, 0.5], (padding) => graph.replicationPad2d(images, padding)],
  ["sgd.lr", [-1, Infinity], (value) => models.sgd(pairs, { lr: value })],
  ["sgd.momentum", [-0.1], (momentum) => models.sgd(pairs, { lr, momentum })],
  ["sgd.weightDecay", [-0.1], (weightDecay) => models.sgd(pairs, { lr, weightDecay })],
  ["rmsprop.lr", [-1], (value) => models.rmsprop(pairs, { lr: value })],
  ["rmsprop.alpha", [-0.1, 1.1], (alpha) => models.rmsprop(pairs, { lr, alpha })],
  ["rmsprop.eps", [-1], (eps) => models.rmsprop(pairs, { lr, eps })],
  ["rmsprop.momentum", [-1], (momentum) => models.rmsprop(pairs, { lr, momentum })],
  ["adam.lr", [-1], (value) => models.adam(pairs, { lr: value })],
  ["adam.betas[0]", [-0.1, 1], (beta) => models.adam(pairs, { lr, betas: [beta, 0.9] })],
  ["adam.betas[1]", [-0.1, 1], (beta) => models.adam(pairs, { lr, betas: [0.9, beta] })],
  ["adam.eps", [-1], (eps) => models.adam(pairs, { lr, eps })],
  ["adamw.weightDecay", [-1], (weightDecay) => models.adamw(pairs, { lr, weightDecay })],
  ["ema.decay", [-0.1, 1.1], (decay) => models.ema(models.sgd(pairs, { lr }), { decay })],
  ["clipByGlobalNorm.maxNorm", [-1, Infinity], (maxNorm) => models.clipByGlobalNorm([x], maxNorm)],
  ["accumulate.weight", [0, -1], (weight) => models.accumulate(pairs, { weight })],
  ["rateVariable.lr", [-1], (value) => models.rateVariable(value)],
  ["schedules.constant.lr", [-1], (value) => schedules.constant({ lr: value })],
  ["schedules.step.size", [0, 1.5], (size) => schedules.step({ lr, size })],
  ["schedules.multiStep.gamma", [-1], (gamma) => schedules.multiStep({ lr, milestones: [1], gamma })],
  ["schedules.multiStep.milestones[1]", [-1], (at) => schedules.multiStep({ lr, milestones: [1, at] })],
  ["schedules.exponential.gamma", [-1], (gamma) => schedules.exponential({ lr, gamma })],
  ["schedules.linear.steps", [0], (steps) => schedules.linear({ lr, steps })],
  ["schedules.cosine.steps", [0], (steps) => schedules.cosine({ lr, steps })],
  ["schedules.warmUp.from", [-1], (from) => schedules.warmUp(schedules.constant({ lr }), { steps: 3, from })],
  ["schedules.oneCycle.warmUp", [-0.1, 1.1], (warmUp) => schedules.oneCycle({ lr, steps: 4, warmUp })],
  ["schedules.oneCycle.start", [0], (start) => schedules.oneCycle({ lr, steps: 4, start })],
  ["wganGpCriticLoss.weight", [-1], (weight) => critic(weight)],
];

const score = (node: graph.Node): graph.Node => graph.sum(node, [1, 2, 3]);
const critic = (weight: number) => models.wganGpCriticLoss(score, { real: images, fake: images, mix: ones([2, 1, 1, 1]), weight });

const refused = (build: () => unknown, parts: readonly string[]): void => {
  assert.throws(
    build,
    (error: unknown) => error instanceof GraphError && !error.message.includes("\n") && parts.every((part) => error.message.includes(part)),
    parts.join(", "),
  );
};

for (const [name, values, make] of RANGES)
  test(`${name} outside its range, and NaN`, () => {
    const at = name.lastIndexOf(".");
    for (const value of [...values, Number.NaN]) refused(() => make(value), [name.slice(0, at), name.slice(at + 1), String(value)]);
  });

test("a program in JavaScript is told which option does not exist, and which is missing", () => {
  const wrong = (options: object) => options as nn.ConvTransposeOptions;
  const at = createParams().at("stem");
  for (const [make, message] of [
    [
      () => nn.conv2d(at.at("a"), images, wrong({ out: 4, kernel: 3 })),
      /^conv2d at stem\.a: no option kernel; there are out, .*kernelSize, /,
    ],
    [
      () => nn.conv2d(at.at("b"), images, wrong({ out: 4 })),
      /^conv2d at stem\.b: kernelSize must be one or two whole numbers from 1, got undefined$/,
    ],
    [() => nn.conv2d(at.at("c"), images, wrong({ out: 4, kernelSize: "3" })), /stem\.c: kernelSize must be .* got "3"$/],
    [() => nn.conv2d(at.at("d"), images, wrong({ out: 4, kernelSize: [3, 3, 3] })), /stem\.d: kernelSize must be .* got \[3,3,3\]$/],
    [() => nn.conv2d(at.at("e"), images, wrong({ kernelSize: 3 })), /stem\.e: out must be a whole number from 1, got undefined$/],
    [() => nn.convTranspose2d(at.at("f"), images, wrong({ out: 4, kernelSize: 3, size: 2 })), /no option size; .* outputPadding$/],
    [() => nn.linear(at.at("g"), x, wrong({ features: 4 })), /^linear at stem\.g: no option features; there are out, /],
    [() => nn.linear(at.at("h"), x, undefined as never), /^linear at stem\.h: out must be a whole number from 1, got undefined$/],
    [() => graph.maxPool2d(images, { kernel: 2 } as never), /expected one or two numbers for kernelSize, got undefined$/],
  ] as const)
    assert.throws(make, (error: unknown) => error instanceof GraphError && message.test(error.message), String(message));
});

test("settings that do not go together", () => {
  refused(() => models.sgd(pairs, { lr, nesterov: true }), ["sgd", "nesterov", "momentum"]);
  refused(() => models.sgd(pairs, { lr: ones([2]) }), ["sgd", "lr", "f32 [2]"]);
  refused(() => models.pairs([variable("a.w", [2])], [ones([3])]), ["pairs", "a.w", "[2]", "[3]"]);
  refused(() => models.mse(x, x, { reduction: "average" as "mean" }), ["mse", "reduction", "average"]);
  refused(() => crossEntropy(x, labels, { reduction: "average" as "mean" }), ["crossEntropy", "reduction", "average"]);
  refused(() => crossEntropy(x, x, { ignoreIndex: 3 }), ["crossEntropy", "ignoreIndex", "probabilities"]);
});

test("layers whose inputs and settings do not go together", () => {
  const at = (): models.Params => createParams().at("block");
  const attend = (options: Partial<nn.MultiheadAttentionOptions>) => nn.multiheadAttention(at(), sequence, { heads: 2, ...options });
  const calls: readonly (readonly [name: string, message: string, call: () => unknown])[] = [
    ["layerNorm", "expected f32 3 axes or more, got f32 [2, 3]", () => nn.layerNorm(at(), x, { axes: 3 })],
    ["layerNorm", "got i32 [2, 3]", () => nn.layerNorm(at(), integers)],
    ["groupNorm", "3 channels do not divide into 2 groups", () => nn.groupNorm(at(), x, { groups: 2 })],
    ["instanceNorm", "at least three axes, got f32 [2, 3]", () => nn.instanceNorm(at(), x)],
    ["instanceNorm", "more than one value per channel and example, got [2, 3, 1]", () => nn.instanceNorm(at(), ones([2, 3, 1]))],
    ["instanceNorm", "trackRunningStats needs the pass", () => nn.instanceNorm(at(), images, { trackRunningStats: true })],
    [
      "adaptiveInstanceNorm",
      "expected f32 [2, 1] for shift, got f32 [1]",
      () => nn.adaptiveInstanceNorm(at(), images, { scale: style, shift: ones([1]) }),
    ],
    ["embedding", "expected i32 ids, got f32 [2, 3]", () => nn.embedding(at(), x, { count: 4, out: 2 })],
    ["multiheadAttention", "4 features do not divide into 3 heads", () => attend({ heads: 3 })],
    ["multiheadAttention", "for query, got f32 [2, 3]", () => nn.multiheadAttention(at(), x, { heads: 1 })],
    ["multiheadAttention", "for key, got f32 [1, 3, 4]", () => attend({ key: ones([1, 3, 4]) })],
    ["multiheadAttention", "a value for each of 3 keys, got f32 [2, 2, 4]", () => attend({ value: ones([2, 2, 4]) })],
    ["multiheadAttention", "expected i32 [2, 3] for keyPaddingMask, got f32 [2, 3]", () => attend({ keyPaddingMask: x })],
    ["multiheadAttention", "expected [3, 3] or [4, 3, 3] for attnMask, got f32 [2, 3, 3]", () => attend({ attnMask: ones([2, 3, 3]) })],
    ["multiheadAttention", "dropout needs the pass", () => attend({ dropout: 0.5 })],
    ["spatialAttention", "expected [N, C, H, W], got f32 [2, 3]", () => nn.spatialAttention(at(), x)],
    ["channelAttention", "expected [N, C, H, W], got f32 [2, 3]", () => nn.channelAttention(at(), x)],
    ["elementAttention", "expected [B, L, F], got f32 [2, 3]", () => nn.elementAttention(at(), x, { hidden: 2 })],
    ["elementAttention", "a mask of i32 [2, 3], got f32 [2, 3]", () => nn.elementAttention(at(), sequence, { hidden: 2, mask: x })],
  ];
  for (const [name, message, call] of calls) refused(call, [`${name} at block: `, message]);
  refused(() => graph.gelu(x, { approximate: "sigmoid" as "tanh" }), ["gelu", "approximate", "sigmoid"]);
  refused(() => graph.pixelShuffle(images, 2), ["pixelShuffle", "1 channels", "2 x 2"]);
  refused(() => graph.pixelUnshuffle(images, 3), ["pixelUnshuffle", "[2, 2]", "3 x 3"]);
  refused(() => graph.upsample(images, { scaleFactor: 2, alignCorners: true }), ["resize", "alignCorners", "nearest"]);
});

test("constant labels outside the classes, but for the ignored one", () => {
  for (const wrong of [3, -1, -100]) {
    const known = reshape(constant([[0, wrong]], [1, 2], "i32"), [2]);
    refused(() => crossEntropy(x, known, { ignoreIndex: 7 }), ["crossEntropy", `label ${wrong}`, "0..2"]);
    assert.equal(crossEntropy(x, known, { ignoreIndex: wrong }).shape, []);
  }
  assert.equal(crossEntropy(x, constant([2, -100], [2], "i32")).shape, []);
});

test("shapes and dtypes of losses", () => {
  for (const target of [integers, ones([3]), ones([2, 1])])
    for (const [name, loss] of Object.entries({ mse, l1, huber, smoothL1, bceWithLogits }))
      refused(() => loss(x, target), [name, "f32 [2, 3]", target.dtype, `[${target.shape.join(", ")}]`]);
  for (const target of [integers, ones([2]), zeros([3], "i32")])
    refused(() => crossEntropy(x, target), ["crossEntropy", "i32 [2]", "f32 [2, 3]", `got ${target.dtype}`]);
  refused(() => crossEntropy(integers, labels), ["crossEntropy", "f32 [N, C, ...]", "i32"]);
  refused(() => crossEntropy(x, labels, { weight: ones([2]) }), ["crossEntropy", "weight of f32 [3]", "f32 [2]"]);
  for (const name of ["weight", "posWeight"])
    refused(() => models.bceWithLogits(x, x, { [name]: ones([4, 2, 3]) }), ["bceWithLogits", name, "[4, 2, 3]"]);
});

test("what takes f32 says so of integers, by its own name and path", () => {
  const image = zeros([1, 2, 4, 4], "i32");
  const weights = ones([2, 2, 3, 3]);
  const calls: Readonly<Record<string, () => unknown>> = {
    mean: () => graph.mean(integers),
    variance: () => graph.variance(integers),
    moments: () => graph.moments(integers),
    norm: () => graph.norm(integers),
    softmax: () => graph.softmax(integers, 1),
    logSoftmax: () => graph.logSoftmax(integers, 1),
    logSumExp: () => graph.logSumExp(integers),
    globalAveragePool: () => graph.globalAveragePool(image),
    avgPool2d: () => graph.avgPool2d(image, { kernelSize: 2 }),
    maxPool2d: () => graph.maxPool2d(image, { kernelSize: 2 }),
    conv2d: () => graph.conv2d(image, weights),
    convTranspose2d: () => graph.convTranspose2d(image, weights),
    unfold: () => graph.unfold(image, { kernelSize: 2 }),
    gelu: () => graph.gelu(integers),
    silu: () => graph.silu(integers),
    elu: () => graph.elu(integers),
    matmul: () => graph.matmul(integers, integers, { transposeB: true }),
  };
  for (const [name, call] of Object.entries(calls)) refused(() => scope("a.b", call), [`${name} at a.b: `, "f32", "i32"]);
});

test("windows that PyTorch refuses are refused in the words of the function that was called", () => {
  const image = ones([1, 2, 5, 5]);
  const up = (options: graph.ConvTransposeOptions, weights = ones([2, 2, 3, 3])) => graph.convTranspose2d(image, weights, options);
  const calls: readonly (readonly [name: string, message: string, call: () => unknown])[] = [
    [
      "convTranspose2d",
      "outputPadding must be below stride or dilation, got [2, 2]",
      () => up({ outputPadding: 2, stride: 2, dilation: 1 }),
    ],
    ["convTranspose2d", "outputPadding must be below stride or dilation, got [1, 0]", () => up({ outputPadding: [1, 0] })],
    ["convTranspose2d", "outputPadding must be integers of at least 0, got [-1, -1]", () => up({ outputPadding: -1 })],
    ["convTranspose2d", "the output would have [-1, -1] pixels", () => up({ padding: 4 })],
    ["convTranspose2d", "stride must be integers of at least 1, got [0, 0]", () => up({ stride: 0 })],
    ["convTranspose2d", "dilation must be integers of at least 1, got [1.5, 1.5]", () => up({ dilation: 1.5 })],
    ["convTranspose2d", "padding must be integers of at least 0, got [-1, -1]", () => up({ padding: -1 })],
    ["convTranspose2d", "expected 3 input channels, got 2", () => up({}, ones([3, 2, 3, 3]))],
    ["convTranspose2d", "2 input channels do not divide into 3 groups", () => up({ groups: 3 })],
    ["convTranspose2d", "expected a positive number of groups, got 0", () => up({ groups: 0 })],
    ["conv2d", "expected one or two numbers for stride, got [1, 2, 3]", () => graph.conv2d(image, image, { stride: [1, 2, 3] as never })],
    ["conv2d", "does not fit into [5, 5]", () => graph.conv2d(image, ones([2, 2, 6, 3]))],
    ["maxPool2d", "does not fit into [5, 5] with padding [0, 0, 0, 0]", () => graph.maxPool2d(image, { kernelSize: 6 })],
    ["maxPool2d", "dilation must be integers of at least 1", () => graph.maxPool2d(image, { kernelSize: 2, dilation: 0 })],
    ["avgPool2d", "does not fit into [5, 5]", () => graph.avgPool2d(image, { kernelSize: [3, 6] })],
    ["avgPool2d", "kernelSize must be integers of at least 1, got [0, 2]", () => graph.avgPool2d(image, { kernelSize: [0, 2] })],
    ["avgPool2d", "padding must be integers of at least 0", () => graph.avgPool2d(image, { kernelSize: 2, padding: 0.5 })],
    ["unfold", "stride must be integers of at least 1", () => graph.unfold(image, { kernelSize: 2, stride: 0 })],
  ];
  for (const [name, message, call] of calls) refused(() => scope("up1", call), [`${name} at up1: `, message]);
});

test.run();
