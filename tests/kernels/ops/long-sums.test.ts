/**
 * Sums of many terms, on every path that adds: within the tolerance of docs/ops.md, whatever their number. Equal terms are the hardest, since
 * all roundings of a chain of additions have one sign; then rectified ones, and such as cancel.
 */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../../src/graph/index.ts";
import { compile, createStore } from "../../../src/kernels/index.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { generator } from "../../graph/values.ts";

const device = await openDevice();
test.after(() => device.close());

const KINDS = ["equal", "rectified", "alternating", "signed"] as const;
type Kind = (typeof KINDS)[number];

/** `count` numbers of a kind, as f32. */
function terms(kind: Kind, count: number, seed: number): Float32Array {
  const random = generator(seed);
  const value = 0.1 + random();
  const data = new Float32Array(count).fill(value);
  if (kind === "rectified") for (let i = 0; i < count; i++) data[i] = Math.max(0, random() - 0.3);
  if (kind === "signed") for (let i = 0; i < count; i++) data[i] = 2 * random() - 1;
  if (kind === "alternating") for (let i = 1; i < count; i += 2) data[i] = -value;
  return data;
}

interface Case {
  readonly y: g.Node;
  readonly inputs: Readonly<Record<string, g.Node>>;
  /** Integer inputs. */
  readonly indices?: Readonly<Record<string, Int32Array>>;
  /** A form of the kernel, for those that have several. */
  readonly form?: string;
}

const tensorOf = (data: ArrayLike<number>, { shape, dtype }: g.Node): g.Tensor => ({ shape, dtype, data: Float64Array.from(data) });

/** |device - f64| <= tolerance of the op * max(1, |f64|, sum of the summands' sizes). */
async function holds(what: string, { y, inputs, indices = {}, form }: Case, tolerance: number, kind: Kind, seed: number): Promise<void> {
  const keys = Object.keys(inputs);
  const feeds = Object.fromEntries(
    keys.map((key, i) => [key, indices[key] ?? terms(i === 0 ? kind : "equal", g.sizeOf(inputs[key].shape), seed + i)]),
  );
  const spec = { name: what, outputs: { y } };
  const [key] = prepare(spec, device).choices.keys();
  const program = await compile(device, { ...spec, variants: form ? { [key]: form } : {} });
  const found = (await program.call(feeds)).y;
  program.dispose();
  const values = new Map(keys.map((name) => [name, tensorOf(feeds[name], inputs[name])]));
  const [exact] = g.evaluate([y], values);
  const signs = keys.some((name) => !indices[name] && feeds[name].some((value) => value < 0));
  const absolute = new Map(
    [...values].map(([name, tensor]) => [name, indices[name] ? tensor : { ...tensor, data: tensor.data.map(Math.abs) }]),
  );
  const size = signs ? g.evaluate([y], absolute)[0] : exact;
  for (let i = 0; i < exact.data.length; i++) {
    const [value, allowed] = [exact.data[i], tolerance * Math.max(1, Math.abs(exact.data[i]), Math.abs(size.data[i]))];
    if (Math.abs(found[i] - value) <= allowed) continue;
    assert.unreachable(`${what}, ${kind}, seed ${seed}: element ${i} is ${found[i]} for ${value}, where ${allowed} are allowed`);
  }
}

const input = g.input;
const SUM = g.OPS.sum.tolerance;
const PRODUCT = g.OPS.matmul.tolerance;

test("the tolerances that are promised", () => {
  assert.equal([SUM, PRODUCT, g.OPS.conv2d.tolerance, g.OPS.scatterAdd.tolerance], [1e-6, 2e-6, 2e-6, 1e-6]);
});

/** Axes whose lengths suit loads of four, and such as do not. */
const long = fc.oneof(
  fc.integer({ min: 1000, max: 20000 }),
  fc.integer({ min: 250, max: 5000 }).map((n) => 4 * n),
  fc.integer({ min: 60, max: 1000 }).map((n) => 16 * n),
);

const layouts: Readonly<Record<string, (n: number) => readonly [g.Shape, readonly number[]]>> = {
  all: (n) => [[n], [0]],
  rows: (n) => [[5, n], [1]],
  "many rows": (n) => [[70, Math.ceil(n / 8)], [1]],
  columns: (n) => [[n, 7], [0]],
  "columns by fours": (n) => [[Math.ceil(n / 4), 64], [0]],
  "many columns": (n) => [[Math.ceil(n / 8), 130], [0]],
  middle: (n) => [[2, n, 9], [1]],
  "batch norm": (n) => [
    [16, 3, Math.ceil(n / 64), 13],
    [0, 2, 3],
  ],
  "two axes": (n) => [
    [n, 3, 11],
    [0, 2],
  ],
};

for (const [name, layout] of Object.entries(layouts))
  test(`sum, ${name}`, async () => {
    const property = fc.asyncProperty(long, fc.constantFrom(...KINDS), fc.nat(2 ** 30), async (n, kind, seed) => {
      const [shape, axes] = layout(n);
      const x = input("x", shape);
      await holds(`sum of [${shape}] over [${axes}]`, { y: g.sum(x, axes), inputs: { x } }, SUM, kind, seed);
    });
    await fc.assert(property, { numRuns: 4 });
  });

