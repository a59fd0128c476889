/** The best discriminator between two known distributions is p / (p + q) (arXiv:1406.2661, Proposition 1; thesis, section 2.3.1). */
import { openDevice } from "#open-device";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { createRandom, fromArrays } from "../../../src/data/index.ts";
import { add, mul, type Node, normal, reshape, tanh } from "../../../src/graph/index.ts";
import { adam, nn, type Params, schedules, vanillaGanLoss } from "../../../src/models/index.ts";
import { fit, type Pass, type TrainingTask } from "../../../src/training/index.ts";

/** p = N(-0.5, 1), q = N(1, 0.6). */
const P = { mean: -0.5, deviation: 1 };
const Q = { mean: 1, deviation: 0.6 };
const density = ({ mean, deviation }: typeof P, x: number): number => Math.exp(-(((x - mean) / deviation) ** 2) / 2) / deviation;
const best = (x: number): number => density(P, x) / (density(P, x) + density(Q, x));

const STEPS = 2000;

/** x [N, 1] -> scores [N] */
function score(p: Params, x: Node): Node {
  const hidden = tanh(nn.linear(p.at("2"), tanh(nn.linear(p.at("0"), x, { out: 24 })), { out: 24 }));
  return reshape(nn.linear(p.at("4"), hidden, { out: 1 }), [x.shape[0]]);
}

test("a discriminator trained to the end is p / (p + q)", async () => {
  const device = await openDevice();
  const random = createRandom(1, "p");
  const data = fromArrays({ x: Array.from({ length: 50_000 }, () => [P.mean + P.deviation * random.normal()]) });
  const scores = ({ networks: { critic }, batch }: Pass): Record<string, Node> => ({ score: score(critic, batch.x) });
  const task: TrainingTask = {
    study: {
      networks: { critic: { optimizer: adam({ lr: schedules.cosine({ lr: 0.01, steps: STEPS }) }) } },
      programs: {
        critic: ({ networks, batch, size, training }) => {
          const p = networks.critic.shared();
          const fake = add(mul(normal(training.key, [size, 1], { stream: training.stream("q") }), Q.deviation), Q.mean);
          const [yes, no] = [batch.x, fake].map((x) => score(p, x));
          return { minimise: { critic: vanillaGanLoss().discriminator(yes, no) } };
        },
      },
    },
    answer: scores,
    judge: scores,
  };
  const trained = await fit(device, task, data, { iterations: STEPS, every: 500, batch: 512, seed: 5 });
  const points = Array.from({ length: 61 }, (_, i) => -3 + i / 10);
  const answers = await trained.predict(points.map((x) => ({ x: Float32Array.of(x) })));
  const errors = answers.map(({ score: { data: found } }, i) => Math.abs(1 / (1 + Math.exp(-found[0])) - best(points[i])));
  const weights = points.map((x) => density(P, x) + density(Q, x));
  const total = weights.reduce((a, b) => a + b);
  const mean = errors.reduce((sum, error, i) => sum + error * weights[i], 0) / total;
  // Where p + q is below a twentieth of its largest value, few samples say what D should be.
  const seen = errors.filter((_, i) => weights[i] > 0.05 * Math.max(...weights));
  console.log(`# D* = p / (p + q): mean distance ${mean.toFixed(4)}, largest where samples are many ${Math.max(...seen).toFixed(4)}`);
  assert.ok(mean < 0.02, `mean ${mean}`);
  assert.ok(Math.max(...seen) < 0.05, `largest ${Math.max(...seen)}`);
  trained.dispose();
  device.close();
});

test.run();
