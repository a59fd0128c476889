/** A network of two layers learns which points of a square lie in a disc. The README shows this program. */
import { openDevice } from "intarsia";
import { grad, input, tanh } from "intarsia/graph";
import { compile, createStore } from "intarsia/kernels";
import { adam, bceWithLogits, createParams, nn, pairs } from "intarsia/models";

// Define: a model is a function of a parameter path; nothing is computed yet.
const p = createParams();
const points = input("points", [400, 2]);
const inside = input("inside", [400, 1]);
const hidden = tanh(nn.linear(p.at("hidden"), points, { out: 32 }));
const loss = bceWithLogits(nn.linear(p.at("output"), hidden, { out: 1 }), inside);

// Differentiate: a gradient is more graph, and so is the optimizer.
const weights = p.trainable();
const updates = adam(pairs(weights, grad(loss, weights)), { lr: 0.02 });

// Train: forward, backward and update are one program, and each run of it is one submission to the GPU.
const device = await openDevice();
const step = await compile(device, { name: "step", outputs: { loss }, updates, store: createStore(device, { seed: 1 }) });
const axis = Array.from({ length: 20 }, (_, i) => i / 9.5 - 1);
const grid = axis.flatMap((y) => axis.map((x) => ({ x, y })));
const feeds = { points: grid.flatMap(({ x, y }) => [x, y]), inside: grid.map(({ x, y }) => (x * x + y * y < 0.5 ? 1 : 0)) };
for (let i = 1; i <= 200; i++) {
  await step.run(feeds);
  if (i % 50 === 0) console.log(`step ${i}: loss ${(await step.read("loss"))[0]?.toFixed(4)}`);
}
device.close();
