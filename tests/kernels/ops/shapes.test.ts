/**
 * The heavy kernels over extents around and beyond their tiles, with epilogues: matmul, the convolution trio, reductions, pools.
 * Integers only, so that the device must agree with the reference to the last bit. INTARSIA_SEED and INTARSIA_RUNS as in fuzz.test.ts.
 */
import { openDevice } from "#open-device";
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../../src/graph/index.ts";
import { integers } from "../../graph/values.ts";
import { against } from "./against.ts";

const FIXED_SEED = 20_240_229;
const SEED = Number(process.env.INTARSIA_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.INTARSIA_RUNS ?? 10);
const device = await openDevice();
/** The same device, for which the compiler chooses what it would choose on a GPU. */
const asHardware = { ...device, software: false };
const variants = new Map<string, Set<string>>();

/** Feeds small integers to whatever inputs there are, runs once, and keeps account of the variants met. */
async function holds(outputs: Readonly<Record<string, g.Node>>, on = device): Promise<void> {
  const seen = new Set<g.Node>(Object.values(outputs));
  for (const node of seen) for (const before of node.inputs) seen.add(before);
  const inputs = [...seen].flatMap((node) => (node.op === "input" ? [node] : []));
  const feeds = Object.fromEntries(inputs.map(({ attrs, shape }, i) => [attrs.key, integers(shape, -4, 4, i + g.sizeOf(shape)).data]));
  const { prepared } = await against(on, { spec: { name: "shapes", outputs, updates: [] }, feeds, initial: new Map() }, 1);
  for (const { group, variant } of prepared.kernels) variants.set(group.kind, (variants.get(group.kind) ?? new Set()).add(variant));
}

async function all<T>(source: fc.Arbitrary<T>, build: (of: T) => Record<string, g.Node>, on = device): Promise<void> {
  for (const seed of [FIXED_SEED, SEED]) {
    const result = await fc.check(
      fc.asyncProperty(source, (of) => holds(build(of), on)),
      { seed, numRuns: RUNS },
    );
    if (result.failed)
      throw new Error(`INTARSIA_SEED=${seed}: ${JSON.stringify(result.counterexample)}: ${(result.errorInstance as Error).message}`);
  }
}

/** Mostly small, now and then beyond several tiles. */
const extent = (most: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 1, max: 9 }) }, fc.integer({ min: 1, max: most }));

const products = (on: typeof device) =>
  all(
    fc.tuple(extent(70), extent(70), extent(300), fc.boolean(), fc.boolean(), fc.constantFrom(0, 1, 3), fc.nat(3)),
    ([M, K, N, transposeA, transposeB, batch, tail]) => {
      const lead = batch === 0 ? [] : [batch];
      const a = g.input("a", [...lead, ...(transposeA ? [K, M] : [M, K])]);
      const b = g.input("b", [...(tail === 0 ? [] : lead), ...(transposeB ? [N, K] : [K, N])]);
      const y = g.matmul(a, b, { transposeA, transposeB });
      const bias = g.input("bias", [N]);
      return { y: tail === 1 ? g.relu(g.add(y, bias)) : tail === 2 ? g.transpose(g.add(y, 1)) : y };
    },
    on,
  );

test("matmul", () => products(device));
test("matmul with workgroup memory, as on a GPU", () => products(asHardware));

const geometry = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  groups: fc.constantFrom(1, 1, 1, 2, 5),
  channels: fc.integer({ min: 1, max: 7 }),
  filters: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 18 })),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 7 })),
  stride: fc.constantFrom<g.Pair>([1, 1], [1, 1], [2, 2], [1, 2], [3, 1]),
  dilation: fc.constantFrom<g.Pair>([1, 1], [1, 1], [2, 1], [1, 2]),
  padding: fc.constantFrom<g.Padding>([0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1], [2, 0, 1, 3], [0, 1, 0, 0]),
  extra: fc.tuple(fc.nat(14), fc.oneof(fc.nat(6), fc.nat(34))),
});
type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

/** x and w of a convolution whose windows fit. */
function pictures({ batch, groups, channels, filters, kernel, dilation, padding, extra }: Geometry) {
  const reach = [0, 1].map((axis) => dilation[axis] * (kernel[axis] - 1) + 1);
  const [H, W] = [0, 1].map((axis) => Math.max(1, reach[axis] - padding[2 * axis] - padding[2 * axis + 1]) + extra[axis]);
  return { x: g.input("x", [batch, groups * channels, H, W]), w: g.input("w", [groups * filters, channels, kernel[0], kernel[1]]) };
}

