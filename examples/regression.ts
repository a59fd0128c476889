/** Regression: a noisy wave through a small network, with warm-up, a cosine, clipping, and averaged weights. */
import { abs, adamw, createRandom, fromArrays, huber, nn, openDevice, reshape, schedules, sub, tanh } from "intarsia";
import { fit, supervised } from "intarsia/training";

const wave = (x: number): number => Math.sin(3 * x) + 0.5 * x;
const random = createRandom(1, "regression");
const xs = Array.from({ length: 512 }, () => 4 * random.next() - 2);
const data = fromArrays({ x: xs.map((x) => [x]), height: xs.map((x) => wave(x) + 0.1 * random.normal()) });
const [train, validation] = data.split(0.75);

const [batch, epochs] = [32, 60];
const steps = epochs * Math.ceil(train.size / batch);
const task = supervised({
  model(p, { x }) {
    const first = tanh(nn.linear(p.at("first"), x, { out: 64 }));
    const second = tanh(nn.linear(p.at("second"), first, { out: 64 }));
    return reshape(nn.linear(p.at("out"), second, { out: 1 }), [x.shape[0]]);
  },
  loss: (answer, { height }) => huber(answer, height, { reduction: "none" }),
  metrics: { "absolute error": (answer, { height }) => abs(sub(answer, height)) },
  optimizer: adamw({ lr: schedules.warmUp(schedules.cosine({ lr: 0.02, steps: steps - 20 }), { steps: 20 }) }),
  groups: [{ match: /bias$/, weightDecay: 0 }],
  clip: { norm: 1 },
  ema: 0.98,
});

const device = await openDevice();
const run = await fit(device, task, train, { epochs, batch, validation, patience: 25 });
console.log(
  `off by ${(await run.evaluate(validation))["absolute error"].toFixed(3)}; the noise alone: ${(0.1 * Math.sqrt(2 / Math.PI)).toFixed(3)}`,
);
for (const x of [-1.5, 0, 1.5]) {
  const [{ output }] = await run.predict([{ x: Float32Array.of(x) }]);
  console.log(`at ${x}: ${output.data[0].toFixed(2)} (without noise ${wave(x).toFixed(2)})`);
}
device.close();
