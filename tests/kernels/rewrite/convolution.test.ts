/** The convolution trio in every form that the compiler has for it, each reached by name, against the f64 reference. */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import * as g from "../../../src/graph/index.ts";
import { winogradMatrices } from "../../../src/graph/ops/winograd.ts";
import { compile } from "../../../src/kernels/index.ts";
import { prepare } from "../../../src/kernels/compile/prepare.ts";
import { floats } from "../../graph/values.ts";

const SEED = Number(process.env.INTARSIA_SEED ?? Math.floor(Math.random() * 2 ** 31));
/**
 * Relative to the largest sum of the summands' sizes: a tile shares its rounding errors. Plain sums stay below 6e-8 (measured over 30 seeds on
 * SwiftShader); minimal filtering with windows of 5 reaches 5.3e-7, half of what docs/ops.md promises of a convolution is allowed.
 */
const TOLERANCE = 2e-7;
const FILTERED = 1e-6;

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

const TRIO = ["conv2d", "conv2dInputGrad", "conv2dWeightGrad"] as const;
type Trio = (typeof TRIO)[number];

interface Geometry {
  readonly x: g.Shape;
  readonly w: g.Shape;
  readonly padding?: g.Padding;
  readonly stride?: g.Pair;
  readonly dilation?: g.Pair;
  readonly groups?: number;
}

const geometries: Readonly<Record<string, Geometry>> = {
  "1x1": { x: [2, 17, 12, 13], w: [20, 17, 1, 1] },
  "1x1 strided": { x: [2, 17, 12, 13], w: [20, 17, 1, 1], stride: [3, 2] },
  "1x1 padded": { x: [2, 17, 12, 13], w: [20, 17, 1, 1], padding: [1, 0, 2, 1] },
  "whole image": { x: [2, 16, 5, 4], w: [33, 16, 5, 4] },
  "3x3": { x: [2, 16, 12, 15], w: [48, 16, 3, 3] },
  "3x3 padded": { x: [1, 19, 13, 12], w: [50, 19, 3, 3], padding: [1, 1, 1, 1] },
  "3x3 padded askew": { x: [2, 16, 12, 12], w: [20, 16, 3, 3], padding: [1, 0, 2, 1] },
  "5x5 padded": { x: [1, 18, 14, 13], w: [33, 18, 5, 5], padding: [2, 2, 2, 2] },
  "3x3 strided": { x: [2, 16, 13, 12], w: [20, 16, 3, 3], stride: [2, 2], padding: [1, 1, 1, 1] },
  "3x3 dilated": { x: [2, 16, 13, 12], w: [20, 16, 3, 3], dilation: [2, 2] },
  "2x3 strided and dilated": { x: [3, 16, 14, 13], w: [48, 16, 2, 3], stride: [2, 3], dilation: [2, 2], padding: [3, 3, 3, 3] },
  "4x4 of few pixels": { x: [3, 16, 12, 12], w: [20, 16, 4, 4], stride: [2, 2] },
  "few channels": { x: [2, 3, 15, 14], w: [5, 3, 3, 3], padding: [1, 1, 1, 1] },
  "few channels, strided": { x: [2, 3, 15, 14], w: [5, 3, 5, 5], stride: [2, 1], padding: [2, 1, 0, 2] },
  "few columns": { x: [2, 3, 15, 5], w: [5, 3, 3, 3] },
  groups: { x: [2, 12, 13, 12], w: [8, 6, 3, 3], groups: 2, padding: [1, 1, 1, 1] },
  "groups, strided": { x: [2, 12, 13, 12], w: [8, 6, 3, 3], groups: 2, stride: [2, 2] },
  depthwise: { x: [2, 10, 14, 16], w: [10, 1, 3, 3], groups: 10, padding: [1, 1, 1, 1] },
  "depthwise, strided": { x: [2, 10, 14, 16], w: [20, 1, 3, 3], groups: 10, stride: [2, 2], padding: [1, 1, 1, 1] },
};

/** Kernels and forms that must have been met: an op's forms by name, and the templates of its own kernels. */
const EXPECTED: Readonly<Record<Trio, readonly string[]>> = {
  conv2d: ["product", "filtered", "unfolded", "row", "direct", "depthwise"],
  conv2dInputGrad: ["product", "filtered", "unfolded", "row", "direct", "direct phased", "depthwise"],
  conv2dWeightGrad: ["product", "filtered", "unfolded", "taps", "window"],
};

function nodesOf({ x, w, ...options }: Geometry): { readonly inputs: readonly g.Node[]; readonly outputs: Readonly<Record<Trio, g.Node>> } {
  const [image, filter] = [g.input("x", x), g.input("w", w)];
  const y = g.conv2d(image, filter, options);
  const dy = g.input("dy", y.shape);
  const outputs = {
    // With an epilogue: bias and activation.
    conv2d: g.relu(g.add(y, g.reshape(g.slice(filter, [0, 0, 0, 0], [w[0], 1, 1, 1]), [w[0], 1, 1]))),
    conv2dInputGrad: g.conv2dInputGrad(dy, filter, { ...options, inputSize: [x[2], x[3]] }),
    conv2dWeightGrad: g.conv2dWeightGrad(image, dy, { ...options, kernelSize: [w[2], w[3]] }),
  };
  return { inputs: [image, filter, dy], outputs };
}

for (const op of TRIO)
  test(`${op}: every form is reached, and right`, async () => {
    const device = await openDevice();
    const met = new Map<string, number>();
    for (const [name, geometry] of Object.entries(geometries)) {
      const { inputs, outputs } = nodesOf(geometry);
      const node = outputs[op];
      const feeds = new Map(
        inputs.map((input, i) => [
          input.op === "input" ? input.attrs.key : "",
          floats(input.shape, { low: -3, high: 3 }, "near", SEED + i),
        ]),
      );
      const [exact] = g.evaluate([node], feeds);
      const [sizes] = g.evaluate([node], new Map([...feeds].map(([key, t]) => [key, { ...t, data: t.data.map(Math.abs) }])));
      const largest = sizes.data.reduce((most, size) => Math.max(most, size), 1);
      const spec = { name, outputs: { node } };
      const choice = [...prepare(spec, device).choices.values()].find(({ key }) => key.startsWith(`${op} `));
      for (const form of choice?.forms ?? ["direct"]) {
        const program = await compile(device, { ...spec, variants: choice ? { [choice.key]: form } : {} });
        const used = new Set(program.prepared.inputs.map(({ attrs }) => attrs.key));
        const given = [...feeds].filter(([key]) => used.has(key)).map(([key, { data }]) => [key, Float32Array.from(data)]);
        const { node: got } = await program.call(Object.fromEntries(given));
        const own = program.prepared.kernels.find(({ group }) => group.kind === op);
        const reached = own ? `${own.variant.split(" ")[0]}${own.variant.endsWith("phased") ? " phased" : ""}` : form;
        met.set(reached, (met.get(reached) ?? 0) + 1);
        program.dispose();
        const allowed = (reached === "filtered" ? FILTERED : TOLERANCE) * largest;
        exact.data.forEach((value, i) => {
          const what = `${name}, ${reached}, seed ${SEED}`;
          assert.ok(Math.abs(got[i] - value) <= allowed, `${what}, ${i}: ${got[i]} for ${value}, allowed ${allowed}`);
        });
      }
    }
    device.close();
    console.log(`# ${op}: ${[...met].map(([form, count]) => `${count} ${form}`).join(", ")}`);
    assert.equal([...met.keys()].sort(), [...EXPECTED[op]].sort());
  });

test.run();