test("means and sums that lost their third digit", async () => {
  for (const shape of [
    [4501, 3001],
    [4501, 301],
  ]) {
    const x = input("x", shape);
    await holds(`mean of [${shape}]`, { y: g.mean(x), inputs: { x } }, SUM, "equal", 1);
  }
  const x = input("x", [30011, 64]);
  for (const kind of KINDS) await holds("30,011 rows", { y: g.sum(x, [0]), inputs: { x } }, SUM, kind, 1);
});

test("ten million terms", async () => {
  for (const shape of [[10_000_019], [2500, 4000]]) {
    const x = input("x", shape);
    for (const kind of ["equal", "signed"] as const) await holds(`sum of [${shape}]`, { y: g.sum(x), inputs: { x } }, SUM, kind, 2);
  }
});

test("sums keep infinities and NaN, and add integers exactly", async () => {
  const n = 5000;
  const x = g.variable("x", [n]);
  const places = g.constant(new Int32Array(n), [n], "i32");
  const store = createStore(device);
  const outputs = { sum: g.sum(x), scattered: g.scatterAdd(x, places, 0, 1), product: g.matmul(g.reshape(x, [1, n]), g.ones([n, 1])) };
  const program = await compile(device, { name: "ends", outputs, store });
  const at = async (value: number, other = 1): Promise<number[]> => {
    const data = new Float32Array(n).fill(1);
    data[77] = value;
    data[3333] = other;
    await store.write("x", data);
    return Object.values(await program.call()).map((values) => values[0]);
  };
  const [most, least] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  assert.equal(await at(most), [most, most, most]);
  assert.equal(await at(least), [least, least, least]);
  assert.equal(await at(most, least), [Number.NaN, Number.NaN, Number.NaN]);
  assert.equal(await at(Number.NaN), [Number.NaN, Number.NaN, Number.NaN]);
  const whole = 2 ** 24 - 1;
  assert.equal(await at(whole - (n - 2), 0), [whole, whole, whole]);
  program.dispose();
  const i = input("i", [n], "i32");
  const count = await compile(device, { name: "count", outputs: { count: g.sum(i) } });
  assert.is((await count.call({ i: new Int32Array(n).fill(2 ** 20) })).count[0], (n * 2 ** 20) | 0);
  count.dispose();
});

const LENGTHS = [255, 1024, 4096, 4097, 20000];

for (const form of ["32x8", "16x8", "tiled"])
  test(`matmul ${form}`, async () => {
    for (const K of LENGTHS)
      for (const kind of KINDS) {
        const [a, b] = [input("a", [33, K]), input("b", [K, 40])];
        await holds(`matmul over ${K}`, { y: g.matmul(a, b), inputs: { a, b }, form }, PRODUCT, kind, K);
      }
  });

test("matmul over a million, and over ten million", async () => {
  for (const [M, K, N] of [
    [3, 1_000_003, 5],
    [1, 10_000_000, 1],
  ]) {
    const [a, b] = [input("a", [M, K]), input("b", [N, K])];
    for (const kind of ["equal", "signed"] as const)
      await holds(`matmul over ${K}`, { y: g.matmul(a, b, { transposeB: true }), inputs: { a, b } }, PRODUCT, kind, 3);
  }
});

const convolution = (x: g.Shape, w: g.Shape, options: Parameters<typeof g.conv2d>[2] = {}) => {
  const [image, filter] = [input("x", x), input("w", w)];
  return { y: g.conv2d(image, filter, options), inputs: { x: image, w: filter } };
};

const convolutions: Readonly<Record<string, () => Case>> = {
  "3x3 of many channels": () => convolution([1, 700, 9, 9], [3, 700, 3, 3], { padding: 1 }),
  "1x1 of very many": () => convolution([1, 9000, 4, 4], [3, 9000, 1, 1]),
  "31x31 windows": () => convolution([2, 3, 40, 40], [4, 3, 31, 31], { padding: 4 }),
  "wide windows": () => convolution([1, 2, 3, 6000], [3, 2, 2, 5000]),
  "tall windows, strided": () => convolution([1, 2, 6000, 5], [3, 2, 5000, 2], { stride: 3 }),
  "3x3 strided, dilated": () => convolution([1, 500, 12, 12], [3, 500, 3, 3], { stride: 2, dilation: 2, padding: 1 }),
  groups: () => convolution([1, 800, 8, 8], [4, 400, 3, 3], { groups: 2, padding: 1 }),
  "depthwise 5x5": () => convolution([2, 8, 40, 40], [8, 1, 5, 5], { groups: 8 }),
  "depthwise 65x65": () => convolution([1, 3, 80, 80], [3, 1, 65, 65], { groups: 3 }),
};

