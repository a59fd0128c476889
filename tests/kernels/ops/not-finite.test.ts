/** How far NaN and infinities reach in every form of the heavy kernels: as far as PyTorch's, but for tiles of minimal filtering. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../../src/graph/index.ts";
import { compile, createStore, type Values } from "../../../src/kernels/index.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { floats, generator } from "../../graph/values.ts";

const device = await openDevice();
test.after(() => device.close());

const { NaN: NAN, POSITIVE_INFINITY: MOST, NEGATIVE_INFINITY: LEAST } = Number;

const numbers = (shape: g.Shape, seed: number): Float32Array => Float32Array.from(floats(shape, { low: -3, high: 3 }, "near", seed).data);

interface Computed {
  readonly actual: Values;
  readonly expected: Float64Array;
  readonly variants: readonly string[];
}

/** Values of variables may be anything; fed ones must be finite. */
async function compute(y: g.Node, values: Readonly<Record<string, Float32Array>>, form?: string): Promise<Computed> {
  const store = createStore(device);
  const spec = { name: "reach", outputs: { y } };
  const [key] = prepare(spec, device).choices.keys();
  const program = await compile(device, { ...spec, store, variants: form ? { [key]: form } : {} });
  for (const path of store.paths()) await store.write(path, values[path]);
  const actual = (await program.call()).y;
  const [{ data }] = g.evaluate([y], new Map(Object.entries(values).map(([path, data]) => [path, g.tensor([...data], [data.length])])));
  program.dispose();
  return { actual, expected: data, variants: program.prepared.kernels.map(({ variant }) => variant) };
}

const same = (actual: Values, expected: ArrayLike<number>, what: string, tolerance = 0): void =>
  Array.from(expected).forEach((value, i) => {
    const fits = Number.isFinite(value)
      ? Math.abs(actual[i] - value) <= tolerance * Math.max(1, Math.abs(value))
      : Object.is(actual[i], value);
    assert.ok(fits, `${what}, element ${i}: ${actual[i]} instead of ${value}`);
  });

const reductions: readonly (readonly [g.Shape, readonly number[]])[] = [
  [[5, 7], [1]],
  [[3, 1024], [1]],
  [[80, 512], [1]],
  [[80, 37], [1]],
  [[300, 64], [0]],
  [[37, 130], [0]],
  [[4, 50, 3], [1]],
  [
    [40, 3, 44],
    [0, 2],
  ],
  [[70000], [0]],
  [
    [64, 1024],
    [0, 1],
  ],
];

test("reduceMax and argmax keep NaN and infinities in every form", async () => {
  const met = new Set<string>();
  for (const [shape, axes] of reductions)
    for (const special of [NAN, MOST, LEAST]) {
      const x = g.variable("x", shape);
      const values = numbers(shape, 3);
      const random = generator(g.sizeOf(shape));
      for (let k = 0; k < 3; k++) values[Math.floor(random() * values.length)] = special;
      if (special === LEAST) values.fill(LEAST);
      const found = await compute(g.reduceMax(x, axes), { x: values });
      same(found.actual, found.expected, `reduceMax of [${shape}] with ${special}`);
      for (const variant of found.variants) met.add(variant.split(" ")[0]);
      if (axes.length === 1) {
        const index = await compute(g.argmax(x, axes[0]), { x: values });
        same(index.actual, index.expected, `argmax of [${shape}] with ${special}`);
      }
    }
  assert.equal([...met].sort(), ["columns1", "columns4", "thread", "workgroup64"]);
});

test("the least integer is the largest of a row of nothing else", async () => {
  const x = g.constant(new Int32Array(12).fill(-(2 ** 31)), [3, 4]);
  const i = g.add(x, g.input("zero", [3, 4], "i32"));
  const program = await compile(device, { name: "least", outputs: { most: g.reduceMax(i, [1]), at: g.argmax(i, 1) } });
  const { most, at } = await program.call({ zero: new Int32Array(12) });
  program.dispose();
  assert.equal([...most, ...at], [-(2 ** 31), -(2 ** 31), -(2 ** 31), 0, 0, 0]);
});

test("max pooling gives NaN for each window that holds one, and its gradient goes to the last", async () => {
  const met = new Set<string>();
  for (const [size, options] of [
    [[16, 16], { kernelSize: 2 }],
    [[16, 16], { kernelSize: 3, stride: 2, padding: 1 }],
    [[13, 11], { kernelSize: 3, stride: 1, padding: 1 }],
    [[13, 11], { kernelSize: [3, 2], stride: [2, 3], dilation: 2, padding: 1 }],
    [[40, 40], { kernelSize: 35, stride: 2, padding: 3 }],
  ] as const)
    for (const special of [NAN, LEAST, MOST]) {
      const shape = [2, 3, ...size];
      const x = g.variable("x", shape);
      const values = numbers(shape, 5);
      const random = generator(9);
      for (let k = 0; k < 8; k++) values[Math.floor(random() * values.length)] = special;
      if (special === LEAST) values.fill(LEAST);
      const y = g.maxPool2d(x, options);
      const pooled = await compute(y, { x: values });
      same(pooled.actual, pooled.expected, `max pooling ${JSON.stringify(options)} with ${special}`);
      for (const variant of pooled.variants) met.add(variant.split(" ")[0]);
      const [dx] = g.grad(g.sum(g.mul(y, g.variable("dy", y.shape))), [x]);
      const slope = await compute(dx, { x: values, dy: numbers(y.shape, 6) });
      same(slope.actual, slope.expected, `its gradient ${JSON.stringify(options)} with ${special}`, 1e-6);
    }
  assert.equal([...met].sort(), ["1x64", "strip"]);
});