test("conv2d", () =>
  all(geometry, (of) => {
    const { x, w } = pictures(of);
    const y = g.conv2d(x, w, of);
    const bias = g.reshape(g.input("bias", [w.shape[0]]), [-1, 1, 1]);
    return { y, activated: g.relu(g.add(g.conv2d(x, w, of), bias), { max: 6 }) };
  }));

test("conv2dInputGrad", () =>
  all(geometry, (of) => {
    const { x, w } = pictures(of);
    const dy = g.input("dy", g.conv2d(x, w, of).shape);
    return { dx: g.conv2dInputGrad(dy, w, { ...of, inputSize: [x.shape[2], x.shape[3]] }) };
  }));

test("conv2dWeightGrad", () =>
  all(geometry, (of) => {
    const { x, w } = pictures(of);
    const dy = g.input("dy", g.conv2d(x, w, of).shape);
    return { dw: g.neg(g.conv2dWeightGrad(x, dy, { ...of, kernelSize: [w.shape[2], w.shape[3]] })) };
  }));

const reductions = (on: typeof device) =>
  all(
    fc.tuple(extent(40), extent(70), extent(1500), fc.subarray([0, 1, 2], { minLength: 1 }), fc.boolean()),
    ([a, b, c, axes, computed]) => {
      const x = g.input("x", a * b * c > 60_000 ? [a, 3, c] : [a, b, c]);
      const values = computed ? g.mul(g.abs(x), g.reshape(g.input("y", [x.shape[0]]), [-1, 1, 1])) : x;
      return {
        sum: g.mul(g.sum(values, axes), 2),
        most: g.reduceMax(values, axes, { keepDims: true }),
        best: g.argmax(values, axes[0]),
        count: g.sum(g.cast(values, "i32"), axes),
      };
    },
    on,
  );

test("reductions", () => reductions(device));
test("reductions, as on a GPU", () => reductions(asHardware));

test("pools, their adjoints, gather and scatter", () =>
  all(geometry, ({ batch, channels, kernel, stride, dilation, extra: [h, w] }) => {
    const [H, W] = [0, 1].map((axis) => dilation[axis] * (kernel[axis] - 1) + 1 + [h, w][axis]);
    const x = g.input("x", [batch, channels, H, W]);
    const padding: g.Padding = [kernel[0] >> 1, kernel[0] >> 1, kernel[1] >> 1, kernel[1] >> 1];
    const pooled = g.maxPool2d(x, { kernelSize: kernel, stride, dilation, padding });
    const index = g.cast(g.abs(g.input("index", [batch, channels, h + 1, W])), "i32");
    return {
      pooled,
      slope: g.grad(g.sum(g.mul(pooled, g.input("dy", pooled.shape))), [x])[0],
      taken: g.gather(x, index, 2),
      added: g.scatterAdd(g.input("index", index.shape), index, 3, 5),
    };
  }));

test("depthwise convolutions and their gradients", () =>
  all(
    fc.record({
      batch: fc.integer({ min: 1, max: 2 }),
      channels: fc.integer({ min: 2, max: 5 }),
      multiplier: fc.constantFrom(1, 1, 2),
      kernel: fc.constantFrom<g.Pair>([3, 3], [3, 3], [5, 5], [2, 3], [1, 4]),
      stride: fc.constantFrom(1, 1, 2),
      padding: fc.constantFrom<g.Padding>([1, 1, 1, 1], [0, 0, 0, 0], [2, 1, 0, 2], [1, 0, 4, 4]),
      extents: fc.tuple(fc.integer({ min: 5, max: 9 }), fc.constantFrom(5, 7, 8, 12, 16, 18, 24)),
    }),
    ({ batch, channels, multiplier, kernel, stride, padding, extents }) => {
      const x = g.input("x", [batch, channels, ...extents]);
      const w = g.input("w", [channels * multiplier, 1, ...kernel]);
      const y = g.conv2d(x, w, { stride, padding, groups: channels });
      const bias = g.input("bias", [channels * multiplier, 1, 1]);
      const [dx, dw] = g.grad(g.sum(g.mul(y, g.input("dy", y.shape))), [x, w]);
      return { y: g.relu(g.add(y, bias), { max: 6 }), dx, dw };
    },
  ));

