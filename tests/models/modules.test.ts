/** What golden values do not show of normalisation, attention, embedding and pixel layers: keys, first values, state, and identities. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as graph from "../../src/graph/index.ts";
import { constant, evaluate, grad, initialValue, ones, sum, tensor, type Node, type Shape } from "../../src/graph/index.ts";
import { createParams, createTraining, inference, nn, stateDict, type Params } from "../../src/models/index.ts";
import { fill, fillState, referenceEngine } from "./golden.ts";

const images = ones([2, 3, 4, 4]);
const sequence = ones([2, 3, 8]);
const training = createTraining();
const spectral = nn.spectralNorm({ training });

/** A layer, and the keys and shapes of PyTorch's state_dict for it. */
const KEYS: Readonly<Record<string, readonly [build: (p: Params) => unknown, keys: Readonly<Record<string, Shape>>]>> = {
  layerNorm: [(p) => nn.layerNorm(p, images, { axes: 2 }), { weight: [4, 4], bias: [4, 4] }],
  "layerNorm without bias": [(p) => nn.layerNorm(p, images, { bias: false }), { weight: [4] }],
  groupNorm: [(p) => nn.groupNorm(p, images, { groups: 3 }), { weight: [3], bias: [3] }],
  instanceNorm: [(p) => nn.instanceNorm(p, images), {}],
  "instanceNorm tracked, affine": [
    (p) => nn.instanceNorm(p, images, { affine: true, trackRunningStats: true, training: inference }),
    { running_mean: [3], running_var: [3], num_batches_tracked: [], weight: [3], bias: [3] },
  ],
  embedding: [(p) => nn.embedding(p, constant([1, 2], [2], "i32"), { count: 5, out: 4 }), { weight: [5, 4] }],
  multiheadAttention: [
    (p) => nn.multiheadAttention(p, sequence, { heads: 2 }),
    { in_proj_weight: [24, 8], in_proj_bias: [24], "out_proj.weight": [8, 8], "out_proj.bias": [8] },
  ],
  "multiheadAttention of other widths": [
    (p) => nn.multiheadAttention(p, sequence, { heads: 2, key: ones([2, 4, 5]), value: ones([2, 4, 6]), bias: false }),
    { q_proj_weight: [8, 8], k_proj_weight: [8, 5], v_proj_weight: [8, 6], "out_proj.weight": [8, 8] },
  ],
  prelu: [(p) => nn.prelu(p, images), { weight: [1] }],
  "spectralNorm of linear": [
    (p) => nn.linear(p, ones([2, 4]), { out: 3, parametrization: spectral }),
    { weight_orig: [3, 4], weight_u: [3], weight_v: [4], bias: [3] },
  ],
  "spectralNorm of convTranspose2d": [
    (p) => nn.convTranspose2d(p, images, { out: 5, kernelSize: 2, parametrization: spectral }),
    { weight_orig: [3, 5, 2, 2], weight_u: [5], weight_v: [12], bias: [5] },
  ],
  spatialAttention: [(p) => nn.spatialAttention(p, images), { "conv.weight": [1, 2, 7, 7] }],
  channelAttention: [
    (p) => nn.channelAttention(p, images, { squeeze: 2 }),
    { "fc1.weight": [2, 3, 1, 1], "fc1.bias": [2], "fc2.weight": [3, 2, 1, 1], "fc2.bias": [3] },
  ],
  elementAttention: [
    (p) => nn.elementAttention(p, sequence, { hidden: 5 }),
    { "0.weight": [5, 8], "0.bias": [5], "2.weight": [1, 5], "2.bias": [1] },
  ],
};

for (const [name, [build, keys]] of Object.entries(KEYS))
  test(`${name}: keys and shapes are PyTorch's`, () => {
    const p = createParams();
    build(p);
    const sorted = (entries: readonly (readonly [string, Shape])[]) => entries.map(([key, shape]) => `${key} [${shape.join()}]`).sort();
    assert.equal(sorted(stateDict(p).map(({ key, shape }) => [key, shape] as const)), sorted(Object.entries(keys)));
  });

test("first values are PyTorch's", () => {
  const first = (build: (p: Params) => unknown, key: string): Float32Array => {
    const p = createParams();
    build(p);
    const { init, shape, path } = (p.all().find(({ attrs }) => attrs.path === key) as ReturnType<Params["variable"]>).attrs;
    return initialValue(init, shape, 1, path);
  };
  const all = (values: Float32Array, wanted: number): void => assert.ok(values.every((value) => value === wanted));
  all(
    first((p) => nn.layerNorm(p, images), "weight"),
    1,
  );
  all(
    first((p) => nn.prelu(p, images), "weight"),
    0.25,
  );
  const attention = (key: string): Float32Array => first((p) => nn.multiheadAttention(p, sequence, { heads: 2 }), key);
  all(attention("in_proj_bias"), 0);
  all(attention("out_proj.bias"), 0);
  const largest = (values: Float32Array): number => Math.max(...values.map(Math.abs));
  assert.ok(Math.abs(largest(attention("in_proj_weight")) - Math.sqrt(6 / 32)) < 0.03);
  assert.ok(Math.abs(largest(attention("out_proj.weight")) - 1 / Math.sqrt(8)) < 0.03);

  const table = first((p) => nn.embedding(p, constant([1], [1], "i32"), { count: 400, out: 5, paddingIdx: -2 }), "weight");
  all(table.slice(398 * 5, 399 * 5), 0);
  assert.is(table.filter((value) => value === 0).length, 5);
  const deviation = Math.sqrt(table.reduce((total, value) => total + value * value, 0) / table.length);
  assert.ok(Math.abs(deviation - 1) < 0.05);
  const direction = first((p) => nn.linear(p, ones([2, 4]), { out: 7, parametrization: spectral }), "weight_u");
  assert.ok(Math.abs(Math.hypot(...direction) - 1) < 1e-6);
});