const gradients: Readonly<Record<string, () => Case>> = Object.fromEntries(
  Object.entries({
    "3x3": { x: [16, 2, 60, 60], w: [3, 2, 3, 3], options: { padding: 1 } },
    "5x5 of one channel": { x: [64, 1, 28, 28], w: [6, 1, 5, 5], options: {} },
    "7x7 strided": { x: [8, 3, 90, 90], w: [4, 3, 7, 7], options: { stride: 2, padding: 3 } },
    "1x1 of a large map": { x: [2, 3, 300, 300], w: [4, 3, 1, 1], options: {} },
    "one long row": { x: [1, 1, 3, 200000], w: [2, 1, 2, 3], options: {} },
    depthwise: { x: [16, 4, 50, 50], w: [4, 1, 3, 3], options: { groups: 4, padding: 1 } },
  }).map(([name, { x, w, options }]) => [
    name,
    () => {
      const { y, inputs } = convolution(x, w, options);
      const [dw] = g.grad(g.sum(g.mul(y, input("dy", y.shape))), [inputs.w]);
      return { y: dw, inputs: { x: inputs.x, dy: input("dy", y.shape) } };
    },
  ]),
);

for (const [name, make] of Object.entries(convolutions))
  test(`conv2d: ${name}`, async () => {
    for (const kind of KINDS) await holds(name, make(), g.OPS.conv2d.tolerance, kind, 5);
  });

for (const [name, make] of Object.entries(gradients))
  test(`weight gradient: ${name}`, async () => {
    for (const kind of KINDS) await holds(name, make(), g.OPS.conv2dWeightGrad.tolerance, kind, 6);
  });

test("convolutions over ten million terms, and their gradients", async () => {
  const C = 1_111_112;
  const wide = convolution([1, C, 3, 4], [1, C, 3, 3]);
  const filled = convolution([1, 10, 1000, 1000], [1, 10, 1000, 1000]);
  const { y, inputs } = convolution([1, 1, 2501, 4001], [1, 1, 2, 2]);
  const dy = input("dy", y.shape);
  const [dw] = g.grad(g.sum(g.mul(y, dy)), [inputs.w]);
  const many = convolution([1, 1, 5, 5], [1_200_000, 1, 3, 3]);
  const back = input("dy", many.y.shape);
  const [dx] = g.grad(g.sum(g.mul(many.y, back)), [many.inputs.x]);
  for (const kind of ["equal", "signed"] as const) {
    await holds(`3x3 over ${C} channels`, wide, g.OPS.conv2d.tolerance, kind, 11);
    await holds("one window of 10 x 1000 x 1000", filled, g.OPS.conv2d.tolerance, kind, 12);
    await holds("weight gradient over 2500 x 4000 places", { y: dw, inputs: { x: inputs.x, dy } }, PRODUCT, kind, 13);
    await holds("input gradient of 1,200,000 filters", { y: dx, inputs: { w: many.inputs.w, dy: back } }, PRODUCT, kind, 14);
  }
});

test("input gradients of many channels and of large windows", async () => {
  for (const [x, w, options] of [
    [[1, 3, 9, 9], [700, 3, 3, 3], { padding: 1 }],
    [[1, 2, 40, 40], [4, 2, 31, 31], {}],
    [[1, 3, 16, 16], [600, 3, 4, 4], { stride: 2 }],
  ] as const) {
    const { y, inputs } = convolution(x, w, options);
    const dy = input("dy", y.shape);
    const [dx] = g.grad(g.sum(g.mul(y, dy)), [inputs.x]);
    for (const kind of KINDS) await holds(`input gradient of [${w}]`, { y: dx, inputs: { w: inputs.w, dy } }, PRODUCT, kind, 7);
  }
});

test("scatterAdd with many hits", async () => {
  for (const [J, inner, size] of [
    [100_000, 1, 3],
    [20_000, 3, 70],
    [1_000_000, 1, 1],
  ]) {
    const [x, index] = [input("x", [J, inner]), input("index", [J, inner], "i32")];
    const random = generator(J);
    const places = Int32Array.from({ length: J * inner }, () => Math.floor(random() * (size + 1)) - (random() < 0.01 ? 1 : 0));
    for (const kind of KINDS)
      await holds(
        `scatterAdd of ${J}`,
        { y: g.scatterAdd(x, index, 0, size), inputs: { x, index }, indices: { index: places } },
        SUM,
        kind,
        8,
      );
  }
});

test("overlapping windows: fold, unpooling, mean pooling", async () => {
  const windows = input("x", [1, 60 * 50, 11 * 21]);
  const folded = g.fold(windows, { kernelSize: [60, 50], outputSize: [70, 70] });
  for (const kind of KINDS) await holds("fold", { y: folded, inputs: { x: windows } }, g.OPS.fold.tolerance, kind, 9);
  const x = input("x", [1, 2, 130, 130]);
  for (const kind of KINDS)
    await holds("mean pooling", { y: g.avgPool2d(x, { kernelSize: 100, stride: 7 }), inputs: { x } }, SUM, kind, 10);
});

test.run();
