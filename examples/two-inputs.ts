/** Two inputs: is a point inside the circle whose radius is told beside it? A network for each input, joined in the middle. */
import { adam, bceWithLogits, concat, createRandom, equal, fromArrays, greater, nn, openDevice, relu, reshape, select } from "intarsia";
import { fit, supervised } from "intarsia/training";

const random = createRandom(1, "two inputs");
const samples = Array.from({ length: 800 }, () => {
  const [x, y, radius] = [2 * random.next() - 1, 2 * random.next() - 1, random.next()];
  return { point: [x, y], radius: [radius], inside: Math.hypot(x, y) < radius ? 1 : 0 };
});
const data = fromArrays({
  point: samples.map(({ point }) => point),
  radius: samples.map(({ radius }) => radius),
  inside: samples.map(({ inside }) => inside),
});
const [train, validation] = data.split(0.8, { seed: 1 });

const task = supervised({
  model(p, { point, radius }) {
    const hidden = [relu(nn.linear(p.at("point"), point, { out: 48 })), relu(nn.linear(p.at("radius"), radius, { out: 16 }))];
    const joined = relu(nn.linear(p.at("joined"), concat(hidden, 1), { out: 32 }));
    return reshape(nn.linear(p.at("out"), joined, { out: 1 }), [point.shape[0]]);
  },
  loss: (logit, { inside }) => bceWithLogits(logit, inside, { reduction: "none" }),
  metrics: { accuracy: (logit, { inside }) => select(equal(greater(logit, 0), greater(inside, 0.5)), 1, 0) },
  optimizer: adam({ lr: 0.01 }),
});

const device = await openDevice();
const run = await fit(device, task, train, { epochs: 30, batch: 64, validation });
const { accuracy } = await run.evaluate(validation);
const [near, far] = await run.predict([
  { point: Float32Array.of(0.1, 0.2), radius: Float32Array.of(0.8) },
  { point: Float32Array.of(0.7, -0.6), radius: Float32Array.of(0.3) },
]);
console.log(`accuracy ${accuracy.toFixed(3)}; near: ${near.output.data[0] > 0}; far: ${far.output.data[0] > 0}`);
device.close();
