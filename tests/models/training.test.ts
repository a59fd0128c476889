/** What a training step keeps: random numbers, running statistics, averages, and what a bad step must not touch. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import {
  add,
  constant,
  evaluate,
  grad,
  GraphError,
  input,
  matmul,
  mean,
  mul,
  square,
  sum,
  tensor,
  variable,
  type Node,
} from "../../src/graph/index.ts";
import {
  accumulate,
  accumulated,
  accumulateLast,
  adam,
  createParams,
  createTraining,
  ema,
  emaPath,
  guardFinite,
  inference,
  mlp,
  mse,
  nn,
  pairs,
  pathOf,
  sgd,
  type GradientPair,
  type Params,
} from "../../src/models/index.ts";
import { referenceEngine } from "./golden.ts";

const ones = (...shape: number[]): Node => constant(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape);

test("dropout keeps 1 - rate of the values and their mean", () => {
  const training = createTraining({ seed: 5 });
  const y = nn.dropout(createParams().at("drop"), ones(100, 100), { rate: 0.3, training });
  const { data } = evaluate([y])[0];
  assert.equal([...new Set(data)].sort(), [0, 1 / 0.7].sort());
  const kept = data.reduce((count, value) => count + Number(value > 0), 0) / data.length;
  assert.ok(Math.abs(kept - 0.7) < 4 * Math.sqrt(0.21 / 10000), String(kept));
});

/** The masks of two uses at one path and one use at another, in steps 0 and 1. */
async function masks(seed: number): Promise<string[]> {
  const training = createTraining({ seed });
  const p = createParams();
  const use = (at: string): Node => nn.dropout(p.at(at), ones(64), { rate: 0.5, training });
  const run = await referenceEngine().program({ outputs: { a: use("one"), b: use("one"), c: use("two") }, updates: training.updates });
  const found: string[] = [];
  for (let step = 0; step < 2; step++) for (const { data } of Object.values(await run({}))) found.push(Array.from(data).join());
  return found;
}

test("every use, path, step and seed draws its own mask, and the same one again", async () => {
  const found = [...(await masks(1)), ...(await masks(2))];
  assert.is(new Set(found).size, 12);
  assert.equal(await masks(1), found.slice(0, 6));
});

test("a pass without random numbers counts nothing", () => {
  const training = createTraining();
  nn.dropout(createParams(), ones(3), { rate: 0, training });
  assert.equal(training.updates, []);
  training.key;
  assert.equal(
    training.updates.map(([target]) => pathOf(target)),
    ["random"],
  );
  training.key;
  assert.is(training.updates.length, 1);
});

test("a caller may count by itself", () => {
  const key = input("key", [2], "i32");
  const training = createTraining({ key });
  nn.dropout(createParams(), ones(3), { rate: 0.5, training });
  assert.is(training.key, key);
  assert.equal(training.updates, []);
});

test("inference drops nothing, updates nothing and has no key", () => {
  const x = ones(4, 3);
  assert.is(nn.dropout(createParams(), x, { rate: 0.5, training: inference }), x);
  nn.batchNorm(createParams(), x, { training: inference });
  assert.equal(inference.updates, []);
  assert.throws(
    () => inference.key,
    (error: Error) => error instanceof GraphError,
  );
});

test("a rate of 1 drops everything; a single value per channel is an error", () => {
  const training = createTraining();
  assert.equal([...evaluate([nn.dropout(createParams(), ones(3), { rate: 1, training })])[0].data], [0, 0, 0]);
  assert.throws(
    () => nn.batchNorm(createParams().at("bn"), ones(1, 3), { training }),
    /batchNorm at bn: training needs more than one value/,
  );
});

test("a pass that does not track normalises by its batch and leaves the statistics alone", () => {
  const training = createTraining();
  const p = createParams();
  const x = constant([[1], [3]]);
  const y = nn.batchNorm(p, x, { training, track: false, eps: 0 });
  assert.equal(training.updates, []);
  assert.equal([...evaluate([y])[0].data], [-1, 1]);
});

/** A step of a small regression with a guard around it, on the reference. */
async function guarded(make: (p: Params, loss: Node) => readonly (readonly [Node, Node])[]) {
  const engine = referenceEngine();
  const p = createParams();
  const loss = mse(mlp(p, input("x", [2, 3]), { widths: [4, 1] }), input("t", [2, 1]));
  const weights = p.trainable();
  const { ok, updates } = guardFinite(make(p, loss), [loss, ...grad(loss, weights)]);
  const run = await engine.program({ outputs: { ok, loss }, updates });
  const state = async () => Promise.all(updates.map(async ([target]) => Array.from((await engine.read(target)).data)));
  return { run, state };
}

const good = { x: [1, 2, 3, 4, 5, 6], t: [1, 2] };