test("one pixel reaches the pixels of a resized image that are interpolated from it", async () => {
  const shape = [1, 2, 9, 7];
  const x = g.variable("x", shape);
  for (const special of [NAN, MOST]) {
    const values = numbers(shape, 7);
    values[7 * 4 + 3] = special;
    for (const mode of ["nearest", "bilinear", "bicubic"] as const)
      for (const size of [
        [27, 14],
        [5, 4],
        [30, 31],
      ] as const) {
        const { actual, expected } = await compute(g.resize(x, size, { mode }), { x: values });
        assert.ok(expected.filter((value) => !Number.isFinite(value)).length <= expected.length / 6, "it reaches a neighbourhood");
        same(actual, expected, `${mode} to [${size}] with ${special}`, 2e-6);
      }
    for (const size of [
      [3, 7],
      [4, 3],
      [2, 2],
    ] as const) {
      const { actual, expected } = await compute(g.adaptiveAvgPool2d(x, size), { x: values });
      assert.ok(expected.filter((value) => !Number.isFinite(value)).length <= 4);
      same(actual, expected, `adaptive pooling to [${size}] with ${special}`, 2e-6);
    }
  }
});

/** Outputs within `reach` rows and columns of the pixels that a special value at (h, w) meets. */
async function spoiled(form: string, special: number, kernel: number): Promise<{ extra: number[]; missed: number[]; width: number }> {
  const [C, K, size, at] = [16, 16, 14, 6];
  const [x, w] = [g.variable("x", [1, C, size, size]), g.variable("w", [K, C, kernel, kernel])];
  const y = g.conv2d(x, w, { padding: (kernel - 1) / 2 });
  const values = { x: numbers(x.shape, 1), w: numbers(w.shape, 2).map((value) => value / 20) };
  values.x[(3 * size + at) * size + at] = special;
  const { actual, expected } = await compute(y, values, form);
  const plane = size * size;
  const [extra, missed]: [number[], number[]] = [[], []];
  expected.forEach((value, i) => {
    if (Number.isFinite(value) && !Number.isFinite(actual[i])) extra.push(i % plane);
    else if (!Number.isFinite(value) && Number.isFinite(actual[i])) missed.push(i % plane);
    else if (Number.isFinite(value) && Math.abs(value) < 1e30)
      assert.ok(Math.abs(value - actual[i]) < 1e-4, `${form}: ${actual[i]} for ${value}`);
  });
  return { extra, missed, width: size };
}

test("in a convolution it reaches the windows that hold it; in minimal filtering the tiles whose patch does", async () => {
  for (const kernel of [3, 5])
    for (const special of [NAN, MOST, 3e38]) {
      for (const form of ["direct", "unfolded"]) {
        const { extra, missed } = await spoiled(form, special, kernel);
        assert.equal([extra, missed], [[], []], `${form} ${kernel} x ${kernel} with ${special}`);
      }
      const { extra, missed, width } = await spoiled("filtered", special, kernel);
      assert.equal(missed, [], `filtered ${kernel} x ${kernel} with ${special}`);
      // Tiles of F(6 - kernel + 1, kernel) begin at 0; a tile's patch begins (kernel - 1) / 2 before it and has 6 rows and columns.
      const [tile, before] = [7 - kernel, (kernel - 1) / 2];
      const first = (pixel: number): number => Math.floor(pixel / tile) * tile - before;
      for (const pixel of extra) {
        const [h, w] = [Math.floor(pixel / width), pixel % width];
        assert.ok(
          [h, w].every((at) => first(at) <= 6 && 6 < first(at) + 6),
          `filtered ${kernel} x ${kernel} with ${special}: it reached (${h}, ${w})`,
        );
      }
    }
});

test("in a matrix product it reaches its row or column", async () => {
  for (const K of [5, 300, 5000])
    for (const special of [NAN, MOST, LEAST]) {
      const [a, b] = [g.variable("a", [9, K]), g.variable("b", [K, 11])];
      const values = { a: numbers(a.shape, 1), b: numbers(b.shape, 2) };
      values.a[2 * K + 3] = special;
      values.b[(K - 1) * 11 + 4] = special;
      const { actual, expected } = await compute(g.matmul(a, b), values);
      assert.is(expected.filter((value) => !Number.isFinite(value)).length, 19);
      same(actual, expected, `over ${K} with ${special}`, 1e-5 * Math.sqrt(K));
    }
});

test.run();
