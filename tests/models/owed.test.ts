/** A training step that forgets what its layers keep is refused, by name; one that remembers, and one that updates nothing, is not. */
import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { openDevice } from "#open-device";
import { add, constant, grad, input, mean, normal, type Node, reshape, square, type Update, variable } from "../../src/graph/index.ts";
import { planProgram, ProgramError } from "../../src/kernels/index.ts";
import {
  accumulate,
  accumulated,
  accumulateLast,
  adam,
  createParams,
  createTraining,
  guardFinite,
  inference,
  nn,
  type Params,
  pairs,
  pathOf,
  type Training,
} from "../../src/models/index.ts";

const device = await openDevice();
test.after(() => device.close());

/** [4, 6] -> [4, 6] */
type Layer = (p: Params, x: Node, training: Training) => Node;
const image = (x: Node): Node => reshape(x, [4, 2, 1, 3]);
const flat = (x: Node): Node => reshape(x, [4, 6]);

/** Every layer with state or random numbers. */
const LAYERS: Readonly<Record<string, Layer>> = {
  batchNorm: (p, x, training) => nn.batchNorm(p, x, { training }),
  "batchNorm of images, not affine": (p, x, training) => flat(nn.batchNorm(p, image(x), { training, affine: false })),
  "batchNorm, twice": (p, x, training) => nn.batchNorm(p.shared(), nn.batchNorm(p.shared(), x, { training }), { training }),
  instanceNorm: (p, x, training) => flat(nn.instanceNorm(p, image(x), { training, trackRunningStats: true })),
  dropout: (p, x, training) => nn.dropout(p, x, { rate: 0.5, training }),
  multiheadAttention: (p, x, training) =>
    flat(nn.multiheadAttention(p, reshape(x, [4, 3, 2]), { heads: 1, dropout: 0.5, training }).output),
  spectralNorm: (p, x, training) => nn.linear(p, x, { out: 6, parametrization: nn.spectralNorm({ training }) }),
  "spectralNorm of a convolution": (p, x, training) =>
    flat(nn.conv2d(p, image(x), { out: 2, kernelSize: 1, parametrization: nn.spectralNorm({ training, iterations: 2 }) })),
  "random numbers of the model's own": (p, x, training) => p.scope(() => add(x, normal(training.key, x.shape))),
};
const STATELESS: Layer = (p, x) => nn.linear(p, x, { out: 6 });

function network(layers: readonly string[], training: Training) {
  const p = createParams();
  let y = input("x", [4, 6]);
  for (const [i, name] of layers.entries()) y = nn.linear(p.at(`${i}.linear`), LAYERS[name](p.at(`${i}`), y, training), { out: 6 });
  const loss = mean(square(y));
  const weights = p.trainable();
  return { loss, pairs: pairs(weights, grad(loss, weights)), weights };
}

const plan = (outputs: Readonly<Record<string, Node>>, updates: readonly Update[]) =>
  planProgram(device, { name: "step", outputs, updates });

function refusal(outputs: Readonly<Record<string, Node>>, updates: readonly Update[]): string {
  try {
    plan(outputs, updates);
  } catch (error) {
    assert.instance(error, ProgramError);
    return (error as Error).message;
  }
  return "";
}

const someLayers = fc.array(fc.constantFrom(...Object.keys(LAYERS)), { minLength: 1, maxLength: 3 });

for (const layer of Object.keys(LAYERS))
  test(`${layer}: forgotten is refused, given is not`, () => {
    const training = createTraining();
    const { loss, pairs: own } = network([layer], training);
    const updates = adam(own, { lr: 1e-3 });
    assert.ok(training.updates.length > 0);
    assert.match(
      refusal({ loss }, updates),
      /^program "step": "0(\.\w+)?" is in a training pass, but the updates leave out .*; add \.\.\.training\.updates$/,
    );
    assert.is(refusal({ loss }, [...updates, ...training.updates]), "");
    assert.is(refusal({ loss }, []), "");
  });

test("any networks, any part forgotten: the line names what is left out, and nothing else", () => {
  fc.assert(
    fc.property(someLayers, fc.nat(), fc.constantFrom("plain", "guarded", "first part", "last part"), (layers, pick, kind) => {
      const training = createTraining();
      const { loss, pairs: own } = network(layers, training);
      const last = accumulateLast(own);
      const steps = {
        plain: () => adam(own, { lr: 1e-3 }),
        guarded: () => adam(own, { lr: 1e-3 }),
        "first part": () => accumulate(own),
        "last part": () => [...adam(last.pairs, { lr: 1e-3 }), ...last.clear],
      }[kind]();
      const missing = training.updates[pick % training.updates.length];
      const kept = training.updates.filter((update) => update !== missing);
      const around = (updates: readonly Update[]): readonly Update[] =>
        kind === "guarded" ? guardFinite(updates, [loss]).updates : updates;
      assert.match(refusal({ loss }, around([...steps, ...kept])), `leave out "${pathOf(missing[0])}", which`);
      assert.is(refusal({ loss }, around([...steps, ...training.updates])), "");
    }),
    { numRuns: 30 },
  );
});

test("what only uses a network owes nothing, whatever it updates", () => {
  const { loss } = network(
    Object.keys(LAYERS)
      .filter((name) => !name.startsWith("random"))
      .slice(0, 4),
    inference,
  );
  const count = variable("count", []);
  assert.is(refusal({ loss }, [[count, loss]]), "");
});

test("a pass that does not track, or counts by itself, owes nothing", () => {
  const training = createTraining({ key: input("key", [2], "i32") });
  const p = createParams();
  const x = nn.linear(p.at("in"), input("x", [4, 6]), { out: 6 });
  const loss = mean(square(nn.dropout(p.at("drop"), nn.batchNorm(p.at("bn"), x, { training, track: false }), { rate: 0.5, training })));
  const weights = p.trainable();
  assert.equal(training.updates, []);
  assert.is(refusal({ loss }, adam(pairs(weights, grad(loss, weights)), { lr: 1e-3 })), "");
});

test("the program that runs the optimizer after the parts has no pass in it", () => {
  const { weights } = network(["batchNorm", "dropout"], createTraining());
  const { pairs: means, clear } = accumulated(weights);
  assert.is(refusal({}, [...adam(means, { lr: 1e-3 }), ...clear]), "");
});

test("a second pass behind stopGradient owes too: a generator that makes a critic's fakes", () => {
  const [generating, judging] = [createTraining({ path: "random/generator" }), createTraining()];
  const p = createParams();
  const fake = nn.batchNorm(p.at("generator.bn"), input("z", [4, 6]), { training: generating });
  const loss = mean(nn.dropout(p.at("critic.drop"), STATELESS(p.at("critic"), fake, judging), { rate: 0.5, training: judging }));
  const weights = p.at("critic").trainable();
  const updates = [...adam(pairs(weights, grad(loss, weights)), { lr: 1e-3 }), ...judging.updates];
  assert.match(refusal({ loss }, updates), /"generator\.bn" is in a training pass.*"generator\.bn\.running_mean"/);
  assert.is(refusal({ loss }, [...updates, ...generating.updates]), "");
});

test("many are counted", () => {
  const { loss, pairs: own } = network(["batchNorm", "batchNorm"], createTraining());
  assert.match(
    refusal({ loss }, adam(own, { lr: 1e-3 })),
    /"0\.running_mean", "0\.running_var", "0\.num_batches_tracked" and 3 more, which/,
  );
  assert.match(refusal({ loss }, [[variable("other", []), constant(1)]]), /"0\.running_mean"/);
});

test.run();
