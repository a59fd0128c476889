/** Convolutions that the compiler turns into products: minimal filtering, unfolded windows and 1 x 1, against the f64 reference. */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../src/graph/index.ts";
import { winogradMatrices } from "../../src/graph/ops/winograd.ts";
import { compile } from "../../src/kernels/index.ts";
import { floats } from "../graph/values.ts";

const SEED = Number(process.env.INTARSIA_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.INTARSIA_RUNS ?? 4);
/** Relative to the largest sum of the summands' sizes: a tile shares its rounding errors. */
const TOLERANCE = 5e-7;

test("the matrices give the sliding product exactly", () => {
  for (const [outputs, taps] of [
    [2, 3],
    [4, 3],
    [2, 5],
    [3, 4],
    [5, 2],
  ]) {
    const { AT, G, BT } = winogradMatrices(outputs, taps);
    const d = Array.from({ length: outputs + taps - 1 }, (_, i) => Math.sin(i + 1));
    const f = Array.from({ length: taps }, (_, i) => Math.cos(3 * i));
    const times = (M: readonly (readonly number[])[], x: readonly number[]): number[] =>
      M.map((row) => row.reduce((sum, factor, k) => sum + factor * x[k], 0));
    const [left, right] = [times(G, f), times(BT, d)];
    const y = times(
      AT,
      left.map((value, i) => value * right[i]),
    );
    y.forEach((value, i) => {
      const expected = f.reduce((sum, tap, k) => sum + tap * d[i + k], 0);
      assert.ok(Math.abs(value - expected) < 1e-12, `F(${outputs}, ${taps}) at ${i}: ${value} for ${expected}`);
    });
  }
});

const geometry = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    channels: fc.integer({ min: 16, max: 24 }),
    filters: fc.constantFrom(20, 33, 48, 50),
    kernel: fc.constantFrom<g.Pair>([1, 1], [3, 3], [3, 3], [5, 5], [4, 4], [2, 3]),
    padding: fc.constantFrom<g.Padding>([0, 0, 0, 0], [1, 1, 1, 1], [2, 2, 2, 2], [1, 0, 2, 1], [3, 3, 3, 3]),
    steps: fc.constantFrom(
      {},
      {},
      { stride: 2 },
      { stride: [3, 1] as g.Pair },
      { dilation: 2 },
      { stride: [2, 3] as g.Pair, dilation: [2, 2] as g.Pair },
    ),
    size: fc.tuple(fc.integer({ min: 12, max: 15 }), fc.integer({ min: 12, max: 15 })),
    isWhole: fc.boolean(),
    seed: fc.nat(2 ** 30),
  })
  .map(({ isWhole, size, ...rest }) => {
    const fits = isWhole && rest.padding.every((side) => side === 0) && Object.keys(rest.steps).length === 0;
    return { ...rest, size: fits ? rest.kernel : size };
  });

test("values of the trio, with epilogues", async () => {
  const device = await openDevice();
  const met = new Map<string, number>();
  const property = fc.asyncProperty(geometry, async ({ batch, channels, filters, kernel, padding, steps, size, seed }) => {
    const x = g.input("x", [batch, channels, ...size]);
    const w = g.input("w", [filters, channels, ...kernel]);
    const y = g.conv2d(x, w, { ...steps, padding });
    const dy = g.input("dy", y.shape);
    const outputs = {
      y,
      activated: g.relu(
        g.add(g.conv2d(x, w, { ...steps, padding }), g.reshape(g.slice(w, [0, 0, 0, 0], [filters, 1, 1, 1]), [filters, 1, 1])),
      ),
      dx: g.conv2dInputGrad(dy, w, { ...steps, padding, inputSize: size }),
      dw: g.conv2dWeightGrad(x, dy, { ...steps, padding, kernelSize: kernel }),
    };
    const feeds = new Map(["x", "w", "dy"].map((key, i) => [key, floats([x, w, dy][i].shape, { low: -3, high: 3 }, "near", seed + i)]));
    const program = await compile(device, { name: "convolution", outputs });
    for (const { group } of program.prepared.kernels) met.set(group.kind, (met.get(group.kind) ?? 0) + 1);
    const got = await program.call(Object.fromEntries([...feeds].map(([key, { data }]) => [key, Float32Array.from(data)])));
    program.dispose();
    const exact = g.evaluate(Object.values(outputs), feeds);
    const sizes = g.evaluate(Object.values(outputs), new Map([...feeds].map(([key, t]) => [key, { ...t, data: t.data.map(Math.abs) }])));
    Object.keys(outputs).forEach((name, k) => {
      const allowed = TOLERANCE * sizes[k].data.reduce((most, size) => Math.max(most, size), 1);
      exact[k].data.forEach((value, i) => {
        assert.ok(Math.abs(got[name][i] - value) <= allowed, `${name}[${i}]: ${got[name][i]} for ${value}, allowed ${allowed}`);
      });
    });
  });
  const result = await fc.check(property, { seed: SEED, numRuns: RUNS });
  device.close();
  assert.ok(met.has("matmul"), "nothing was turned into a product");
  console.log(`# seed ${SEED}: ${[...met].map(([kind, count]) => `${count} ${kind}`).join(", ")}`);
  if (result.failed)
    throw new Error(`INTARSIA_SEED=${SEED}: ${JSON.stringify(result.counterexample)}: ${(result.errorInstance as Error).message}`);
});

test.run();