test("pools whose strips are whole, and kernels that go on with what they found", () =>
  all(
    fc.tuple(
      fc.constantFrom(1, 2, 3),
      fc.constantFrom(2, 3),
      fc.constantFrom(1, 2),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(8, 16, 12),
    ),
    ([channels, kernel, stride, rows, columns]) => {
      const x = g.input("x", [2, channels, stride * rows + 1, stride * columns]);
      const of = { kernelSize: kernel, stride, padding: kernel >> 1 };
      const pooled = g.maxPool2d(x, of);
      const y = g.relu(g.sub(pooled, 1));
      const alone = g.mul(g.maxPool2d(g.input("z", x.shape), of), 2);
      return { y, pooled, alone, slope: g.relu(g.grad(g.sum(g.mul(y, g.input("dy", y.shape))), [x])[0]) };
    },
  ));

/** Expressions of a wide tensor [A, B, C], whose rows are whole fours or not. */
const wide = fc.record({
  extents: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 3, max: 40 }), fc.constantFrom(64, 100, 201, 256, 260, 516)),
  kept: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
  how: fc.constantFrom("none", "transpose", "slice", "pad", "reverse", "take", "concat", "merge", "spread", "iota"),
  axis: fc.nat(2),
  start: fc.constantFrom(0, 1, 4),
});

const leaves = ({ extents, kept }: { readonly extents: readonly number[]; readonly kept: readonly boolean[] }) => ({
  x: g.input("x", [...extents]),
  b: g.input(
    "b",
    extents.map((extent, i) => (kept[i] ? extent : 1)),
  ),
});

test("elementwise over rows, by fours or one by one, with what is read elsewhere", () =>
  all(wide, (of) => {
    const { extents: shape, how, axis } = of;
    const { x, b } = leaves(of);
    const y = g.add(g.mul(x, 2), b);
    const next = (axis + 1) % 3;
    const start = Math.min(of.start, shape[axis] - 1);
    const only = (value: number): number[] => shape.map((_, i) => (i === axis ? value : 0));
    const picks = Int32Array.from({ length: shape[axis] }, (_, i) => (i * 7) % shape[axis]);
    const moved: Readonly<Record<typeof how, () => g.Node>> = {
      none: () => g.sub(y, x),
      transpose: () => g.add(g.swapAxes(y, axis, next), 1),
      slice: () => g.mul(g.sliceAxis(y, axis, start, Math.max(start + 1, shape[axis] - 1)), 3),
      pad: () => g.add(g.pad(y, only(of.start), only(4)), 1),
      reverse: () => g.sub(g.reverse(y, [axis]), y),
      take: () => g.add(g.take(x, g.constant(picks), axis), y),
      concat: () => g.concat([g.mul(y, 3), g.sub(y, x), x], axis),
      merge: () => g.mul(g.add(g.reshape(y, [shape[0] * shape[1], shape[2]]), g.input("row", [shape[2]])), 2),
      spread: () => g.add(g.reshape(y, [shape[0], shape[1] * shape[2]]), g.input("image", [shape[0], 1])),
      iota: () => g.add(g.cast(g.iota(shape, axis), "f32"), y),
    };
    return { y, moved: moved[how]() };
  }));

for (const on of [device, asHardware])
  test(`reductions of wide tensors, several over the same elements${on === device ? "" : ", as on hardware"}`, () =>
    all(
      fc.tuple(wide, fc.constantFrom([0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2])),
      ([of, axes]) => {
        const { x, b } = leaves(of);
        const y = g.add(x, b);
        return { total: g.sum(y, axes), weighted: g.sum(g.mul(y, x), axes), largest: g.reduceMax(x, axes), at: g.argmax(y, axes[0]) };
      },
      on,
    ));

test("every device is closed", () => {
  const list = [...variants].map(([kind, found]) => `${kind}: ${[...found].sort().join(", ")}`);
  console.log(`# ${device.description}, seeds ${FIXED_SEED} and ${SEED}\n# ${list.join("\n# ")}`);
  assert.equal(device.errors.take(), []);
  device.close();
});

test.run();