test("spectral norm comes to a largest singular value of 1; inference leaves its vectors alone", async () => {
  const name = "spectral";
  const build = (pass: typeof training) => {
    const p = createParams();
    const y = nn.linear(p, constant([0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => Number(i === j)))), {
      out: 6,
      bias: false,
      parametrization: nn.spectralNorm({ training: pass }),
    });
    return { p, y };
  };
  const pass = createTraining();
  const { p, y } = build(pass);
  const engine = referenceEngine();
  for (const { attrs } of p.all()) engine.write(attrs.path, fillState(name, attrs.path, attrs.shape));
  const train = await engine.program({ outputs: { y }, updates: pass.updates });
  for (let step = 0; step < 200; step++) await train({});
  const frozen = await engine.program({ outputs: { y: build(inference).y } });
  const { data } = (await frozen({})).y; // W transposed, [4, 6]
  // The power method on W WT, from another direction.
  let v = [1, 2, 3, 4];
  for (let i = 0; i < 200; i++) {
    const u = Array.from({ length: 6 }, (_, k) => v.reduce((total, value, j) => total + value * data[j * 6 + k], 0));
    const next = v.map((_, j) => u.reduce((total, value, k) => total + value * data[j * 6 + k], 0));
    const size = Math.hypot(...next);
    v = next.map((value) => value / size);
    if (i === 199) assert.ok(Math.abs(Math.sqrt(size) - 1) < 1e-6, `the largest singular value is ${Math.sqrt(size)}`);
  }
  assert.equal(
    pass.updates.map(([target]) => (target.op === "variable" ? target.attrs.path : "")),
    ["weight_u", "weight_v"],
  );
  assert.is(inference.updates.length, 0);
});

test("dropout of attention weights: 0 or 1 / (1 - rate) of them in training, none in inference", () => {
  const x = constant(Float32Array.from(fill("dropout", [2, 5, 4])), [2, 5, 4]);
  const weightsOf = (options: Partial<nn.MultiheadAttentionOptions>): Float64Array => {
    const p = createParams();
    const { headWeights } = nn.multiheadAttention(p, x, { heads: 2, ...options });
    const state = new Map(p.all().map(({ attrs }) => [attrs.path, fillState("dropout", attrs.path, attrs.shape)]));
    return evaluate([headWeights], new Map([...state, ["random", Float64Array.of(0, 0)]]))[0].data;
  };
  const plain = weightsOf({});
  assert.equal(weightsOf({ dropout: 0.25, training: inference }), plain);
  const dropped = weightsOf({ dropout: 0.25, training: createTraining({ seed: 3 }) });
  const zeros = dropped.filter((value) => value === 0).length;
  assert.ok(zeros > 5 && zeros < 50, `${zeros} of ${dropped.length} are 0`);
  dropped.forEach((value, i) => void assert.ok(value === 0 || Math.abs(value - plain[i] / 0.75) < 1e-12));
});

test("an id outside the table gives zeros, and the padding row gets no gradient through any use", () => {
  const p = createParams();
  const y = nn.embedding(p, constant([3, -1, 4, 1], [4], "i32"), { count: 4, out: 2, paddingIdx: 1 });
  const [dw] = grad(sum(y), p.trainable());
  const found = evaluate([y, dw], new Map([["weight", tensor([1, 2, 3, 4, 5, 6, 7, 8], [4, 2])]]));
  assert.equal([...found[0].data], [7, 8, 0, 0, 0, 0, 3, 4]);
  assert.equal([...found[1].data], [0, 0, 0, 0, 0, 0, 1, 1]);
});

const valueOf = (node: Node): number[] => [...evaluate([node])[0].data];
const counted = (shape: Shape): Node => graph.reshape(graph.iota([graph.sizeOf(shape)], 0, "f32"), shape);

test("paddings read the pixels that their rule says", () => {
  const sides = fc.tuple(fc.nat(3), fc.nat(3), fc.nat(3), fc.nat(3));
  fc.assert(
    fc.property(sides, fc.integer({ min: 4, max: 6 }), fc.integer({ min: 4, max: 6 }), ([top, bottom, left, right], H, W) => {
      const mirrored = (at: number, extent: number): number => (at < 0 ? -at : at >= extent ? 2 * extent - 2 - at : at);
      const nearest = (at: number, extent: number): number => Math.min(Math.max(at, 0), extent - 1);
      const x = counted([1, 1, H, W]);
      for (const [pad, rule] of [
        [graph.reflectionPad2d, mirrored],
        [graph.replicationPad2d, nearest],
      ] as const) {
        const rows = Array.from({ length: H + top + bottom }, (_, i) => rule(i - top, H));
        const columns = Array.from({ length: W + left + right }, (_, j) => rule(j - left, W));
        const wanted = rows.flatMap((i) => columns.map((j) => i * W + j));
        assert.equal(valueOf(pad(x, [top, bottom, left, right])), wanted);
      }
    }),
  );
});

test("pixelUnshuffle undoes pixelShuffle; nearest upsampling repeats", () => {
  const x = counted([2, 9, 2, 3]);
  assert.equal(valueOf(graph.pixelUnshuffle(graph.pixelShuffle(x, 3), 3)), valueOf(x));
  assert.equal(valueOf(graph.upsample(counted([1, 1, 1, 2]), { scaleFactor: 2 })), [0, 0, 1, 1, 0, 0, 1, 1]);
});

test.run();
