/** Two outputs and a loss of one's own: of which class a point is, and how far it is from the centre of its class. */
import {
  adam,
  add,
  createRandom,
  crossEntropy,
  fromArrays,
  mse,
  mul,
  type Node,
  nn,
  openDevice,
  relu,
  reshape,
  softplus,
  sub,
} from "intarsia";
import { accuracy, fit, supervised } from "intarsia/training";

const centres = [0, 1, 2].map((i) => [Math.sin((i * 2 * Math.PI) / 3), Math.cos((i * 2 * Math.PI) / 3)]);
const random = createRandom(1, "two outputs");
const samples = Array.from({ length: 900 }, (_, i) => {
  const off = [0.4 * random.normal(), 0.4 * random.normal()];
  return { x: off.map((value, axis) => centres[i % 3][axis] + value), kind: i % 3, distance: Math.hypot(...off) };
});
const data = fromArrays({
  x: samples.map(({ x }) => x),
  kind: Int32Array.from(samples, ({ kind }) => kind),
  distance: samples.map(({ distance }) => distance),
});
const [train, validation] = data.split(0.8);

/** log cosh x = log(1 + e^(2x)) - x - log 2: half a square near 0, straight far away. */
const logCosh = (x: Node): Node => sub(sub(softplus(mul(x, 2)), x), Math.log(2));

const task = supervised({
  model(p, { x }) {
    const hidden = relu(nn.linear(p.at("second"), relu(nn.linear(p.at("first"), x, { out: 48 })), { out: 48 }));
    return {
      logits: nn.linear(p.at("kind"), hidden, { out: 3 }),
      distance: reshape(nn.linear(p.at("distance"), hidden, { out: 1 }), [x.shape[0]]),
    };
  },
  loss: ({ logits, distance }, batch) =>
    add(crossEntropy(logits, batch.kind, { reduction: "none" }), mul(logCosh(sub(distance, batch.distance)), 4)),
  metrics: {
    accuracy: ({ logits }, { kind }) => accuracy(logits, kind),
    "squared error": ({ distance }, batch) => mse(distance, batch.distance, { reduction: "none" }),
  },
  optimizer: adam({ lr: 0.01 }),
});

const device = await openDevice();
const run = await fit(device, task, train, { epochs: 20, batch: 64, validation });
const found = await run.evaluate(validation);
console.log(`accuracy ${found.accuracy.toFixed(3)}, squared error ${found["squared error"].toFixed(4)}`);
device.close();