test("a step that is not finite changes nothing, and the next one goes on", async () => {
  const { run, state } = await guarded((p, loss) => adam(pairs(p.trainable(), grad(loss, p.trainable())), { lr: 0.1 }));
  assert.is((await run(good)).ok.data[0], 1);
  const before = await state();
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.is((await run({ ...good, x: [bad, 2, 3, 4, 5, 6] })).ok.data[0], 0);
    assert.equal(await state(), before);
  }
  assert.is((await run(good)).ok.data[0], 1);
  assert.not.equal(await state(), before);
});

test("a moving average begins with the first weights", async () => {
  const engine = referenceEngine();
  const p = createParams();
  const w = p.variable("w", [2]);
  const updates = sgd(pairs([w], grad(sum(mul(w, input("x", [2]))), [w])), { lr: 1 });
  const averages = ema(updates, { decay: 0.5 });
  const run = await engine.program({ outputs: { norm: mean(w) }, updates: [...updates, ...averages] });
  const average = averages[0][0];
  assert.is(pathOf(average), emaPath("w"));
  await run({ x: [1, 2] });
  assert.equal(Array.from((await engine.read(average)).data), [-1, -2]);
  await run({ x: [1, 2] });
  assert.equal(Array.from((await engine.read(average)).data), [-1.5, -3]);
});

test("gradients added in parts make the step of the whole batch", async () => {
  const rows = [1, 2, 3, 4, 5, 6, -1, 2, 0.5, 3, 1, -2];
  const parts = [2, 3, 1].map((count, i, counts) => {
    const from = counts.slice(0, i).reduce((sum, n) => sum + n, 0);
    return rows.slice(2 * from, 2 * (from + count));
  });
  const build = (count: number) => {
    const p = createParams();
    const w = p.variable("w", [2, 3], { init: { kind: "uniform", low: -1, high: 1 } });
    const b = p.variable("b", [3]);
    const loss = mean(square(add(matmul(input("x", [count, 2]), w), b)));
    return { weights: [w, b], pairs: pairs([w, b], grad(loss, [w, b])), outputs: { loss } };
  };
  const optimizer = (of: readonly GradientPair[]) => adam(of, { lr: 0.1, weightDecay: 0.01 });
  const state = async (engine: ReturnType<typeof referenceEngine>): Promise<number[]> => {
    const { weights } = build(1);
    const slots = weights.flatMap((weight) =>
      ["exp_avg", "exp_avg_sq"].map((name) => variable(`${pathOf(weight)}/${name}`, weight.shape, { role: "slot" })),
    );
    return (await Promise.all([...weights, ...slots].map((node) => engine.read(node)))).flatMap(({ data }) => Array.from(data));
  };
  const whole = referenceEngine();
  const { outputs, pairs: wholePairs } = build(6);
  const step = await whole.program({ outputs, updates: optimizer(wholePairs) });
  const own = referenceEngine();
  const { pairs: mean6, clear } = accumulated(build(1).weights);
  const apply = await own.program({ outputs: {}, updates: [...optimizer(mean6), ...clear] });
  const joined = referenceEngine();
  for (let round = 0; round < 3; round++) {
    await step({ x: rows });
    for (const [i, x] of parts.entries()) {
      const count = x.length / 2;
      const part = build(count);
      const gather = { outputs: part.outputs, updates: accumulate(part.pairs, { weight: count }) };
      await (await own.program(gather))({ x });
      const last = accumulateLast(part.pairs, { weight: count });
      const updates = i === parts.length - 1 ? [...optimizer(last.pairs), ...last.clear] : gather.updates;
      await (await joined.program({ ...gather, updates }))({ x });
    }
    await apply({});
    const expected = await state(whole);
    for (const engine of [own, joined]) {
      const found = await state(engine);
      assert.ok(found.every((value, i) => Math.abs(value - expected[i]) < 1e-12));
    }
  }
});

test("a hole in the mask is as if the element were not there", () => {
  const build = (steps: number, mask?: readonly number[]) => {
    const p = createParams();
    const x = input("x", [1, steps, 2]);
    const { final } = nn.lstm(p, x, { hidden: 3, bidirectional: true, mask: mask && constant(Int32Array.from(mask), [1, steps]) });
    return final.flatMap(({ h, c }) => [h, c]);
  };
  const elements = [0.5, -1, 2, 1, -0.25, 0.75];
  const withHole = evaluate(build(3, [1, 0, 1]), new Map([["x", tensor(elements, [1, 3, 2])]]));
  const without = evaluate(build(2), new Map([["x", tensor([...elements.slice(0, 2), ...elements.slice(4)], [1, 2, 2])]]));
  assert.equal(
    withHole.map(({ data }) => [...data]),
    without.map(({ data }) => [...data]),
  );
});

test.run();
