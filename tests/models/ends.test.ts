/**
 * Losses, softmax and normalisations at their ends against PyTorch (scripts/golden/ends.py), values and gradients, on the f64 reference and
 * on the device: numbers from 1e-30 to 1e30, infinities as masks, ignored labels, weights, smoothing.
 */
import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { grad, logSoftmax, logSumExp, mul, norm, softmax, sum, variable, variance } from "../../src/graph/index.ts";
import type { DType, Node, Shape } from "../../src/graph/index.ts";
import { bceWithLogits, createParams, createTraining, crossEntropy, huber, l1, mse, nn, smoothL1 } from "../../src/models/index.ts";
import { deviceEngine } from "./device-engine.ts";
import { type Engine, type Result, referenceEngine } from "./golden.ts";

type Numbers = readonly (number | string)[];

interface Case {
  readonly name: string;
  readonly kind: string;
  /** Every element is held to its own size. */
  readonly exact: boolean;
  readonly inputs: Readonly<Record<string, { readonly shape: Shape; readonly data: Numbers; readonly dtype: DType }>>;
  readonly options: Readonly<Record<string, never>>;
  readonly outputs: Readonly<Record<"y" | "dx", { readonly shape: Shape; readonly data: Numbers }>>;
}

const { cases } = JSON.parse(readFileSync(new URL("../golden/ends.json", import.meta.url), "utf8")) as { cases: readonly Case[] };
const parsed = (data: Numbers): number[] =>
  data.map((value) => (value === "inf" ? Infinity : value === "-inf" ? -Infinity : Number(value)));

type Inputs = Readonly<Record<string, Node>>;
const weighted = (y: Node, w: Node): Node => mul(y, w);

const builders: Readonly<Record<string, (inputs: Inputs, options: Readonly<Record<string, never>>) => Node>> = {
  bceWithLogits: ({ x, t, ...weights }, options) => bceWithLogits(x, t, { ...options, ...weights }),
  crossEntropy: ({ x, t, ...weights }, options) => crossEntropy(x, t, { ...options, ...weights }),
  mse: ({ x, t }, options) => mse(x, t, options),
  l1: ({ x, t }, options) => l1(x, t, options),
  huber: ({ x, t }, options) => huber(x, t, options),
  smoothL1: ({ x, t }, options) => smoothL1(x, t, options),
  softmax: ({ x, w }, { axis }) => weighted(softmax(x, axis), w),
  logSoftmax: ({ x, w }, { axis }) => weighted(logSoftmax(x, axis), w),
  logSumExp: ({ x }, { axes }) => logSumExp(x, axes),
  norm: ({ x }, { axes }) => norm(x, axes),
  variance: ({ x }, { axes }) => variance(x, axes),
  batchNorm: ({ x, w }, options) => {
    const training = createTraining();
    return weighted(nn.batchNorm(createParams(), x, { ...options, training, affine: false }), w);
  },
  layerNorm: ({ x, w }, options) => weighted(nn.layerNorm(createParams(), x, { ...options, affine: false }), w),
  groupNorm: ({ x, w }, options) => weighted(nn.groupNorm(createParams(), x, { ...options, groups: 1, affine: false }), w),
  instanceNorm: ({ x, w }, options) => weighted(nn.instanceNorm(createParams(), x, options), w),
  lstm: ({ x }) => nn.lstm(createParams(), x, { hidden: 2, bias: false }).output,
};

async function run(golden: Case, engine: Engine): Promise<Readonly<Record<string, Result>>> {
  const inputs = Object.fromEntries(
    Object.entries(golden.inputs).map(([name, { shape, dtype }]) => [name, variable(`in/${name}`, shape, { dtype })]),
  );
  const y = builders[golden.kind](inputs, golden.options);
  const [dx] = grad(sum(y), [inputs.x], { unreachable: "zeros" });
  const call = await engine.program({ outputs: { y, dx } });
  for (const [name, { data }] of Object.entries(golden.inputs)) engine.write(`in/${name}`, parsed(data));
  if (golden.kind === "lstm") {
    engine.write(
      "weight_ih_l0",
      Array.from({ length: 64 }, (_, i) => Number(i % 9 === 0)),
    );
    engine.write("weight_hh_l0", new Array<number>(16).fill(0));
  }
  return call({});
}

/** |got - want| <= tolerance |want|, or of the largest |want|, or below what f32 holds with all digits; infinities and NaN are the same. */
function compare(golden: Case, found: Readonly<Record<string, Result>>, tolerance: number): void {
  for (const [name, { shape, data }] of Object.entries(golden.outputs)) {
    const want = parsed(data);
    assert.equal([...found[name].shape], [...shape], `${golden.name}: shape of ${name}`);
    const largest = want.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
    want.forEach((value, i) => {
      const got = found[name].data[i];
      const room = golden.exact ? tolerance * Math.abs(value) : tolerance * largest + (tolerance < 1e-9 ? 1e-15 : 0);
      const holds = Number.isFinite(value) ? Math.abs(got - value) <= Math.max(room, 2e-38) : Object.is(got, value);
      assert.ok(holds, `${golden.name} ${JSON.stringify(golden.options)}: ${name}[${i}] is ${got}, PyTorch has ${value}`);
    });
  }
}

for (const kind of new Set(cases.map((golden) => golden.kind))) {
  const own = cases.filter((golden) => golden.kind === kind);
  test(`reference: ${kind}`, async () => {
    for (const golden of own) compare(golden, await run(golden, referenceEngine()), 1e-11);
  });
  test(`GPU: ${kind}`, async () => {
    const device = await openDevice();
    for (const golden of own) {
      const engine = deviceEngine(device, golden.name);
      compare(golden, await run(golden, engine), 5e-6);
      engine.close();
    }
    device.close();
  });
}

test("every function has cases", () => {
  assert.equal([...new Set(cases.map(({ kind }) => kind))].sort(), Object.keys(builders).sort());
});

test.run();
